//! Why settings cannot be used. Each message says what is wrong and, after a semicolon, what to do.

use std::{io, path::PathBuf};

use crate::closest::advice;

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A file cannot be read.
    #[error("cannot read the file {}: {source}; check its path and its permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason of the operating system.
        source: io::Error,
    },
    /// A file is larger than a file of settings can be.
    #[error("the file {} is larger than {limit_bytes} bytes; check its path", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The largest size that is read, in bytes.
        limit_bytes: u64,
    },
    /// The settings file is not a YAML mapping.
    #[error("the settings file {} is not a YAML mapping: {problem}; write each setting as `name: value`", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The settings file has a key that is not a setting.
    #[error("the settings file {} has the unknown setting `{key}`; {}", path.display(), advice(key, known, "settings", ""))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The unknown key.
        key: String,
        /// All known keys.
        known: Vec<String>,
    },
    /// An environment variable looks like a setting but is none.
    #[error("the environment variable {name} is not a setting; {}", advice(name, known, "variables", prefix))]
    UnknownVariable {
        /// The unknown variable.
        name: String,
        /// The prefix of the settings' variables.
        prefix: &'static str,
        /// All known variables.
        known: Vec<String>,
    },
    /// A setting has the wrong type or is out of range.
    #[error("invalid value `{found}` for {setting}{} {problem}", separator(problem))]
    Value {
        /// The setting, as the user wrote it.
        setting: String,
        /// Its value.
        found: String,
        /// What it must be, or why it is not allowed.
        problem: String,
    },
    /// A setting names a file that does not exist.
    #[error("invalid value `{found}` for {setting}: {problem}")]
    MissingFile {
        /// The setting, as the user wrote it.
        setting: String,
        /// Its value.
        found: String,
        /// What is missing, and what to do.
        problem: String,
    },
    /// Two settings of one place decide the same thing.
    #[error("{first} and {second} exclude each other; {advice}")]
    Conflict {
        /// The first setting, as the user wrote it.
        first: String,
        /// The second one.
        second: String,
        /// What to do.
        advice: String,
    },
    /// The settings are wrong in a way that none of the above describes.
    #[error("the settings cannot be used: {0}")]
    Other(String),
}

/// What stands between a value and its problem: a demand is advice, and anything else is the reason.
fn separator(problem: &str) -> char {
    if problem.starts_with("it must ") { ';' } else { ':' }
}

impl SettingsError {
    /// Returns whether the operating system is the cause rather than a wrong setting.
    pub fn is_environment_error(&self) -> bool {
        matches!(self, Self::Read { .. } | Self::MissingFile { .. })
    }
}
