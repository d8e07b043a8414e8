//! What can be wrong with the speech of a sentence.

use std::fmt;

/// Something wrong with the speech of a sentence, found in the model's attention.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpeechProblem {
    /// The model never attended to these words, so they are likely missing.
    Skipped {
        /// The words, in order.
        words: Vec<String>,
    },
    /// The model went back to these words after later ones, so they are likely said twice.
    Repeated {
        /// The words, in order.
        words: Vec<String>,
    },
    /// The speech ended before these last words.
    EndedEarly {
        /// The words, in order.
        words: Vec<String>,
    },
    /// The speech did not end by itself; its frame limit ended it.
    NeverEnded,
}

impl SpeechProblem {
    /// The number of words that are wrong, to compare attempts; a sentence that doesn't end counts as many.
    pub(crate) fn weight(&self) -> usize {
        const NEVER_ENDED: usize = 10;
        match self {
            Self::Skipped { words } | Self::Repeated { words } | Self::EndedEarly { words } => words.len(),
            Self::NeverEnded => NEVER_ENDED,
        }
    }
}

impl fmt::Display for SpeechProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skipped { words } => write!(formatter, "skips {:?}", words.join(" ")),
            Self::Repeated { words } => write!(formatter, "repeats {:?}", words.join(" ")),
            Self::EndedEarly { words } => write!(formatter, "ends before {:?}", words.join(" ")),
            Self::NeverEnded => formatter.write_str("does not end by itself"),
        }
    }
}
