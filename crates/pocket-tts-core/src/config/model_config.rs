//! The keys of a configuration file.

use std::collections::BTreeMap;

use pocket_tts_flow_lm::config::FlowLmConfig;
use pocket_tts_mimi::config::MimiConfig;

/// The configuration of a model, checked.
///
/// # Source
/// `pocket_tts/utils/config.py`, `Config`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file format")]
pub struct Config {
    /// The language model.
    pub flow_lm: FlowLmConfig,
    /// The codec.
    pub mimi: MimiConfig,
    /// Weights of both parts in one file.
    pub weights_path: Option<String>,
    /// The same without the encoder's projection, for users without access to `weights_path`.
    pub weights_path_without_voice_cloning: Option<String>,
    /// Whether a text of fewer than five words gets eight spaces in front.
    #[serde(default)]
    pub pad_with_spaces_for_short_inputs: bool,
    /// Whether semicolons become commas.
    #[serde(default)]
    pub remove_semicolons: bool,
    /// Whether a text that ends in a letter or digit gets a full stop.
    #[serde(default = "yes")]
    pub append_terminal_punctuation: bool,
    /// Whether the first letter becomes a capital; wrong for models that read phonemes.
    #[serde(default = "yes")]
    pub capitalize_first_letter: bool,
    /// Single characters and what each becomes before tokenization, all at once; an empty text deletes.
    #[serde(default)]
    pub replace_characters: BTreeMap<String, String>,
    /// Frames to generate after EOS by default; guessed from the text if absent.
    pub model_recommended_frames_after_eos: Option<usize>,
    /// Default variance of the noise.
    #[serde(default = "default_temperature")]
    pub default_temperature: f64,
    /// Default logit above which speech ends.
    #[serde(default = "default_eos_threshold")]
    pub default_eos_threshold: f64,
    /// Attention heads that follow the text, for the times of words; unknown if absent.
    ///
    /// # Source
    /// `pocket-tts-timestamped` 1.4.0, `utils/config.py`, `TimestampHeadConfig`
    pub timestamp_heads: Option<Vec<TimestampHead>>,
    /// Speech is likely garbled if the words of a sentence get less of the attention of `timestamp_heads`, from 0 to 1: the
    /// mean over the words of the highest share of each in any head. Such a sentence is spoken again; never, if absent.
    pub clear_attention: Option<f32>,
}

/// An attention head of the language model, both numbers from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimestampHead {
    /// The layer.
    pub layer: usize,
    /// The query head of the layer.
    pub head: usize,
}

fn yes() -> bool {
    true
}

fn default_temperature() -> f64 {
    0.3
}

fn default_eos_threshold() -> f64 {
    -4.0
}
