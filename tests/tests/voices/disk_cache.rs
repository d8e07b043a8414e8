//! The voice cache on disk.

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
fn copy_and_folder() -> (ModelCopy, PathBuf) {
    let copy = ModelCopy::of(CONFIG);
    let folder = copy.path("prepared").join("voices");
    (copy, folder)
}

#[test]
fn a_recording_is_encoded_once_for_all_processes() {
    let (copy, folder) = copy_and_folder();
    let first = load(&copy, &folder).voice(&source(1)).unwrap();
    assert_eq!(first.warnings(), []);
    let [file] = &files(&folder)[..] else { panic!("one file") };
    // If it were encoded again, writing it would fail with a warning.
    let mut permissions = file.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(file, permissions).unwrap();
    let again = load(&copy, &folder).voice(&source(1)).unwrap();
    assert_eq!((again.state(), again.warnings()), (first.state(), first.warnings()));
    assert_eq!(again.to_safetensors(), first.to_safetensors());
}

#[test]
fn a_cached_voice_is_an_exported_voice() {
    let (copy, folder) = copy_and_folder();
    let model = load(&copy, &folder);
    let voice = model.voice(&source(1)).unwrap();
    let exported = model.voice(&files(&folder)[0].clone().into()).unwrap();
    assert_eq!(exported.state(), voice.state());
}

#[test]
fn other_weights_and_other_options_have_separate_files() {
    let (copy, folder) = copy_and_folder();
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
    assert_eq!(
        files(&folder).len(),
        5,
        "the encoder is part of the key, although both accept the same states"
    );
    assert_ne!(other.state(), model.voice(&source(1)).unwrap().state());
}

#[test]
fn a_damaged_file_is_replaced_with_a_warning() {
    let (copy, folder) = copy_and_folder();
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
fn an_unusable_folder_causes_a_warning_only() {
    let (copy, folder) = copy_and_folder();
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    fs::write(&folder, b"a file where the folder should be").unwrap();
    let voice = load(&copy, &folder).voice(&source(1)).unwrap();
    assert!(has_cache_warning(voice.warnings()), "{:?}", voice.warnings());
    assert_eq!(voice.state(), copy.build().unwrap().voice(&source(1)).unwrap().state());
}

#[test]
fn warnings_about_a_recording_are_repeated() {
    let (copy, folder) = copy_and_folder();
    let long = VoiceSource::Samples(crate::recording(1, 31.0));
    let texts = |warnings: &[VoiceWarning]| warnings.iter().map(ToString::to_string).collect::<Vec<_>>();
    let first = load(&copy, &folder).voice(&long).unwrap();
    let again = load(&copy, &folder).voice(&long).unwrap();
    assert_eq!(texts(again.warnings()), texts(first.warnings()));
    assert_eq!(first.warnings(), [VoiceWarning::Truncated]);
}

#[test]
fn exported_voices_are_not_cached() {
    let (copy, folder) = copy_and_folder();
    load(&copy, &folder).voice(&copy.path(VOICE).into()).unwrap();
    assert!(!folder.exists());
}

#[test]
fn many_models_can_share_a_folder() {
    let (copy, folder) = copy_and_folder();
    let models: Vec<TtsModel> = (0..6).map(|_| load(&copy, &folder)).collect();
    let voices: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> =
            models.iter().map(|model| scope.spawn(|| model.voice(&source(1)).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for voice in &voices {
        assert_eq!((voice.state(), voice.warnings()), (voices[0].state(), &[][..]));
    }
    assert_eq!(files(&folder).len(), 1, "no partial file is left");
}

#[cfg(unix)]
#[test]
fn the_folder_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let (copy, folder) = copy_and_folder();
    load(&copy, &folder).voice(&source(1)).unwrap();
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}
