//! A text in time.

use std::ops::Range;

/// A text and when its sentences are heard.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Captions {
    /// The text as it was written.
    pub original: String,
    /// The sentences, in order.
    pub sentences: Vec<TimedSentence>,
}

/// A sentence in time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimedSentence {
    /// The sentence as it is spoken.
    pub text: String,
    /// Its bytes in the original.
    pub source: Range<usize>,
    /// When it begins, in seconds.
    pub start_s: f64,
    /// When it ends, in seconds.
    pub end_s: f64,
    /// Its words, in order; none if their times are unknown.
    pub words: Vec<TimedWord>,
}

/// A word in time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimedWord {
    /// The word as it is spoken.
    pub text: String,
    /// What it stands for, in bytes of the original. Consecutive words of one number have the same range.
    pub source: Range<usize>,
    /// When it begins, in seconds.
    pub start_s: f64,
    /// When it ends, in seconds.
    pub end_s: f64,
}
