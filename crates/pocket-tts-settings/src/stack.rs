//! The layers of all sources, merged.

use std::fmt::Display;

use figment::{
    Figment,
    error::{Actual, Kind as FigmentKind},
};
use serde::de::DeserializeOwned;

use crate::{
    error::SettingsError,
    kind::{expectation, written, written_value},
    layer::Layer,
    names::Names,
    origin::Origin,
    schema::Schema,
};

/// The settings of all sources, in order of increasing precedence.
#[derive(Debug)]
pub struct Stack {
    schema: Schema,
    layers: Vec<Layer>,
}

impl Stack {
    /// Returns a stack of layers, in order of increasing precedence.
    pub fn new(schema: Schema, layers: impl IntoIterator<Item = Layer>) -> Self {
        Self { schema, layers: layers.into_iter().collect() }
    }

    /// Treats the settings of each group as alternatives: a layer that has one of them hides all of them in the layers
    /// below it.
    #[must_use]
    pub fn with_alternatives(mut self, alternatives: &[&[&str]]) -> Self {
        for group in alternatives {
            let has_one = |layer: &Layer| group.iter().any(|key| layer.has(key));
            if let Some(highest) = self.layers.iter().rposition(has_one) {
                for layer in &mut self.layers[..highest] {
                    layer.values.retain(|key, _| !group.contains(&key.as_str()));
                }
            }
        }
        self
    }

    /// Merges all layers into a type.
    ///
    /// # Errors
    ///
    /// If a value has the wrong type. The error names the setting as the user wrote it.
    pub fn merge<T: DeserializeOwned>(&self) -> Result<T, SettingsError> {
        let figment = self.layers.iter().fold(Figment::new(), |figment, layer| figment.merge(layer.clone()));
        figment.extract().map_err(|error| self.type_error(&error))
    }

    /// Returns the source of highest precedence that has the setting.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.layers.iter().rev().find(|layer| layer.has(key)).map(|layer| &layer.origin)
    }

    /// Returns how the setting is called in the place it comes from.
    pub fn name(&self, key: &str) -> String {
        self.schema.name(self.origin(key).unwrap_or(&Origin::BuiltIn), key)
    }

    /// Returns the names of all settings that were given.
    pub fn names(&self) -> Names {
        let given = self.layers.iter().filter(|layer| layer.origin != Origin::BuiltIn);
        Names(given.flat_map(|layer| layer.values.keys()).map(|key| (key.clone(), self.name(key))).collect())
    }

    /// Returns the error about a wrong value.
    pub fn error(&self, key: &str, found: impl Into<String>, problem: impl Into<String>) -> SettingsError {
        SettingsError::Value { setting: self.name(key), found: found.into(), problem: problem.into() }
    }

    /// Checks a value, if there is one.
    ///
    /// # Errors
    ///
    /// If it does not hold. `problem` says what it must be.
    pub fn demand<T: Display>(
        &self,
        key: &str,
        value: Option<T>,
        holds: impl Fn(&T) -> bool,
        problem: &str,
    ) -> Result<(), SettingsError> {
        match value.filter(|value| !holds(value)) {
            None => Ok(()),
            Some(value) => Err(self.error(key, value.to_string(), problem)),
        }
    }

    fn type_error(&self, error: &figment::Error) -> SettingsError {
        let key = error.path.first().map(String::as_str).unwrap_or_default();
        let value = self.layers.iter().rev().find_map(|layer| layer.values.get(key));
        match (&error.kind, value) {
            (
                FigmentKind::InvalidType(found, expected) | FigmentKind::InvalidValue(found, expected),
                Some(_),
            ) => {
                let expected = expectation(expected);
                match found {
                    Actual::Str(text) if looks_like_no_text(text) => self.error(
                        key,
                        format!("\"{text}\""),
                        format!("it must be {expected}, without quotation marks"),
                    ),
                    found => self.error(key, written(found), format!("it must be {expected}")),
                }
            }
            (FigmentKind::Message(problem), Some(value)) => self.error(key, written_value(value), problem),
            // Figment's own text would name its profile before the key.
            (kind, Some(_)) => SettingsError::Other(format!("{}: {kind}", self.name(key))),
            (kind, None) => SettingsError::Other(kind.to_string()),
        }
    }
}

/// Whether a text is a number or a switch but for its quotation marks.
fn looks_like_no_text(text: &str) -> bool {
    text.parse::<f64>().is_ok() || text.parse::<bool>().is_ok()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::layer::tests::schema;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Raw {
        voice: Option<String>,
        threads: Option<usize>,
    }

    fn file(text: &str) -> Layer {
        Layer::parse("s.yaml".into(), text, &schema()).unwrap()
    }

    fn arguments(values: &[(&str, &str)]) -> Layer {
        let values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).into()));
        Layer::new(Origin::Arguments, values)
    }

    #[test]
    fn the_highest_precedence_wins_and_names_the_setting() {
        let stack = Stack::new(schema(), [file("voice: a\nthreads: 2"), arguments(&[("voice", "b")])]);
        let raw: Raw = stack.merge().unwrap();
        assert_eq!(raw, Raw { voice: Some("b".to_owned()), threads: Some(2) });
        assert_eq!(
            (stack.name("voice").as_str(), stack.name("threads").as_str()),
            ("--voice", "`threads` in s.yaml")
        );
        let names = stack.names();
        assert_eq!((names.get("voice"), names.get("seed")), (Some("--voice"), None));
    }

    #[test]
    fn only_the_highest_precedence_decides_between_alternatives() {
        let layers = [file("voice: a\nthreads: 2"), arguments(&[("voice", "b")])];
        let stack = Stack::new(schema(), layers).with_alternatives(&[&["voice", "threads"]]);
        assert_eq!(stack.merge::<Raw>().unwrap(), Raw { voice: Some("b".to_owned()), threads: None });
        let stack = Stack::new(schema(), [file("voice: a\nthreads: 2")]);
        let stack = stack.with_alternatives(&[&["voice", "threads"]]);
        assert_eq!(stack.merge::<Raw>().unwrap().threads, Some(2));
    }

    #[test]
    fn a_wrong_type_is_named_by_its_place_in_plain_words() {
        let message = |text| Stack::new(schema(), [file(text)]).merge::<Raw>().unwrap_err().to_string();
        let whole = "it must be a whole number of 0 or more";
        assert_eq!(
            message("threads: many"),
            format!("invalid value `many` for `threads` in s.yaml; {whole}")
        );
        assert_eq!(message("threads: -3"), format!("invalid value `-3` for `threads` in s.yaml; {whole}"));
        assert_eq!(message("threads: 2.5"), format!("invalid value `2.5` for `threads` in s.yaml; {whole}"));
        let quoted =
            format!("invalid value `\"2\"` for `threads` in s.yaml; {whole}, without quotation marks");
        assert_eq!(message("threads: \"2\""), quoted);
        assert!(
            message("voice: [a]").starts_with("invalid value `[…]` for `voice` in s.yaml; it must be a text")
        );
    }

    #[test]
    fn what_only_figment_can_explain_is_named_as_the_user_wrote_it() {
        let mut error = figment::Error::from("it is odd".to_owned());
        error.path = vec!["voice".to_owned()];
        let stack = Stack::new(schema(), [file("voice: alba")]);
        assert_eq!(
            stack.type_error(&error).to_string(),
            "invalid value `alba` for `voice` in s.yaml: it is odd"
        );
        error.path.clear();
        assert_eq!(stack.type_error(&error).to_string(), "the settings cannot be used: it is odd");
    }
}
