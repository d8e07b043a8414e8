//! Errors of reading, preparing and writing sets of recordings.

use std::io;
use std::path::{Path, PathBuf};

use pocket_tts_audio::{AudioError, EncodeError, SaveAudioError};
use pocket_tts_files::SaveError;
use thiserror::Error;

/// Why a set of recordings cannot be used, or one of its recordings.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// A file or folder cannot be read.
    #[error("cannot read {}: {reason}; check its path and its permissions", .path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The system's error.
        reason: io::Error,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// A line of a manifest is not an entry.
    #[error("line {line} of {}: {problem}", .path.display())]
    Line {
        /// The manifest.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The sound of a recording cannot be read.
    #[error("{}: {source}", .path.display())]
    Sound {
        /// The recording.
        path: PathBuf,
        /// What is wrong, and what to do.
        source: AudioError,
    },
    /// There is no sound where the manifest says that there is.
    #[error("{} has no sound at {start_s:.3} s; correct its `start` and `duration` in the manifest", .path.display())]
    NoSound {
        /// The recording.
        path: PathBuf,
        /// The place, in seconds.
        start_s: f64,
    },
    /// A word cannot be said at the times that the manifest states.
    #[error("{}: the word `{word}` {problem}; correct the times of its words in the manifest", .path.display())]
    Words {
        /// The recording.
        path: PathBuf,
        /// The word.
        word: String,
        /// What is wrong.
        problem: String,
    },
    /// A sound cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A sound cannot be saved.
    #[error(transparent)]
    SaveSound(#[from] SaveAudioError),
    /// A name cannot be written into a manifest.
    #[error("the name {} is not UTF-8, so no manifest can hold it; rename the file or folder", .path.display())]
    Name {
        /// The path.
        path: PathBuf,
    },
    /// An option has a value that is not allowed.
    #[error("{0}")]
    Option(String),
    /// A file of latents is damaged, or of another codec.
    #[error("{}: {problem}", .path.display())]
    Latents {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A thread cannot be started.
    #[error("cannot start a thread: {0}; use fewer threads")]
    Thread(io::Error),
}

impl DatasetError {
    /// Demands a path that a manifest can hold.
    ///
    /// # Errors
    /// [`DatasetError::Name`].
    pub(crate) fn demand_name(path: &Path) -> Result<(), Self> {
        if path.to_str().is_none() { Err(Self::Name { path: path.to_owned() }) } else { Ok(()) }
    }

    /// Whether it is one of the place of the results, so that all further ones would fail: no space is left, or it can't
    /// be written.
    pub(crate) fn is_of_the_disk(&self) -> bool {
        let (Self::Save(error) | Self::SaveSound(SaveAudioError::Save(error))) = self else { return false };
        let SaveError::Io { reason, .. } = error else { return false };
        matches!(
            reason.kind(),
            io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::ReadOnlyFilesystem
                | io::ErrorKind::PermissionDenied
        )
    }

    /// An error of reading `path`.
    pub(crate) fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |reason| Self::Read { path, reason }
    }
}
