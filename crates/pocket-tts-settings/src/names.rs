//! How the user wrote each setting.

use std::collections::BTreeMap;

use crate::error::SettingsError;

/// The names of the given settings in their sources, by key.
#[derive(Debug, Clone, Default)]
pub struct Names(pub(crate) BTreeMap<String, String>);

/// A setting whose value is not allowed, by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidValue {
    /// The setting's key.
    pub key: &'static str,
    /// Its value.
    pub found: String,
    /// What it must be, or why it is not allowed.
    pub problem: String,
    /// Whether it names a file that does not exist.
    pub is_missing_file: bool,
}

impl InvalidValue {
    /// Returns the description of a wrong value.
    pub fn new(key: &'static str, found: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { key, found: found.into(), problem: problem.into(), is_missing_file: false }
    }

    /// Returns the description of a value that names a file that does not exist.
    pub fn missing_file(key: &'static str, found: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { is_missing_file: true, ..Self::new(key, found, problem) }
    }
}

impl Names {
    /// Returns how the user wrote the setting, if it was given.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Returns the error about a value, under the name that the user wrote.
    pub fn error(&self, value: InvalidValue) -> SettingsError {
        let InvalidValue { key, found, problem, is_missing_file } = value;
        let setting = self.get(key).map_or_else(|| format!("`{key}`"), str::to_owned);
        if is_missing_file {
            SettingsError::MissingFile { setting, found, problem }
        } else {
            SettingsError::Value { setting, found, problem }
        }
    }
}
