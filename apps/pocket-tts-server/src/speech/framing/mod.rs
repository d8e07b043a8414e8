//! The bytes of a response body with speech: the audio itself, events, or captions. It must not know how they are sent.

mod audio;
mod captions;
mod events;
mod framer;

use pocket_tts_audio::AudioFormat;

pub(crate) use framer::Framer;

/// What a response body consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The audio itself.
    Audio,
    /// Events of OpenAI's speech API, each with a piece of the audio, and events with times between them if these are wanted.
    Events { has_times: bool },
    /// Objects of Kokoro-FastAPI, one a line, each with a piece of the audio and the times of words.
    CaptionLines { has_times: bool },
    /// One such object.
    Caption { has_times: bool },
}

impl Framing {
    /// The framer of a body with audio of this format.
    pub(crate) fn framer(self, format: AudioFormat) -> Box<dyn Framer> {
        match self {
            Self::Audio => Box::new(audio::Audio),
            Self::Events { has_times } => Box::new(events::Events::new(has_times)),
            Self::CaptionLines { has_times } => Box::new(captions::Lines::new(format, has_times)),
            Self::Caption { has_times } => Box::new(captions::Object::new(format, has_times)),
        }
    }

    /// The type of the body.
    pub(crate) fn content_type(self, format: AudioFormat) -> &'static str {
        match self {
            Self::Audio => format.mime_type(),
            Self::Events { .. } => "text/event-stream; charset=utf-8",
            Self::CaptionLines { .. } => "application/x-ndjson",
            Self::Caption { .. } => "application/json",
        }
    }

    /// Whether times are wanted.
    pub(crate) fn has_times(self) -> bool {
        match self {
            Self::Audio => false,
            Self::Events { has_times } | Self::CaptionLines { has_times } | Self::Caption { has_times } => {
                has_times
            }
        }
    }
}
