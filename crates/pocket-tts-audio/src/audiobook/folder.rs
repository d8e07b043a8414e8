//! A folder with one file for each chapter.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pocket_tts_files::SaveError;

use super::chapters::ChapterEntry;
use super::error::{AudiobookError, save_error};
use super::file_name::chapter_file_name;
use super::info::BookInfo;
use super::tagged_file::TaggedFile;
use super::tags::Tags;
use crate::encode::{AudioFormat, Encoder};

/// A folder being filled. Each file appears when its chapter is complete.
#[derive(Debug)]
pub(super) struct ChapterFolder {
    folder: PathBuf,
    format: AudioFormat,
    sample_rate_hz: u32,
    /// The file of the chapter that is being written.
    current: Option<(ChapterEntry, TaggedFile)>,
}

impl ChapterFolder {
    pub(super) fn create(
        folder: &Path,
        format: AudioFormat,
        sample_rate_hz: u32,
    ) -> Result<Self, AudiobookError> {
        // Before the folder exists.
        Encoder::for_file(format, sample_rate_hz)?;
        match fs::create_dir(folder) {
            Err(_) if folder.is_dir() => {}
            Err(_) if folder.exists() => return Err(AudiobookError::NotFolder { path: folder.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let parent = folder.parent().unwrap_or(Path::new("")).to_owned();
                return Err(SaveError::NoFolder { path: folder.to_owned(), folder: parent }.into());
            }
            outcome => outcome.map_err(|reason| save_error(folder, reason))?,
        }
        Ok(Self { folder: folder.to_owned(), format, sample_rate_hz, current: None })
    }

    /// Completes the current chapter's file and starts that of the next.
    pub(super) fn begin(&mut self, book: &BookInfo, entry: &ChapterEntry) -> Result<(), AudiobookError> {
        self.finish_chapter(book)?;
        let name = chapter_file_name(entry.place, &entry.title, self.format.extensions()[0]);
        let tags = self.tags(book, entry);
        let file = TaggedFile::create(&self.folder.join(name), self.format, &tags)?;
        self.current = Some((entry.clone(), file));
        Ok(())
    }

    pub(super) fn write(&mut self, samples: &[f32]) -> Result<(), AudiobookError> {
        match &mut self.current {
            Some((_, file)) => file.write(samples),
            None => Ok(()),
        }
    }

    /// Completes the current chapter's file.
    pub(super) fn finish_chapter(&mut self, book: &BookInfo) -> Result<(), AudiobookError> {
        match self.current.take() {
            Some((entry, file)) => file.finish(&self.tags(book, &entry)),
            None => Ok(()),
        }
    }

    fn tags<'a>(&self, book: &'a BookInfo, entry: &'a ChapterEntry) -> Tags<'a> {
        Tags {
            book,
            title: &entry.title,
            track: Some((entry.place.number, entry.place.count)),
            chapters: &[],
            sample_rate_hz: self.sample_rate_hz,
        }
    }
}
