//! Numbers and letters that name something, in a language's table.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Numbers of three or four digits that name something and count nothing, said in pairs: `Flight 370`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Codes {
    /// Words before such a number. Nothing is read if empty.
    pub(crate) after: Vec<String>,
    /// Words before two such numbers with a hyphen between them.
    pub(crate) hyphen_after: Vec<String>,
    /// Words after one of three digits.
    pub(crate) before: Vec<String>,
    /// Said for a zero before the last digit.
    pub(crate) zero: String,
    /// Words after four digits that are a time of day, and what is said for a full hour: `0800 hours`.
    pub(crate) hours: Vec<String>,
    pub(crate) hundred: String,
    /// Numbers that are said digit by digit, and the words before them: `call 999`.
    pub(crate) spelled: Vec<String>,
    pub(crate) spelled_after: Vec<String>,
    /// Names of programs before the number of a version: `Python 3.12`.
    pub(crate) version_after: Vec<String>,
}

/// Codes of states in addresses.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Postal {
    /// What is said for each code.
    pub(crate) states: BTreeMap<String, String>,
    /// Codes that are words or abbreviations too, so that only five digits after them tell.
    pub(crate) words: Vec<String>,
}
