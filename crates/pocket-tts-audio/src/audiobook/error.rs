//! Errors of writing audiobooks.

use std::io;
use std::path::{Path, PathBuf};

use pocket_tts_files::SaveError;
use thiserror::Error;

use super::info::MAX_CHAPTERS;
use crate::encode::EncodeError;

/// Why an audiobook can't be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AudiobookError {
    /// The sound can't be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A file can't be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The target is a device or a pipe.
    #[error(
        "cannot write {}: an audiobook needs a regular file, as its start states where chapters lie; give another path",
        .path.display()
    )]
    NotSeekable {
        /// The target.
        path: PathBuf,
    },
    /// The target of a folder of chapters is a file.
    #[error("cannot write {}: it is a file, but chapters need a folder; give another path", .path.display())]
    NotFolder {
        /// The target.
        path: PathBuf,
    },
    /// A folder without chapters would have no files.
    #[error("the book has no chapters, but a folder has one file for each; add one, or write a single file")]
    NoChapters,
    /// The book has too many chapters.
    #[error("the book has {found} chapters, but at most {MAX_CHAPTERS} are allowed; join some")]
    TooManyChapters {
        /// Their number.
        found: usize,
    },
    /// Sound precedes the first chapter.
    #[error("sound was written before the first chapter was begun")]
    BeforeFirstChapter,
    /// A chapter was begun after the last one.
    #[error("a chapter was begun after all {chapters} chapters")]
    AfterLastChapter {
        /// The number of chapters.
        chapters: usize,
    },
    /// The book ended early.
    #[error("the book ended after {begun} of its {chapters} chapters")]
    MissingChapters {
        /// The number of chapters that were begun.
        begun: usize,
        /// The number of chapters.
        chapters: usize,
    },
    /// No sample was written.
    #[error("the book has no sound; give it some text to speak")]
    NoSound,
}

/// Adds the file's name to the system's error.
pub(super) fn save_error(path: &Path, reason: io::Error) -> AudiobookError {
    SaveError::Io { path: path.to_owned(), reason }.into()
}
