//! The formats that sound is sent in, by the names that OpenAI gave them. It must not encode anything.

use std::io;

use pocket_tts_audio::Encoder;

use crate::{
    api_error::ApiError,
    speech::encoder::{FormatEncoder, StreamEncoder},
};

/// A format of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AudioFormat {
    /// 16-bit mono WAV whose header declares more than will come.
    Wav,
    /// The samples of that without the header.
    Pcm,
    /// MPEG layer III.
    Mp3,
    /// Opus in Ogg.
    Opus,
    /// AAC in ADTS.
    Aac,
    /// FLAC.
    Flac,
}

impl AudioFormat {
    /// All formats, in the order that messages list them.
    pub const ALL: [Self; 6] = [Self::Wav, Self::Pcm, Self::Mp3, Self::Opus, Self::Aac, Self::Flac];

    /// The name that requests use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Pcm => "pcm",
            Self::Mp3 => "mp3",
            Self::Opus => "opus",
            Self::Aac => "aac",
            Self::Flac => "flac",
        }
    }

    /// The type of the body.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Pcm => "audio/pcm",
            Self::Mp3 => "audio/mpeg",
            Self::Opus => "audio/ogg",
            Self::Aac => "audio/aac",
            Self::Flac => "audio/flac",
        }
    }

    /// An encoder for one response.
    ///
    /// # Errors
    ///
    /// If the format can't be written at this rate.
    pub fn encoder(self, sample_rate_hz: u32) -> io::Result<Box<dyn StreamEncoder>> {
        let format = match self {
            Self::Wav => pocket_tts_audio::AudioFormat::Wav,
            Self::Pcm => pocket_tts_audio::AudioFormat::Pcm,
            Self::Mp3 => pocket_tts_audio::AudioFormat::Mp3,
            Self::Opus => pocket_tts_audio::AudioFormat::Opus,
            Self::Aac => pocket_tts_audio::AudioFormat::Aac,
            Self::Flac => pocket_tts_audio::AudioFormat::Flac,
        };
        Ok(Box::new(FormatEncoder(Encoder::new(format, sample_rate_hz)?)))
    }

    /// What OpenAI's service sends if a request doesn't say.
    pub(crate) const DEFAULT_OF_OPEN_AI: Self = Self::Mp3;

    /// The format of this name.
    pub(crate) fn parse(name: &str) -> Result<Self, ApiError> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let message = format!(
                "`response_format` `{}` is no format; there are {}",
                name.escape_debug(),
                Self::ALL.map(Self::name).join(", ")
            );
            ApiError::bad_request(message).param("response_format").code("unsupported_format")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_its_format_or_to_the_list_of_all() {
        for format in AudioFormat::ALL {
            assert_eq!(AudioFormat::parse(format.name()).unwrap(), format);
        }
        let error = AudioFormat::parse("WAV\n").unwrap_err().to_string();
        assert!(error.starts_with(r"`response_format` `WAV\n` is no format"), "{error}");
    }
}
