//! The forms that a value may have in a settings file.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// A list, or a single item.
pub(super) fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "it must be a text, or a list of texts such as [\"one\", \"two\"]")]
    enum OneOrSeveral {
        One(String),
        Several(Vec<String>),
    }
    Ok(match Option::deserialize(deserializer)? {
        None => Vec::new(),
        Some(OneOrSeveral::One(text)) => vec![text],
        Some(OneOrSeveral::Several(texts)) => texts,
    })
}

/// Pairs as NAME=VALUE: a list, a single pair, or a mapping.
pub(super) fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "it must be a mapping such as {name: value}, or a list of texts such as [\"name=value\"]"
    )]
    enum Pairs {
        One(String),
        Several(Vec<String>),
        Mapping(BTreeMap<String, String>),
    }
    Ok(match Option::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Pairs::One(text)) => vec![text],
        Some(Pairs::Several(texts)) => texts,
        Some(Pairs::Mapping(pairs)) => {
            if let Some(name) = pairs.keys().find(|name| name.contains('=')) {
                return Err(D::Error::custom(format!("the name `{name}` must not hold a `=`")));
            }
            pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
        }
    })
}

/// A text or a number: a port is a number in YAML.
pub(super) fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "it must be [HOST:]PORT")]
    enum TextOrNumber {
        Number(u64),
        Text(String),
    }
    Ok(Option::deserialize(deserializer)?.map(|value| match value {
        TextOrNumber::Number(number) => number.to_string(),
        TextOrNumber::Text(text) => text,
    }))
}

/// A text or a boolean: `true` is a boolean in YAML.
pub(super) fn text_or_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "it must be a name, true or false")]
    enum TextOrBool {
        Bool(bool),
        Text(String),
    }
    Ok(Option::deserialize(deserializer)?.map(|value| match value {
        TextOrBool::Bool(is_on) => is_on.to_string(),
        TextOrBool::Text(text) => text,
    }))
}

/// Texts that are never shown.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Secrets(#[serde(deserialize_with = "one_or_several")] pub(super) Vec<String>);

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secrets({})", self.0.len())
    }
}
