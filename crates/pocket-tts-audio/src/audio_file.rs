//! Saves a complete sound to a file. Knows no codec.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::audio::Audio;
use crate::encode::{AudioFormat, EncodeError};
use crate::sound_writer::SoundWriter;
use pocket_tts_files::{AtomicFile, SaveError};

/// Why a sound cannot be saved.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SaveAudioError {
    /// The file's extension belongs to no format.
    #[error("the extension of {} is not that of an audio format; use one of {}", .path.display(), extensions())]
    Format {
        /// The file to be saved.
        path: PathBuf,
    },
    /// The sound cannot be encoded in that format.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The file can't be written.
    #[error(transparent)]
    Save(#[from] SaveError),
}

fn extensions() -> String {
    let extensions = AudioFormat::ALL.iter().flat_map(|format| format.extensions());
    extensions.map(|extension| format!(".{extension}")).collect::<Vec<_>>().join(", ")
}

impl Audio {
    /// Saves the sound in the format of the file's extension, see [`AudioFormat::extensions`]. The file appears complete
    /// or not at all, and replaces an existing file. WAV, PCM, FLAC and Opus decode to as many samples as were saved.
    ///
    /// # Errors
    /// [`SaveAudioError`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveAudioError> {
        let path = path.as_ref();
        let format =
            AudioFormat::of_path(path).ok_or_else(|| SaveAudioError::Format { path: path.to_owned() })?;
        let failed = |reason: io::Error| SaveError::Io { path: path.to_owned(), reason };
        let file = AtomicFile::create(path)?;
        let writer = if file.is_seekable() {
            SoundWriter::for_file(file, format, self.sample_rate_hz)?
        } else {
            SoundWriter::for_pipe(file, format, self.sample_rate_hz)?
        };
        let mut writer = writer.exact();
        writer.write(&self.samples).map_err(failed)?;
        Ok(writer.finish().map_err(failed)?.commit()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audio() -> Audio {
        Audio { samples: vec![0.25; 4_800], sample_rate_hz: 24_000 }
    }

    #[test]
    fn the_extension_selects_the_format_and_the_file_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        for format in AudioFormat::ALL {
            let path = folder.path().join("sound").with_extension(format.extensions()[0]);
            audio().save(&path).unwrap();
            assert!(std::fs::metadata(&path).unwrap().len() > 40, "{format}");
        }
        for name in ["sound.wav", "sound.flac"] {
            let decoded =
                crate::decode_file(&folder.path().join(name), &crate::DecodeLimits::default()).unwrap();
            assert!(decoded.samples.len() == 4_800 && (decoded.samples[4_000] - 0.25).abs() < 1e-3);
        }
        assert_eq!(std::fs::metadata(folder.path().join("sound.pcm")).unwrap().len(), 9_600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), AudioFormat::ALL.len());
    }

    #[test]
    fn an_unknown_extension_is_refused_with_the_known_ones() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["sound", "sound.m4a"] {
            let message = audio().save(folder.path().join(name)).unwrap_err().to_string();
            assert!(message.contains(".wav") && message.contains(".mp3"), "{message}");
        }
        let message = audio().save(folder.path().join("gone/a.wav")).unwrap_err().to_string();
        assert!(message.contains("does not exist"), "{message}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
