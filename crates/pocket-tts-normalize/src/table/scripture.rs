//! Books of the Bible in a language's table.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How chapters and verses are said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Scripture {
    /// `{number}` and `{book}`, for one of several books of a name: `1 Cor`.
    pub(crate) numbered: String,
    /// The rule set of that number.
    pub(crate) number: String,
    /// `{first}` and `{second}` for several verses.
    pub(crate) verses: String,
    /// The abbreviations of each book, without a period. Names that are not abbreviated need no entry in the list.
    pub(crate) books: BTreeMap<String, Vec<String>>,
}
