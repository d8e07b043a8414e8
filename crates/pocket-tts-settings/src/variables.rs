//! The settings among the environment variables.

use std::ffi::OsString;

use crate::{error::SettingsError, schema::Schema};

/// A setting that a variable gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The variable.
    pub name: String,
    /// The setting's key.
    pub key: String,
    /// The value, which is not empty.
    pub value: OsString,
}

impl Variable {
    /// Returns the error about a value that the setting cannot have.
    pub fn error(&self, problem: String) -> SettingsError {
        let (setting, found) = (self.name.clone(), self.value.to_string_lossy().into_owned());
        SettingsError::Value { setting, found, problem }
    }
}

/// Returns the settings among `variables`, without the one that names the settings file.
///
/// # Errors
///
/// If a variable has the prefix of the settings and is none of them.
pub fn given_variables(
    schema: &Schema,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<Variable>, SettingsError> {
    let file_variable = schema.file_variable();
    let mut given = Vec::new();
    for (name, value) in variables {
        let name = name.to_string_lossy().into_owned();
        let is_ours = name.starts_with(schema.prefix) && !schema.is_foreign(&name);
        if !is_ours || name == file_variable || value.is_empty() {
            continue;
        }
        if let Some(key) = schema.keys.iter().find(|key| schema.variable(key) == name) {
            given.push(Variable { name, key: key.clone(), value });
        } else {
            let known = schema.keys.iter().map(|key| schema.variable(key));
            let known = std::iter::once(file_variable).chain(known).collect();
            return Err(SettingsError::UnknownVariable { name, prefix: schema.prefix, known });
        }
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::tests::schema;

    fn given(pairs: &[(&str, &str)]) -> Result<Vec<Variable>, SettingsError> {
        given_variables(&schema(), pairs.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn settings_are_told_from_variables_of_others() {
        let found = given(&[
            ("TEST_VOICE", "a"),
            ("TEST_THREADS", ""),
            ("TEST_SETTINGS", "a.yaml"),
            ("TEST_FOREIGN", "x"),
            ("TEST_OTHER_KEY", "x"),
            ("HOME", "/"),
        ]);
        let voice =
            Variable { name: "TEST_VOICE".to_owned(), key: "voice".to_owned(), value: OsString::from("a") };
        assert_eq!(found.unwrap(), [voice]);
    }

    #[test]
    fn an_unknown_variable_is_named_with_the_closest_or_with_all() {
        let message = |name| given(&[(name, "x")]).unwrap_err().to_string();
        let expected = "the environment variable TEST_VOCIE is not a setting; did you mean `TEST_VOICE`?";
        assert_eq!(message("TEST_VOCIE"), expected);
        for name in ["TEST_LOUDNESS", "TEST_"] {
            let list = "known variables are TEST_SETTINGS, TEST_VOICE, TEST_THREADS";
            let message = message(name);
            assert!(message.contains(name) && message.contains(list), "{message}");
        }
        assert!(given(&[("TEST_voice", "x")]).is_err(), "variables are written in capitals");
    }
}
