//! Why settings can't be used, in words that say what is allowed. It must not know where settings are read.

use std::path::PathBuf;

use super::layers::PREFIX;
use super::raw::KEYS;

/// Why settings can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// The settings file can't be read.
    #[error("the settings file {} cannot be read: {source}; check its path and its permissions", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    /// The settings file is no YAML mapping.
    #[error("the settings file {} is not a valid YAML mapping of names to values: {problem}", path.display())]
    Syntax { path: PathBuf, problem: String },
    /// The settings file holds a name that is no setting.
    #[error("the settings file {} has the unknown setting `{key}`; known are {}", path.display(), known_keys())]
    UnknownKey { path: PathBuf, key: String },
    /// A variable looks like a setting and is none.
    #[error("the environment variable {name} is no setting; known are {}", known_variables())]
    UnknownVariable { name: String },
    /// A setting is of another type than it must be, or outside its range.
    #[error("{setting} is `{found}`, but {problem}")]
    Value { setting: String, found: String, problem: String },
    /// Two settings say how precisely to compute.
    #[error("{quantize} and {precision} exclude each other; leave one out")]
    TwoPrecisions { quantize: String, precision: String },
    /// Two settings name a model each.
    #[error("{language} and {config} exclude each other; each says which model to load, so leave one out")]
    TwoModels { language: String, config: String },
    /// Figment failed in a way that none of the above explains.
    #[error("the settings cannot be read: {0}")]
    Other(String),
}

fn known_keys() -> String {
    KEYS.map(|(key, _)| key).join(", ")
}

fn known_variables() -> String {
    let variables = KEYS.map(|(key, _)| format!("{PREFIX}{}", key.to_ascii_uppercase()));
    format!("{PREFIX}SETTINGS, {}", variables.join(", "))
}
