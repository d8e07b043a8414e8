//! Recordings that cannot become voices.

use std::fs;

use pocket_tts_core::{Audio, ErrorKind, VoiceSource};
use pocket_tts_tests::{Goldens, assert_error};

use crate::sound_model;

#[test]
fn a_file_that_is_not_a_recording_is_refused_by_name() {
    let (copy, model, _) = sound_model();
    let wav = fs::read(Goldens::open().path("stereo_16k.wav")).unwrap();
    let mut zero_rate = wav.clone();
    zero_rate[24..28].fill(0);
    let cases: [(&[u8], &str); 5] = [
        (b"", "empty"),
        (b"these are no samples", "not a supported audio file"),
        (&wav[..10], "a RIFF file without sound"),
        (&wav[..30], "damaged"),
        (&zero_rate, "sample rate of 0 Hz"),
    ];
    for (bytes, fragment) in cases {
        let path = copy.path("recording.wav");
        fs::write(&path, bytes).unwrap();
        let fragments = ["cannot take a voice from", "recording.wav", fragment];
        assert_error(model.voice(&path.into()), ErrorKind::InvalidRequest, &fragments);
    }
}

#[test]
fn a_truncated_recording_is_refused_or_accepted_but_never_panics() {
    let (copy, model, _) = sound_model();
    let wav = fs::read(Goldens::open().path("stereo_16k.wav")).unwrap();
    let path = copy.path("recording.wav");
    for length in (0..wav.len()).step_by(101).chain(0..60) {
        fs::write(&path, &wav[..length]).unwrap();
        if let Err(error) = model.voice(&path.clone().into()) {
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{length} bytes: {error}");
        }
    }
    fs::write(&path, &wav).unwrap();
    assert!(model.voice(&path.into()).unwrap().positions() > 0);
}

#[test]
fn a_missing_recording_is_an_environment_error() {
    let (copy, model, _) = sound_model();
    for name in ["absent.wav", "absent.safetensors"] {
        let outcome = model.voice(&copy.path(name).into());
        assert_error(outcome, ErrorKind::Environment, &[name, "check its path"]);
    }
}

#[test]
fn invalid_samples_are_refused() {
    let (_copy, model, _) = sound_model();
    let mut with_nan = vec![0.1; 3000];
    with_nan[1234] = f32::NAN;
    let cases = [
        (Vec::new(), 3000, "no samples"),
        (with_nan, 3000, "sample 1234"),
        (vec![f32::INFINITY; 10], 3000, "sample 0"),
        (vec![0.1; 3000], 0, "sample rate of 0 Hz"),
        (vec![0.1; 3000], u32::MAX, "sample rate of 4294967295 Hz"),
    ];
    for (samples, sample_rate_hz, fragment) in cases {
        let source = VoiceSource::Samples(Audio { samples, sample_rate_hz });
        let fragments = ["cannot take a voice from `the samples`", fragment];
        assert_error(model.voice(&source), ErrorKind::InvalidRequest, &fragments);
    }
}

#[test]
fn a_very_short_or_silent_recording_is_accepted() {
    let (_copy, model, _) = sound_model();
    for samples in [vec![0.5], vec![0.5; 59], vec![0.0; 6000]] {
        let source = VoiceSource::Samples(Audio { samples, sample_rate_hz: 3000 });
        assert!(model.voice(&source).unwrap().positions() > 0);
    }
}
