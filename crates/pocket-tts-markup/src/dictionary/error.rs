//! Errors in dictionaries.

use std::fmt;

use thiserror::Error;

/// An error in a dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct DictionaryError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The word whose entry is wrong, if it is in one.
    pub word: Option<String>,
    /// What is wrong, in one sentence without a period.
    pub problem: String,
    /// What to do, in one sentence without a period.
    pub help: String,
}

impl fmt::Display for DictionaryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: ", self.line, self.column)?;
        if let Some(word) = &self.word {
            write!(formatter, "entry `{word}`: ")?;
        }
        formatter.write_str(&self.problem)
    }
}
