//! What a person should know about a voice that could be prepared all the same.

use std::fmt;

use super::options::LONGEST_TRUNCATED_S;

/// Something about a voice that may not be as wished; printed, it is a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VoiceWarning {
    /// The recording may make a poor voice; the text says why.
    Recording(String),
    /// Only the beginning of the recording was heard.
    Truncated,
    /// The model was made for a single voice.
    OneVoice,
    /// The folder of prepared voices is of no use; the text says why. The voice itself is sound.
    Cache(String),
}

impl fmt::Display for VoiceWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recording(problem) | Self::Cache(problem) => formatter.write_str(problem),
            Self::Truncated => write!(
                formatter,
                "only the first {LONGEST_TRUNCATED_S} s of the recording are heard, as longer ones garble the speech"
            ),
            Self::OneVoice => formatter.write_str(
                "the built-in model knows only its own voice: with this recording it may lose or garble words, and won't \
                 sound like it; speak without the recording, or with a model that clones voices, such as `english`",
            ),
        }
    }
}
