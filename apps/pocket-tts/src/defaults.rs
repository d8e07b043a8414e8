//! Default values and the names of choices, for the arguments' help and for the settings.

use pocket_tts_core::{Precision, Resampler, Splitting};

/// The default output.
pub(crate) const DEFAULT_OUTPUT_PATH: &str = "./tts_output.wav";
/// The default maximum of tokens spoken in one piece.
pub(crate) const DEFAULT_MAX_TOKENS: usize = 50;
/// The default number of sampler steps.
pub(crate) const DEFAULT_SAMPLER_DECODE_STEPS: usize = 1;

/// The default pause between sentences, in seconds. Sentences already end with a short one.
pub(crate) const DEFAULT_SENTENCE_PAUSE_S: f32 = 0.0;
/// The default pause between paragraphs, in seconds.
pub(crate) const DEFAULT_PARAGRAPH_PAUSE_S: f32 = 0.4;

/// What is done about sentences that lack words.
pub(crate) const CHECKS: [&str; 3] = ["repeat", "report", "off"];

/// The value that asks for no captions beside an output.
pub(crate) const NO_TIMESTAMPS: &str = "off";
/// The formats of captions beside an output, by name.
pub(crate) const TIMESTAMPS: [&str; 4] = ["srt", "vtt", "json", NO_TIMESTAMPS];

/// The resamplers of recordings, by name.
pub(crate) const RESAMPLERS: [(&str, Resampler); 2] =
    [("high-quality", Resampler::HighQuality), ("reference", Resampler::Reference)];

/// The number formats of the language model's weights, by name.
pub(crate) const PRECISIONS: [&str; Precision::ALL.len()] = {
    let mut names = [""; Precision::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = Precision::ALL[at].name();
        at += 1;
    }
    names
};

/// The ways to split a text, by name.
pub(crate) const SPLITTINGS: [(&str, Splitting); 2] =
    [("natural", Splitting::Natural), ("reference", Splitting::Reference)];
