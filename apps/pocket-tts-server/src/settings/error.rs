//! Why settings can't be used, in words that say what is allowed.

use std::path::PathBuf;

/// Why settings can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A file can't be read.
    #[error("the file {} cannot be read: {source}; check its path and its permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The settings file is no YAML mapping.
    #[error("the settings file {} is not a valid YAML mapping of names to values: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The settings file holds a name that is no setting.
    #[error("the settings file {} has the unknown setting `{key}`; known are {known}", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The name.
        key: String,
        /// The names that would have worked.
        known: String,
    },
    /// A variable looks like a setting and is none.
    #[error("the environment variable {name} is no setting; known are {known}")]
    UnknownVariable {
        /// The variable.
        name: String,
        /// The names that would have worked.
        known: String,
    },
    /// An option holds what it can't be.
    #[error("{name} is `{found}`, but {problem}")]
    Option {
        /// The option, as it is written.
        name: String,
        /// What it is.
        found: String,
        /// What it must be.
        problem: String,
    },
    /// A variable holds what its setting can't be.
    #[error("the environment variable {name} is `{found}`, but {problem}")]
    Variable {
        /// The variable.
        name: String,
        /// What it is.
        found: String,
        /// What it must be.
        problem: String,
    },
    /// A setting is of another type than it must be.
    #[error("the settings can't be used: {0}")]
    Type(String),
    /// A setting is outside its range.
    #[error("`{setting}` is `{found}`, but {problem}")]
    Value {
        /// The option, without its dashes.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it must be.
        problem: String,
    },
    /// Two settings name a model each.
    #[error("`language` and `config` exclude each other: each says which model to load, so leave one out")]
    TwoModels,
}

impl SettingsError {
    /// Whether the machine is in the way, not the settings.
    pub(crate) fn is_about_reading(&self) -> bool {
        matches!(self, Self::Read { .. })
    }
}
