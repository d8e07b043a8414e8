//! Truncation of recordings, and warnings about them.

use pocket_tts_core::{Audio, ErrorKind, Resampler, TtsModel, VoiceOptions, VoiceSource, VoiceWarning};
use pocket_tts_tests::{Goldens, assert_error};

use crate::{model, recording};

fn first(audio: &Audio, seconds: usize) -> VoiceSource {
    let samples = audio.samples[..seconds * audio.sample_rate_hz as usize].to_vec();
    VoiceSource::Samples(Audio { samples, sample_rate_hz: audio.sample_rate_hz })
}

#[test]
fn only_the_first_half_minute_is_used_by_default() {
    let (_copy, model) = model();
    let long = recording(1, 31.0);
    let all = VoiceSource::Samples(long.clone());
    let cut = model.voice(&all).unwrap();
    let half_minute = model.voice(&first(&long, 30)).unwrap();
    assert_eq!(cut.state(), half_minute.state(), "cut before any other processing");
    assert_eq!(cut.warnings(), [VoiceWarning::Truncated]);
    assert!(cut.warnings()[0].to_string().contains("only the first 30 s"));
    assert_eq!(half_minute.warnings(), []);
    let whole = model.voice_with(&all, &VoiceOptions::default().truncate(false)).unwrap();
    // The last sound ends 0.2 s before the end and is followed by a pause of 80 ms; all in frames of 80 ms, after the
    // vector before a voice.
    assert_eq!((cut.positions(), whole.positions()), (1 + 374, 1 + 386));
    assert_eq!(whole.warnings(), []);
}

#[test]
fn a_recording_up_to_the_limit_is_accepted_and_a_longer_one_is_refused() {
    let (copy, model) = model();
    let options = VoiceOptions::default().truncate(false);
    let too_long = VoiceSource::Samples(recording(1, 328.0));
    let fragments =
        ["`the samples` is longer than the 327 s that a voice can hold", "truncated to its first 30 s"];
    assert_error(model.voice_with(&too_long, &options), ErrorKind::InvalidRequest, &fragments);
    let longest = VoiceSource::Samples(recording(1, 327.5));
    let voice = model.voice_with(&longest, &options).unwrap();
    assert!((4_090..=4_096).contains(&voice.positions()), "{}", voice.positions());
    let path = copy.path("long.safetensors");
    voice.save(&path).unwrap();
    assert_eq!(model.voice(&path.into()).unwrap().state(), voice.state());
}

#[test]
fn a_file_and_its_bytes_and_both_resamplers_make_voices() {
    let (_copy, model) = model();
    let path = Goldens::open().path("stereo_16k.wav");
    let file = VoiceSource::from(path.clone());
    let voice = model.voice(&file).unwrap();
    let sent = VoiceSource::from_bytes("upload", std::fs::read(&path).unwrap());
    assert_eq!(model.voice(&sent).unwrap().state(), voice.state());
    let reference = VoiceOptions::default().resampler(Resampler::Reference);
    assert_eq!(model.voice_with(&file, &reference).unwrap().positions(), voice.positions());
}

#[test]
fn the_built_in_model_warns_about_cloning() {
    let model = TtsModel::builder().embedded().build().unwrap();
    let cloned = model.voice(&VoiceSource::Samples(recording(1, 4.0))).unwrap();
    assert_eq!(cloned.warnings(), [VoiceWarning::OneVoice]);
    let text = cloned.warnings()[0].to_string();
    assert!(text.contains("knows only its own voice") && text.contains("may lose or garble words"), "{text}");
    assert_eq!(model.voice(&model.default_voice()).unwrap().warnings(), []);
    let exported = VoiceSource::from_bytes("exported", cloned.to_safetensors());
    assert_eq!(model.voice(&exported).unwrap().warnings(), []);
    let (_copy, other) = crate::model();
    assert_eq!(other.voice(&VoiceSource::Samples(recording(1, 4.0))).unwrap().warnings(), []);
}

#[test]
fn a_predefined_voice_of_other_weights_names_its_recording() {
    let (_copy, model) = model();
    for (name, recording) in [
        ("alba", "hf://kyutai/tts-voices/alba-mackenna/casual.wav"),
        ("juergen", "hf://kyutai/pocket-tts/de-DE-juergen.mp3@"),
    ] {
        let outcome = model.voice(&VoiceSource::Named(name.to_owned()));
        assert_error(outcome, ErrorKind::InvalidRequest, &[name, "released models", recording]);
    }
    assert_eq!(model.voices(), [], "states match the released weights only");
}

#[test]
fn a_mistyped_name_is_reported_with_a_suggestion_and_the_list() {
    let model = TtsModel::builder().embedded().build().unwrap();
    let outcome = model.voice(&VoiceSource::Named("haert".to_owned()));
    assert_error(outcome, ErrorKind::NotFound, &["`haert`; did you mean `heart`? known voices are heart"]);
    let names: Vec<String> = model.voices().into_iter().map(|voice| voice.name).collect();
    assert_eq!(names, model.voice_names());
}
