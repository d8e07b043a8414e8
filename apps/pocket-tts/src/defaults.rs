//! Default values and the names of choices, for the arguments' help and for the settings.

use pocket_tts_core::{Precision, Resampler};

/// Where the sound goes if nobody says.
pub(crate) const DEFAULT_OUTPUT_PATH: &str = "./tts_output.wav";
/// Most tokens spoken in one go if nobody says.
pub(crate) const DEFAULT_MAX_TOKENS: usize = 50;
/// Sampler steps if nobody says.
pub(crate) const DEFAULT_SAMPLER_DECODE_STEPS: usize = 1;

/// What brings recordings to the model's rate, by name.
pub(crate) const RESAMPLERS: [(&str, Resampler); 2] =
    [("high-quality", Resampler::HighQuality), ("reference", Resampler::Reference)];

/// What the language model's weights can be kept in, by name.
pub(crate) const PRECISIONS: [&str; 3] =
    [Precision::ALL[0].name(), Precision::ALL[1].name(), Precision::ALL[2].name()];
