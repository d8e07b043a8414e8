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
    /// Nothing of the above, but the attention to the words is weak on average, so some are likely garbled. That is a reason to
    /// speak again, but too uncertain to report of the speech that is heard.
    Unclear {
        /// The mean over the words of the highest share of the attention of any head, in percent.
        attention: u8,
    },
}

impl SpeechProblem {
    /// How wrong the speech is, to compare attempts: 100 for each word. A sentence that doesn't end counts as many words, and
    /// one that is unclear as less than a word.
    pub(crate) fn weight(&self) -> usize {
        const WORD: usize = 100;
        const NEVER_ENDED: usize = 10 * WORD;
        match self {
            Self::Skipped { words } | Self::Repeated { words } | Self::EndedEarly { words } => {
                WORD * words.len()
            }
            Self::NeverEnded => NEVER_ENDED,
            Self::Unclear { attention } => WORD.saturating_sub(usize::from(*attention)),
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
            Self::Unclear { .. } => formatter.write_str("is likely unclear"),
        }
    }
}
