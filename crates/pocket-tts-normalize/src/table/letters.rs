//! Words of capital letters, letters beside digits and abbreviated ends of words in a language's table.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How words of capital letters are said.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Initialisms {
    /// Said as words, whatever their length.
    pub(crate) words: Vec<String>,
    /// Said letter by letter, whatever their length.
    pub(crate) letters: Vec<String>,
    /// Words with a capital letter that begin a sentence after an abbreviation, since they seldom stand inside one.
    #[serde(default)]
    pub(crate) sentence_starts: Vec<String>,
    /// The last letters of words of three letters that are said as words because they have a vowel between two consonants
    /// (`PIB`), or a consonant between two vowels (`AVE`). Nothing is if empty.
    pub(crate) readable_endings: String,
    /// The consonants with which words end, in groups of two or more. Words of four or five letters with another end are
    /// said letter by letter, unless this is empty: `ESPN`.
    pub(crate) codas: Vec<String>,
    /// How a letter is said, if not by itself.
    pub(crate) letter_names: BTreeMap<char, String>,
}

/// How digits and letters in one word are said.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Mixed {
    /// Whether a number and a word with a small letter after a hyphen are one word: `5-jährig`.
    pub(crate) compounds: bool,
    /// What makes one word with a number when it follows the digits directly: `fach`.
    pub(crate) glued: Vec<String>,
    /// Whether `s` after the digits is the plural of the number: `F-16s`.
    pub(crate) plural: bool,
    /// Whether four digits after letters are said like a year: `AA1234`.
    pub(crate) pairs: bool,
}

/// The end of a word and what is said for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WordEnding {
    pub(crate) written: String,
    pub(crate) say: String,
}
