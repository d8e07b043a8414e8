//! A folder with one file for each chapter.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pocket_tts_files::SaveError;

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
    /// The file of the chapter that is being written, and its index.
    current: Option<(usize, TaggedFile)>,
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

    /// Completes the current chapter's file and starts that of chapter `index`.
    pub(super) fn begin(
        &mut self,
        book: &BookInfo,
        titles: &[String],
        index: usize,
    ) -> Result<(), AudiobookError> {
        self.finish_chapter(book, titles)?;
        let name = chapter_file_name(index + 1, titles.len(), &titles[index], self.format.extensions()[0]);
        let tags = self.tags(book, titles, index);
        self.current = Some((index, TaggedFile::create(&self.folder.join(name), self.format, &tags)?));
        Ok(())
    }

    pub(super) fn write(&mut self, samples: &[f32]) -> Result<(), AudiobookError> {
        match &mut self.current {
            Some((_, file)) => file.write(samples),
            None => Ok(()),
        }
    }

    /// Completes the current chapter's file.
    pub(super) fn finish_chapter(
        &mut self,
        book: &BookInfo,
        titles: &[String],
    ) -> Result<(), AudiobookError> {
        match self.current.take() {
            Some((index, file)) => file.finish(&self.tags(book, titles, index)),
            None => Ok(()),
        }
    }

    fn tags<'a>(&self, book: &'a BookInfo, titles: &'a [String], index: usize) -> Tags<'a> {
        Tags {
            book,
            title: &titles[index],
            track: Some((index + 1, titles.len())),
            chapters: &[],
            sample_rate_hz: self.sample_rate_hz,
        }
    }
}
