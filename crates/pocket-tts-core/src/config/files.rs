//! Which files a model consists of.
//!
//! It knows how the three keys for weights combine. It must not open or fetch a file.

use std::path::Path;

use pocket_tts_configs::ConfigError;

use pocket_tts_hub::Location;

use super::model_config::Config;

/// The files of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFiles {
    /// Where the weights are.
    pub weights: WeightFiles,
    /// Where the tokenizer is.
    pub tokenizer: Location,
}

/// Where the weights of a model are.
///
/// # Source
/// `pocket_tts/models/tts_model.py`, `_from_pydantic_config_with_weights`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeightFiles {
    /// One file under the names of the released models.
    Bundle {
        /// The file.
        bundle: Location,
        /// The one to take if access to the first is refused; it cannot clone voices.
        without_voice_cloning: Option<Location>,
        /// A file whose codec replaces that of the bundle.
        mimi: Option<Location>,
    },
    /// Two files under the names used in training.
    Split {
        /// The language model.
        flow_lm: Location,
        /// The codec.
        mimi: Location,
    },
}

impl ModelFiles {
    pub(super) fn of(config: &Config, folder: Option<&Path>) -> Result<Self, ConfigError> {
        let locate = |path: &str, key: &str, text: &Option<String>| {
            text.as_deref().map(|text| locate(path, key, text, folder)).transpose()
        };
        let bundle = locate("", "weights_path", &config.weights_path)?;
        let without_key = "weights_path_without_voice_cloning";
        let without_voice_cloning = locate("", without_key, &config.weights_path_without_voice_cloning)?;
        let flow_lm = locate("flow_lm", "weights_path", &config.flow_lm.weights_path)?;
        let mimi = locate("mimi", "weights_path", &config.mimi.weights_path)?;
        let table = &config.flow_lm.lookup_table;
        let tokenizer =
            self::locate("flow_lm.lookup_table", "tokenizer_path", &table.tokenizer_path, folder)?;
        let weights = match (bundle, flow_lm, mimi) {
            (_, Some(_), None) => {
                let problem = "is given without `mimi.weights_path`; give both, or `weights_path` alone";
                return Err(ConfigError::new("flow_lm", "weights_path", problem));
            }
            (Some(bundle), _, mimi) => WeightFiles::Bundle { bundle, without_voice_cloning, mimi },
            (None, Some(flow_lm), Some(mimi)) => WeightFiles::Split { flow_lm, mimi },
            (None, None, Some(_)) => {
                let problem = "is given without weights for the language model; add `flow_lm.weights_path` or \
                               `weights_path`";
                return Err(ConfigError::new("mimi", "weights_path", problem));
            }
            (None, None, None) => {
                let problem = "is missing; give it, or both `flow_lm.weights_path` and `mimi.weights_path`";
                return Err(ConfigError::new("", "weights_path", problem));
            }
        };
        Ok(Self { weights, tokenizer })
    }
}

fn locate(path: &str, key: &str, text: &str, folder: Option<&Path>) -> Result<Location, ConfigError> {
    match Location::parse(text) {
        Ok(location) => Ok(location.resolve(folder)),
        Err(error) => Err(ConfigError::new(path, key, format!("is no usable location: {error}"))),
    }
}

impl Config {
    /// Where the files of this model are, with relative paths taken from `folder` (see
    /// [`Location::resolve`]).
    ///
    /// # Errors
    /// If a location is malformed or the weights are incomplete; never after [`parse`](super::parse).
    pub fn files(&self, folder: Option<&Path>) -> Result<ModelFiles, ConfigError> {
        ModelFiles::of(self, folder)
    }
}
