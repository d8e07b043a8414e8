//! From a recording's bytes to a voice: decoding, mixing, resampling, the final pause, the encoder, the prompt.

use std::path::{Path, PathBuf};

use pocket_tts_core::{Location, Resampler, TtsModel, VoiceOptions, VoiceSource};
use pocket_tts_tests::{TOLERANCE, TensorFile, assert_near};

const RECORDINGS: [&str; 3] = ["stereo_16bit_22k.wav", "mono_24bit_16k.wav", "mono_16bit_44k.flac"];
/// The shipped model's name among the states.
const SHIPPED: &str = "tiny";

/// A path in this crate's folder.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn model(name: &str) -> TtsModel {
    let builder = match name {
        SHIPPED => TtsModel::builder().embedded(),
        name => TtsModel::builder().config(Location::Path(path("goldens").join(name).join("config.yaml"))),
    };
    builder.build().unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn a_recording_results_in_the_reference_state_for_every_model() {
    let states = TensorFile::read(&path("goldens_voices/states.safetensors"));
    let mut models: Vec<&str> = states.tensors.keys().filter_map(|name| name.split('/').next()).collect();
    models.dedup();
    assert_eq!(models.len(), 19, "the shipped model and 18 goldens");
    let options = VoiceOptions::default().resampler(Resampler::Reference);
    let mut compared = 0;
    for name in models {
        let model = model(name);
        for recording in RECORDINGS {
            let source = VoiceSource::from(path("goldens_voices").join(recording));
            let voice = model
                .voice_with(&source, &options)
                .unwrap_or_else(|error| panic!("{name}, {recording}: {error}"));
            for (layer, cache) in voice.state().caches.iter().enumerate() {
                let key = format!("{name}/{recording}/{layer}");
                let expected = states.get(&key).floats();
                let (keys, values) = expected.split_at(expected.len() / 2);
                assert_near(&format!("{key}: keys"), &cache.keys().concat(), keys, TOLERANCE);
                assert_near(&format!("{key}: values"), &cache.values().concat(), values, TOLERANCE);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, states.tensors.len(), "a state was skipped");
}
