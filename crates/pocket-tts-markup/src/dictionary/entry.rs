//! The entries of a dictionary.

use crate::language;

/// The longest word in bytes.
pub(super) const LONGEST_WORD: usize = 100;
/// The longest respelling in bytes.
pub(super) const LONGEST_RESPELLING: usize = 1000;
/// The most words.
pub(super) const MOST_WORDS: usize = 100_000;

/// A word and what to say in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) word: String,
    pub(super) say: String,
    /// Whether upper and lower case must be as in the word.
    pub(super) has_case: bool,
    pub(super) is_whole_word: bool,
    /// The languages in which it holds, as their code and region. Empty for all.
    pub(super) languages: Vec<Language>,
    /// Which of several merged dictionaries it is from. Later ones count more.
    pub(super) layer: usize,
}

/// A language of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Language {
    pub(super) code: &'static str,
    pub(super) region: Option<String>,
}

impl Language {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(Self { code: language::code(name)?, region: language::region(name) })
    }

    /// Whether `spoken` is this language, or a region of it.
    pub(super) fn includes(&self, spoken: &Self) -> bool {
        self.code == spoken.code && (self.region.is_none() || self.region == spoken.region)
    }
}
