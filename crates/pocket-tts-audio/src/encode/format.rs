//! The output formats: their names, file extensions and MIME types. Knows no bytes.

use std::fmt;
use std::path::Path;

/// An output format, always mono.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AudioFormat {
    /// 16-bit WAV.
    Wav,
    /// 16-bit little-endian samples without a header.
    Pcm,
    /// MPEG Layer III at a constant rate, 96 kbit/s at 24 kHz.
    Mp3,
    /// Opus in Ogg, 48 kbit/s.
    Opus,
    /// AAC-LC in ADTS, 96 kbit/s at 24 kHz.
    Aac,
    /// 16-bit FLAC.
    Flac,
}

impl AudioFormat {
    /// All formats, in the order in which messages list them.
    pub const ALL: [Self; 6] = [Self::Wav, Self::Pcm, Self::Mp3, Self::Opus, Self::Aac, Self::Flac];

    /// The name of the format in options and requests.
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

    /// The MIME type of a stream of the format.
    pub fn mime_type(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Pcm => "audio/pcm",
            Self::Mp3 => "audio/mpeg",
            Self::Opus => "audio/ogg",
            Self::Aac => "audio/aac",
            Self::Flac => "audio/flac",
        }
    }

    /// The file extensions of the format, without a dot; the first is the usual one.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Wav => &["wav", "wave"],
            Self::Pcm => &["pcm", "raw"],
            Self::Mp3 => &["mp3"],
            Self::Opus => &["opus", "ogg", "oga"],
            Self::Aac => &["aac"],
            Self::Flac => &["flac"],
        }
    }

    /// The format of a file's extension, in any case.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Self::ALL.into_iter().find(|format| format.extensions().contains(&extension.as_str()))
    }
}

impl fmt::Display for AudioFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name_and_its_extensions() {
        for format in AudioFormat::ALL {
            assert_eq!(format.name().parse::<AudioFormat>().unwrap(), format);
            assert_eq!(format.to_string(), format.name());
            for extension in format.extensions() {
                assert_eq!(
                    AudioFormat::of_path(Path::new("a.b").with_extension(extension).as_path()),
                    Some(format)
                );
            }
        }
        assert_eq!(AudioFormat::of_path(Path::new("some.where/SPEECH.Mp3")), Some(AudioFormat::Mp3));
        for other in ["speech", "speech.m4a", ".mp3", "mp3", "speech.mp3/"] {
            let found = AudioFormat::of_path(Path::new(other));
            assert_eq!(found.is_some(), other == "speech.mp3/", "{other}");
        }
    }

    #[test]
    fn an_unknown_name_is_reported_with_the_known_ones() {
        let error = "MP3\n".parse::<AudioFormat>().unwrap_err().to_string();
        assert_eq!(error, r"`MP3\n` is not an audio format; allowed are wav, pcm, mp3, opus, aac, flac");
    }
}
