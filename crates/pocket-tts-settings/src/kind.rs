//! The types that settings have, in words and as values.

use figment::{
    error::Actual,
    value::{Num, Value},
};

use crate::parse;

/// The type of a setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A number.
    Number,
    /// A count.
    Count,
    /// A whole number that does not count anything.
    WholeNumber,
    /// On or off.
    Switch,
}

/// A Rust type that a setting can have.
pub trait SettingType {
    /// How its values are written.
    const KIND: Kind;
}

impl SettingType for String {
    const KIND: Kind = Kind::Text;
}

impl SettingType for f32 {
    const KIND: Kind = Kind::Number;
}

impl SettingType for usize {
    const KIND: Kind = Kind::Count;
}

impl SettingType for u64 {
    const KIND: Kind = Kind::WholeNumber;
}

impl SettingType for bool {
    const KIND: Kind = Kind::Switch;
}

impl Kind {
    /// Parses the value of an environment variable.
    ///
    /// # Errors
    ///
    /// If the text is not of this type. The error says what it must be.
    pub fn parse(self, text: &str) -> Result<Value, String> {
        Ok(match self {
            Self::Text => Value::from(text),
            Self::Number => Value::from(parse::number(text)?),
            Self::Count => Value::from(parse::count(text)?),
            Self::WholeNumber => Value::from(parse::whole_number(text)?),
            Self::Switch => Value::from(parse::switch(text)?),
        })
    }
}

/// What a value must be, in words rather than in the names of Rust types that serde gives.
pub(crate) fn expectation(expected: &str) -> &str {
    match expected.trim_matches('`') {
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number of 0 or more",
        "f32" | "f64" => "a number",
        "bool" | "a boolean" => "true or false",
        "a string" | "path string" => "a text; put it between quotes if it looks like something else",
        other => other,
    }
}

/// A rejected value as it is written in a settings file.
pub(crate) fn written(found: &Actual) -> String {
    match found {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Char(value) => value.to_string(),
        Actual::Str(value) => value.clone(),
        Actual::Seq => "[…]".to_owned(),
        Actual::Map => "{…}".to_owned(),
        other => other.to_string(),
    }
}

/// A value as it is written in a settings file.
pub(crate) fn written_value(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Char(_, character) => character.to_string(),
        Value::Bool(_, value) => value.to_string(),
        Value::Num(_, Num::F32(value)) => value.to_string(),
        Value::Num(_, Num::F64(value)) => value.to_string(),
        Value::Num(_, number) => number
            .to_u128()
            .map(|number| number.to_string())
            .or_else(|| number.to_i128().map(|number| number.to_string()))
            .unwrap_or_default(),
        Value::Empty(..) => String::new(),
        Value::Dict(..) => "{…}".to_owned(),
        Value::Array(..) => "[…]".to_owned(),
    }
}
