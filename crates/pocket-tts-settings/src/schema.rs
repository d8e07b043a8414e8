//! How a program's settings are called.

use crate::origin::Origin;

/// The key of the option that names the settings file.
const SETTINGS: &str = "settings";

/// How a program's settings are called, and where they may stand.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The prefix of the environment variables, such as `POCKET_TTS_`.
    pub prefix: &'static str,
    /// The settings file within the user's configuration folder.
    pub file_name: &'static str,
    /// All keys, in the order in which messages list them.
    pub keys: Vec<String>,
    /// Variables with that prefix that belong to other programs. An entry that ends in `_` is a prefix itself.
    pub foreign_variables: &'static [&'static str],
    /// Rejects text that is too costly to parse as YAML. The error says why.
    pub check_yaml: fn(&str) -> Result<(), String>,
}

impl Schema {
    /// Returns the environment variable of a key.
    pub fn variable(&self, key: &str) -> String {
        format!("{}{}", self.prefix, key.to_ascii_uppercase())
    }

    /// Returns how a setting is called in the place it comes from.
    pub fn name(&self, origin: &Origin, key: &str) -> String {
        match origin {
            Origin::BuiltIn => format!("the built-in `{key}`"),
            Origin::File(path) => format!("`{key}` in {}", path.display()),
            Origin::Environment => self.variable(key),
            Origin::Arguments => format!("--{}", key.replace('_', "-")),
            Origin::Item => format!("`{key}`"),
        }
    }

    /// The variable that names the settings file.
    pub(crate) fn file_variable(&self) -> String {
        self.variable(SETTINGS)
    }

    pub(crate) fn is_foreign(&self, variable: &str) -> bool {
        self.foreign_variables
            .iter()
            .any(|foreign| variable == *foreign || (foreign.ends_with('_') && variable.starts_with(foreign)))
    }
}
