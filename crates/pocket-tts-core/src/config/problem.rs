//! Why a configuration was refused, and what is allowed.
//!
//! It knows how figment and serde report errors. It must not know what the keys mean.

use figment::error::{Actual, Kind};
use pocket_tts_configs::ConfigError;
use thiserror::Error;

use super::closest::closest;

/// Why a configuration was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigProblem {
    /// There is no model of this name.
    #[error("there is no model `{name}`{hint} known models are {names}")]
    UnknownName {
        /// What was asked for.
        name: String,
        /// A guess at what was meant, or only the punctuation that ends the sentence.
        hint: String,
        /// The known names.
        names: String,
    },
    /// The file's name does not end as that of a config.
    #[error("the config {file} must be a YAML file, with a name that ends in .yaml or .yml")]
    Extension {
        /// The file.
        file: String,
    },
    /// The file could not be read.
    #[error("the config {file} could not be read ({source}); check its path")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not YAML.
    #[error("the config {file} is not valid YAML: {problem}")]
    Syntax {
        /// The file.
        file: String,
        /// What the parser said.
        problem: String,
    },
    /// A key that no config has.
    #[error("the config {file} has an unknown key `{key}`{hint} allowed keys are {allowed}")]
    UnknownKey {
        /// The file.
        file: String,
        /// The whole path of the key.
        key: String,
        /// A guess at what was meant, or only the punctuation that ends the sentence.
        hint: String,
        /// The keys that may stand there.
        allowed: String,
    },
    /// A key that every config must have.
    #[error("the config {file} lacks the key `{key}`; add it")]
    MissingKey {
        /// The file.
        file: String,
        /// The whole path of the key.
        key: String,
    },
    /// A value of another type, or outside the values allowed.
    #[error("the config {file}: `{key}` is {found}, but must be {expected}")]
    Value {
        /// The file.
        file: String,
        /// The whole path of the key.
        key: String,
        /// What stands there.
        found: String,
        /// What may stand there.
        expected: String,
    },
    /// Values that contradict each other.
    #[error("the config {file}: {source}")]
    Contradiction {
        /// The file.
        file: String,
        /// Which key, and how.
        source: ConfigError,
    },
}

impl ConfigProblem {
    pub(super) fn of_figment(file: &str, error: figment::Error) -> Self {
        let file = file.to_owned();
        let path = error.path.join(".");
        match error.kind {
            Kind::UnknownField(name, allowed) => Self::UnknownKey {
                file,
                key: path,
                hint: guess(closest(&name, allowed.iter().copied())),
                allowed: allowed.join(", "),
            },
            Kind::MissingField(name) => {
                let key = if path.is_empty() { name.into_owned() } else { format!("{path}.{name}") };
                Self::MissingKey { file, key }
            }
            Kind::UnknownVariant(name, allowed) => {
                let expected = format!("one of {}", allowed.join(", "));
                Self::Value { file, key: path, found: format!("`{name}`"), expected }
            }
            Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
                Self::Value { file, key: path, found: describe(&found), expected: plain(&expected) }
            }
            Kind::Message(problem) if path.is_empty() => Self::Syntax { file, problem },
            other => {
                let (found, expected) = unusual(&other);
                Self::Value { file, key: path, found, expected }
            }
        }
    }
}

/// What is found and expected in the rarer kinds of error.
fn unusual(kind: &Kind) -> (String, String) {
    match kind {
        Kind::InvalidLength(count, expected) => {
            (format!("a list of {count}"), format!("a list of {}", plain(expected)))
        }
        Kind::ISizeOutOfRange(value) => (format!("the number {value}"), "a smaller number".to_owned()),
        Kind::USizeOutOfRange(value) => (format!("the number {value}"), "a smaller number".to_owned()),
        Kind::Unsupported(found) | Kind::UnsupportedKey(found, _) => {
            (describe(found), "a text, a number, a list or a mapping of keys".to_owned())
        }
        _ => ("unusable".to_owned(), "a value of the kind that this key takes".to_owned()),
    }
}

/// The end of a sentence, with a guess at what was meant if there is one.
pub(super) fn guess(word: Option<&str>) -> String {
    word.map_or_else(|| ";".to_owned(), |word| format!("; did you mean `{word}`?"))
}

/// A value as the writer of a YAML file would call it.
fn describe(found: &Actual) -> String {
    match found {
        Actual::Bool(value) => format!("{value}"),
        Actual::Unsigned(value) => format!("the number {value}"),
        Actual::Signed(value) => format!("the number {value}"),
        Actual::Float(value) => format!("the number {value:?}"),
        Actual::Str(value) => format!("the text `{value}`"),
        Actual::Unit | Actual::Option => "empty".to_owned(),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a mapping of keys".to_owned(),
        other => other.to_string(),
    }
}

/// An expectation of serde as the writer of a YAML file would put it.
fn plain(expected: &str) -> String {
    match expected {
        "usize" | "u32" => "a whole number of 0 or more".to_owned(),
        "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        other if other.starts_with("struct ") || other == "a map" => "a mapping of keys".to_owned(),
        other => other.to_owned(),
    }
}
