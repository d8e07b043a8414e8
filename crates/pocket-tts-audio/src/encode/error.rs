//! Why sound can't be written in a format.

use std::io;
use std::str::FromStr;

use thiserror::Error;

use super::format::AudioFormat;

/// Why sound can't be written in a format.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A name that belongs to no format.
    #[error(
        "`{}` is no format of sound; allowed are {}",
        found.escape_debug(),
        AudioFormat::ALL.map(AudioFormat::name).join(", ")
    )]
    UnknownFormat {
        /// The name.
        found: String,
    },
    /// The format can't hold sound of this sample rate.
    #[error(
        "{format} cannot hold sound of {found_hz} Hz; allowed are {allowed}, so resample it or choose wav"
    )]
    SampleRate {
        /// The format.
        format: AudioFormat,
        /// The rate that was asked for.
        found_hz: u32,
        /// The rates that it can hold.
        allowed: &'static str,
    },
    /// The sound outgrew the format's files.
    #[error("the sound exceeds the 4 GiB that a WAV file can hold; make it in parts, or choose flac or pcm")]
    TooLarge,
    /// The encoder failed; what it has written so far is no whole sound.
    #[error("the {format} encoder failed ({reason}); choose another format")]
    Encoder {
        /// The format.
        format: AudioFormat,
        /// The encoder's words.
        reason: String,
    },
}

impl EncodeError {
    /// The encoder of `format` failed for the reason that it gives itself.
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
