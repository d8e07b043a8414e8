//! The configuration of a model: what it is made of and where its files are.
//!
//! The keys are upstream's and no other key is accepted. It must not open weights, reach the network or
//! know the settings of the applications.

use std::collections::BTreeMap;

use pocket_tts_configs::ConfigError;
use pocket_tts_flow_lm::config::FlowLmConfig;
use pocket_tts_mimi::config::MimiConfig;

pub(crate) use closest::closest;

pub use builtin::{builtin, builtin_names};
pub use early::in_folder as early_model_in_folder;
pub use files::{ModelFiles, WeightFiles};
pub use load::{parse, read};
pub use pocket_tts_hub::{Location, LocationError};
pub use problem::ConfigProblem;
pub use yaml::{YamlBoundError, check_yaml_bounds};

mod builtin;
mod closest;
mod early;
mod files;
mod load;
mod problem;
#[cfg(test)]
mod tests;
mod yaml;

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
    /// The same without the encoder's projection, for those who have no access to `weights_path`.
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
    /// Frames to make after the end was found, unless the caller says; guessed from the text if absent.
    pub model_recommended_frames_after_eos: Option<usize>,
    /// Variance of the noise, unless the caller says.
    #[serde(default = "default_temperature")]
    pub default_temperature: f64,
    /// Logit above which the end is found, unless the caller says.
    #[serde(default = "default_eos_threshold")]
    pub default_eos_threshold: f64,
}

/// Most frames after the end that a config may ask for: eight minutes.
const MAX_FRAMES_AFTER_EOS: usize = 6_000;

impl Config {
    /// Refuses whatever no model could be built from; [`parse`] has done it already.
    ///
    /// # Errors
    /// The first value found wrong, named by its path.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.flow_lm.validate("flow_lm")?;
        self.mimi.validate("mimi")?;
        for character in self.replace_characters.keys() {
            ConfigError::require(character.chars().count() == 1, "replace_characters", character, || {
                "must be a single character on the left of its colon".to_owned()
            })?;
        }
        let frames = self.model_recommended_frames_after_eos.unwrap_or(0);
        ConfigError::check_size("", "model_recommended_frames_after_eos", frames, 0..=MAX_FRAMES_AFTER_EOS)?;
        let temperature = self.default_temperature;
        let sound = temperature.is_finite() && temperature >= 0.0;
        ConfigError::require(sound, "", "default_temperature", || {
            format!("is {temperature}, but must be a finite number of 0 or more")
        })?;
        ConfigError::require(self.default_eos_threshold.is_finite(), "", "default_eos_threshold", || {
            format!("is {}, but must be a finite number", self.default_eos_threshold)
        })?;
        ModelFiles::of(self, None).map(|_| ())
    }

    /// Where the files of this model are, with relative paths taken from `folder` (see
    /// [`Location::resolve`]).
    ///
    /// # Errors
    /// If a location is malformed or the weights are incomplete; never after [`parse`].
    pub fn files(&self, folder: Option<&std::path::Path>) -> Result<ModelFiles, ConfigError> {
        ModelFiles::of(self, folder)
    }
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
