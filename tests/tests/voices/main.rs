//! Caching, export and import of voices.

mod disk_cache;
mod memory_cache;
mod metadata;
mod options;
mod round_trips;

use pocket_tts_core::{Audio, TtsModel, VoiceSource, VoiceWarning};
use pocket_tts_tensor::testing::random;
use pocket_tts_tests::ModelCopy;

/// The configuration that most of these tests use; its rate is 3 kHz.
const CONFIG: &str = "04_drifting";
const VOICE: &str = "voice_state.safetensors";

fn model() -> (ModelCopy, TtsModel) {
    let copy = ModelCopy::of(CONFIG);
    let model = copy.build().expect("a sound model");
    (copy, model)
}

/// Noise at the rate of [`CONFIG`], the same for the same seed.
fn recording(seed: u64, seconds: f64) -> Audio {
    let sample_rate_hz = 3_000;
    let length = (seconds * f64::from(sample_rate_hz)) as usize;
    let mut samples = random(seed, length);
    // Neighbouring samples are correlated, as in speech: white noise would cause a warning.
    (1..length).for_each(|index| samples[index] = 0.9 * samples[index - 1] + 0.1 * samples[index]);
    // A pause in every half second, as between words: without pauses there would be a warning about noise.
    let level = |index: usize| if index % 1_500 < 900 { 0.5 } else { 0.001 };
    let samples = samples.into_iter().enumerate().map(|(index, x)| level(index) * x);
    Audio { samples: samples.collect(), sample_rate_hz }
}

fn source(seed: u64) -> VoiceSource {
    VoiceSource::Samples(recording(seed, 4.0))
}

/// Whether there is a warning about the voice cache.
fn has_cache_warning(warnings: &[VoiceWarning]) -> bool {
    warnings.iter().any(|warning| matches!(warning, VoiceWarning::Cache(_)))
}
