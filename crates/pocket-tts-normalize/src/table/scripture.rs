//! Books of the Bible in a language's table.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How chapters and verses are written and said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Scripture {
    /// One of several books of a name: `1 Cor`.
    pub(crate) numbered: Numbered,
    /// Names whose number is said otherwise.
    #[serde(default)]
    pub(crate) numbered_otherwise: BTreeMap<String, Numbered>,
    /// Marks between chapter and verse.
    pub(crate) marks: Vec<char>,
    /// Marks that may also be part of a number: `Lucas 7,5` is no verse, but `Lucas 7,15` and `Lc 7,5` are.
    #[serde(default)]
    pub(crate) weak_marks: Vec<char>,
    /// `{chapter}` and `{verse}`.
    pub(crate) say: String,
    /// `{first}` and `{second}` for several verses.
    pub(crate) verses: String,
    /// The abbreviations of each book, without a period. Names that are not abbreviated need no entry in the list.
    pub(crate) books: BTreeMap<String, Vec<String>>,
}

/// How the number before the name of a book is said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Numbered {
    /// `{number}`, or `{Number}` with a capital letter, and `{book}`.
    pub(crate) say: String,
    /// The rule set of the number.
    pub(crate) rule_set: String,
    /// The highest number.
    pub(crate) most: u32,
}
