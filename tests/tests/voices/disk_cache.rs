//! Voices that are still in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use pocket_tts_core::{Location, Resampler, TtsModel, VoiceOptions, VoiceSource, VoiceWarning};
use pocket_tts_tests::{ModelCopy, RawTensor};

use crate::{CONFIG, VOICE, has_cache_warning, source};

fn load(copy: &ModelCopy, folder: &Path) -> TtsModel {
    let config = Location::Path(copy.path("config.yaml"));
    TtsModel::builder().config(config).offline(true).voice_cache_dir(folder).build().expect("a sound model")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect()
}

/// A model, and a folder that does not exist yet.
fn place() -> (ModelCopy, PathBuf) {
    let copy = ModelCopy::of(CONFIG);
    let folder = copy.path("prepared").join("voices");
    (copy, folder)
}

#[test]
fn a_recording_is_encoded_once_by_whichever_process() {
    let (copy, folder) = place();
    let first = load(&copy, &folder).voice(&source(1)).unwrap();
    assert_eq!(first.warnings(), []);
    let [file] = &files(&folder)[..] else { panic!("one file") };
    // Were it encoded again, it could not be written again, and there would be a warning.
    let mut permissions = file.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(file, permissions).unwrap();
    let again = load(&copy, &folder).voice(&source(1)).unwrap();
    assert_eq!((again.state(), again.warnings()), (first.state(), first.warnings()));
    assert_eq!(again.to_safetensors(), first.to_safetensors());
}

#[test]
fn what_is_in_the_folder_is_a_voice_like_any_other() {
    let (copy, folder) = place();
    let model = load(&copy, &folder);
    let voice = model.voice(&source(1)).unwrap();
    let exported = model.voice(&files(&folder)[0].clone().into()).unwrap();
    assert_eq!(exported.state(), voice.state());
}

#[test]
fn other_weights_and_other_options_have_files_of_their_own() {
    let (copy, folder) = place();
    let model = load(&copy, &folder);
    let options = VoiceOptions::default();
    for options in [options, options.truncate(false), options.resampler(Resampler::Reference)] {
        model.voice_with(&source(1), &options).unwrap();
    }
    assert_eq!(files(&folder).len(), 3);
    model.voice(&source(2)).unwrap();
    assert_eq!(files(&folder).len(), 4);
    copy.edit_tensors("model.safetensors", |file| {
        let (_, tensor) =
            file.tensors.iter_mut().find(|(name, _)| name.starts_with("mimi.encoder.")).unwrap();
        let mut values = tensor.floats();
        values[0] += 1.0;
        *tensor = RawTensor::of_floats(&tensor.shape.clone(), &values);
    });
    let other = load(&copy, &folder).voice(&source(1)).unwrap();
    assert_eq!(files(&folder).len(), 5, "the encoder counts, though both continue the same states");
    assert_ne!(other.state(), model.voice(&source(1)).unwrap().state());
}

#[test]
fn a_damaged_file_is_made_anew_with_a_warning() {
    let (copy, folder) = place();
    let voice = load(&copy, &folder).voice(&source(1)).unwrap();
    let file = files(&folder).remove(0);
    let sound = fs::read(&file).unwrap();
    let mut flipped = sound.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let anonymous = fs::read(copy.path(VOICE)).unwrap();
    for damaged in [&b""[..], b"no voice", &sound[..sound.len() / 2], &flipped, &anonymous] {
        fs::write(&file, damaged).unwrap();
        let again = load(&copy, &folder).voice(&source(1)).unwrap();
        assert_eq!(again.state(), voice.state());
        assert!(has_cache_warning(again.warnings()), "{} bytes", damaged.len());
        assert_eq!(fs::read(&file).unwrap(), sound, "it is replaced");
    }
    assert!(!has_cache_warning(load(&copy, &folder).voice(&source(1)).unwrap().warnings()));
}

#[test]
fn a_folder_of_no_use_costs_a_warning_and_not_the_voice() {
    let (copy, folder) = place();
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    fs::write(&folder, b"a file where the folder should be").unwrap();
    let voice = load(&copy, &folder).voice(&source(1)).unwrap();
    assert!(has_cache_warning(voice.warnings()), "{:?}", voice.warnings());
    assert_eq!(voice.state(), copy.build().unwrap().voice(&source(1)).unwrap().state());
}

#[test]
fn what_was_said_of_a_recording_is_said_again() {
    let (copy, folder) = place();
    let long = VoiceSource::Samples(crate::recording(1, 31.0));
    let texts = |warnings: &[VoiceWarning]| warnings.iter().map(ToString::to_string).collect::<Vec<_>>();
    let first = load(&copy, &folder).voice(&long).unwrap();
    let again = load(&copy, &folder).voice(&long).unwrap();
    assert_eq!(texts(again.warnings()), texts(first.warnings()));
    assert_eq!(first.warnings(), [VoiceWarning::Truncated]);
}

#[test]
fn exported_voices_are_not_kept_twice() {
    let (copy, folder) = place();
    load(&copy, &folder).voice(&copy.path(VOICE).into()).unwrap();
    assert!(!folder.exists());
}

#[test]
fn many_models_on_one_folder_do_not_disturb_each_other() {
    let (copy, folder) = place();
    let models: Vec<TtsModel> = (0..6).map(|_| load(&copy, &folder)).collect();
    let voices: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> =
            models.iter().map(|model| scope.spawn(|| model.voice(&source(1)).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for voice in &voices {
        assert_eq!((voice.state(), voice.warnings()), (voices[0].state(), &[][..]));
    }
    assert_eq!(files(&folder).len(), 1, "nothing half-written is left");
}

#[cfg(unix)]
#[test]
fn the_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (copy, folder) = place();
    load(&copy, &folder).voice(&source(1)).unwrap();
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}
