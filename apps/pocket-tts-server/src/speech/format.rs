//! The formats that sound is sent in, by the names that OpenAI gave them. It must not encode anything.

use crate::{
    api_error::ApiError,
    speech::encoder::{PcmEncoder, StreamEncoder, WavEncoder},
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

    /// An encoder for one response, if this build has one.
    pub fn encoder(self, sample_rate_hz: u32) -> Option<Box<dyn StreamEncoder>> {
        match self {
            Self::Wav => Some(Box::new(WavEncoder::new(sample_rate_hz))),
            Self::Pcm => Some(Box::new(PcmEncoder)),
            Self::Mp3 | Self::Opus | Self::Aac | Self::Flac => None,
        }
    }

    /// Whether this build can write it.
    pub fn is_available(self) -> bool {
        self.encoder(24_000).is_some()
    }

    /// What is sent if a request doesn't say: OpenAI's default where this build has it.
    pub(crate) fn default_of_open_ai() -> Self {
        if Self::Mp3.is_available() { Self::Mp3 } else { Self::Wav }
    }

    /// The format of this name, if this build can write it.
    pub(crate) fn parse(name: &str) -> Result<Self, ApiError> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.filter(|format| format.is_available()).ok_or_else(|| {
            let available: Vec<&str> =
                Self::ALL.into_iter().filter(|format| format.is_available()).map(Self::name).collect();
            let problem = if found.is_some() { "is not available in this build" } else { "is no format" };
            let message = format!(
                "`response_format` `{}` {problem}; available are {}",
                name.escape_debug(),
                available.join(", ")
            );
            ApiError::bad_request(message).param("response_format").code("unsupported_format")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_its_format_or_to_the_list_of_those_that_can_be_had() {
        for format in AudioFormat::ALL {
            match AudioFormat::parse(format.name()) {
                Ok(parsed) => assert_eq!(parsed, format),
                Err(error) => assert!(error.to_string().contains("available are wav, pcm"), "{error}"),
            }
        }
        let error = AudioFormat::parse("WAV\n").unwrap_err().to_string();
        assert!(error.starts_with(r"`response_format` `WAV\n` is no format"), "{error}");
    }
}
