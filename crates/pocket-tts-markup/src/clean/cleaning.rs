//! How a text is cleaned.

use super::words::CleaningWords;

/// How a text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaning {
    /// What is said in place of things that can't be spoken.
    pub words: CleaningWords,
    /// Whether emoji stay.
    pub keeps_emoji: bool,
    /// Whether [`parse`](crate::parse) reads the result. Marks in inline code, and those with a backslash, then get the
    /// backslash that makes them text.
    pub has_marks: bool,
}

impl Default for Cleaning {
    /// English words, no emoji, and [`parse`](crate::parse) reads the result.
    fn default() -> Self {
        Self { words: CleaningWords::default(), keeps_emoji: false, has_marks: true }
    }
}
