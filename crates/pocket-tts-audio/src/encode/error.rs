//! Errors of encoding.

use std::io;
use std::str::FromStr;

use thiserror::Error;

use super::format::AudioFormat;

/// Why sound can't be written in a format.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The name belongs to no format.
    #[error(
        "`{}` is not an audio format; allowed are {}",
        found.escape_debug(),
        AudioFormat::ALL.map(AudioFormat::name).join(", ")
    )]
    UnknownFormat {
        /// The name.
        found: String,
    },
    /// The format can't hold sound of this sample rate.
    #[error("{format} cannot hold sound of {found_hz} Hz; allowed are {allowed}: resample it or choose wav")]
    SampleRate {
        /// The format.
        format: AudioFormat,
        /// The requested rate.
        found_hz: u32,
        /// The supported rates.
        allowed: &'static str,
    },
    /// The sound exceeds the largest size of the format's files.
    #[error("the sound exceeds the 4 GiB that a WAV file can hold; split it, or choose flac or pcm")]
    TooLarge,
    /// The encoder failed; the bytes written so far are incomplete.
    #[error("the {format} encoder failed ({reason}); choose another format")]
    Encoder {
        /// The format.
        format: AudioFormat,
        /// The encoder's message.
        reason: String,
    },
}

impl EncodeError {
    /// A failure of the encoder of `format`.
    #[expect(clippy::needless_pass_by_value, reason = "`map_err` passes errors by value")]
    pub(super) fn encoder(format: AudioFormat, reason: impl ToString) -> Self {
        Self::Encoder { format, reason: reason.to_string() }
    }
}

impl From<EncodeError> for io::Error {
    fn from(error: EncodeError) -> Self {
        let kind = match error {
            EncodeError::TooLarge => io::ErrorKind::FileTooLarge,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

impl FromStr for AudioFormat {
    type Err = EncodeError;

    /// Reads a [`name`](Self::name).
    fn from_str(name: &str) -> Result<Self, EncodeError> {
        let known = Self::ALL.into_iter().find(|format| format.name() == name);
        known.ok_or_else(|| EncodeError::UnknownFormat { found: name.to_owned() })
    }
}
