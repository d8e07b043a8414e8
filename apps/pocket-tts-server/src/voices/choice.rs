//! The voice that a request asks for, and what a client should know about it.

use pocket_tts_core::{Location, Voice, VoiceSource, VoiceWarning};
use url::Url;

use crate::{api_error::ApiError, intake::upload::Upload};

/// The voice of a request.
#[derive(Debug, Clone)]
pub(crate) enum VoiceChoice {
    /// The model's default.
    Default,
    /// One that the model has by name.
    Named(String),
    /// The operator's replacement for a name.
    Chosen(VoiceSource),
    /// One created here or on a server that shares the folder, by id or name; and the error if it does not exist.
    Stored(String, ApiError),
    /// The bytes of a recording or an exported voice.
    Encoded(Upload),
    /// A file of an allowed repository on the hub.
    Repository(Location),
    /// An address on the web.
    Web(Url),
}

impl VoiceChoice {
    /// Whether the client supplied the voice or its location.
    pub(crate) fn is_of_the_client(&self) -> bool {
        matches!(self, Self::Stored(..) | Self::Encoded(_) | Self::Repository(_) | Self::Web(_))
    }
}

/// Warnings about a voice that the client supplied.
pub(crate) fn voice_warnings(voice: &Voice) -> impl Iterator<Item = String> {
    voice.warnings().iter().filter_map(|warning| match warning {
        VoiceWarning::OneVoice => Some(
            "this model has a single voice, so its speech does not sound like the recording; choose another model"
                .to_owned(),
        ),
        VoiceWarning::Truncated => Some("only the first 30 s of the recording are used".to_owned()),
        VoiceWarning::Cache(_) => None,
        other => Some(other.to_string()),
    })
}
