//! The settings of one place.

use std::path::PathBuf;

use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};
use serde::Serialize;

use crate::{
    error::SettingsError,
    file::{read_text, without_mark},
    origin::Origin,
    schema::Schema,
};

/// The settings of one place, by key.
#[derive(Debug, Clone)]
pub struct Layer {
    pub(crate) origin: Origin,
    pub(crate) values: Dict,
}

impl Layer {
    /// Returns a layer of these values, without empty values and empty lists.
    pub fn new(origin: Origin, values: impl IntoIterator<Item = (String, Value)>) -> Self {
        let is_absent = |value: &Value| {
            matches!(value, Value::Empty(..)) || value.as_array().is_some_and(<[Value]>::is_empty)
        };
        let values = values.into_iter().filter(|(_, value)| !is_absent(value)).collect();
        Self { origin, values }
    }

    /// Returns a layer of the fields of a struct.
    ///
    /// # Errors
    ///
    /// If it cannot be serialized.
    pub fn of_struct(origin: Origin, fields: &impl Serialize) -> Result<Self, SettingsError> {
        let fields = Value::serialize(fields).map_err(|error| SettingsError::Other(error.to_string()))?;
        Ok(Self::new(origin, fields.into_dict().unwrap_or_default()))
    }

    /// Reads a settings file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is not a YAML mapping, or has an unknown key.
    pub fn read(path: PathBuf, schema: &Schema) -> Result<Self, SettingsError> {
        let text = read_text(&path)?;
        Self::parse(path, &text, schema)
    }

    /// Parses the content of the settings file `path`.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn parse(path: PathBuf, text: &str, schema: &Schema) -> Result<Self, SettingsError> {
        let syntax = |problem: String| SettingsError::Syntax { path: path.clone(), problem };
        let text = without_mark(text);
        (schema.check_yaml)(text).map_err(syntax)?;
        let content: serde_norway::Value =
            serde_norway::from_str(text).map_err(|error| syntax(error.to_string()))?;
        let values: Dict = match content {
            serde_norway::Value::Null => Dict::new(),
            mapping @ serde_norway::Value::Mapping(_) => {
                serde_norway::from_value(mapping).map_err(|error| syntax(error.to_string()))?
            }
            _ => return Err(syntax("it holds a list or a single value".to_owned())),
        };
        if let Some(key) = values.keys().find(|key| !schema.keys.contains(key)) {
            let (key, known) = (key.clone(), schema.keys.clone());
            return Err(SettingsError::UnknownKey { path, key, known });
        }
        Ok(Self::new(Origin::File(path), values))
    }

    /// Returns the layer without the settings of these keys.
    #[must_use]
    pub fn without(mut self, keys: &[&str]) -> Self {
        self.values.retain(|key, _| !keys.contains(&key.as_str()));
        self
    }

    /// Returns whether the layer has the setting.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("{:?}", self.origin))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The settings `voice` and `threads`.
    pub(crate) fn schema() -> Schema {
        Schema {
            prefix: "TEST_",
            file_name: "test.yaml",
            keys: vec!["voice".to_owned(), "threads".to_owned()],
            foreign_variables: &["TEST_FOREIGN", "TEST_OTHER_"],
            check_yaml: |text| if text.contains("[[") { Err("it is nested".to_owned()) } else { Ok(()) },
        }
    }

    #[test]
    fn a_settings_file_is_a_mapping_of_known_names() {
        let parse = |text: &str| Layer::parse("s.yaml".into(), text, &schema());
        for (text, problem) in [
            ("- a\n- b", "not a YAML mapping"),
            ("voice: a\nvoice: b", "duplicate entry"),
            ("voice: [", "not a YAML mapping"),
            ("voice: [[a]]", "it is nested"),
            ("voices: a", "has the unknown setting `voices`; did you mean `voice`?"),
            ("text: a", "unknown setting `text`; known settings are voice, threads"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
        assert!(parse("\u{feff}voice: a").unwrap().has("voice"));
        let layer = parse("voice: a\nthreads: 2").unwrap().without(&["voice"]);
        assert!(layer.has("threads") && !layer.has("voice"));
        for text in ["", "# nothing\n", "voice:\n", "voice: []"] {
            assert!(!parse(text).unwrap().has("voice"), "{text}");
        }
    }
}
