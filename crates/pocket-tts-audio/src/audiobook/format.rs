//! The kinds of audiobooks and their file extensions. Knows no bytes.

use std::fmt;
use std::path::Path;

use crate::AudioFormat;

/// A kind of audiobook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AudiobookFormat {
    /// One MP4 file with AAC.
    M4b,
    /// One MP3 file.
    Mp3,
    /// One Ogg file with Opus.
    Opus,
    /// A folder with one file for each chapter.
    Folder(AudioFormat),
}

impl AudiobookFormat {
    /// The formats of a single file, in the order in which messages list them.
    pub const SINGLE_FILES: [Self; 3] = [Self::M4b, Self::Mp3, Self::Opus];

    /// The name of the format in options; that of the sound for a folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::M4b => "m4b",
            Self::Mp3 => "mp3",
            Self::Opus => "opus",
            Self::Folder(sound) => sound.name(),
        }
    }

    /// The file extensions of the format, without a dot; the first is the usual one. For a folder, the extensions of its files.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::M4b => &["m4b", "m4a"],
            Self::Mp3 => AudioFormat::Mp3.extensions(),
            Self::Opus => AudioFormat::Opus.extensions(),
            Self::Folder(sound) => sound.extensions(),
        }
    }

    /// The single-file format of a file's extension, in any case.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Self::SINGLE_FILES.into_iter().find(|format| format.extensions().contains(&extension.as_str()))
    }
}

impl fmt::Display for AudiobookFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(sound) => write!(formatter, "folder of {sound} files"),
            single => formatter.write_str(single.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_select_the_formats_of_single_files() {
        for format in AudiobookFormat::SINGLE_FILES {
            for extension in format.extensions() {
                let path = Path::new("a.b").with_extension(extension.to_uppercase());
                assert_eq!(AudiobookFormat::of_path(&path), Some(format));
            }
        }
        for path in ["book", "book.wav", "m4b", "book.m4b/x"] {
            assert_eq!(AudiobookFormat::of_path(Path::new(path)), None, "{path}");
        }
    }
}
