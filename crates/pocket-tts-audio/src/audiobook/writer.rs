//! The writer of an audiobook in any format.

use std::path::Path;

use super::chapters::{Chapter, Chapters};
use super::error::AudiobookError;
use super::folder::ChapterFolder;
use super::format::AudiobookFormat;
use super::info::{BookInfo, ChapterInfo};
use super::m4b::M4bFile;
use super::tagged_file::TaggedFile;
use super::tags::Tags;
use crate::encode::AudioFormat;

/// An audiobook being written.
///
/// Call [`begin_chapter`](Self::begin_chapter) before the sound of each chapter, [`write`](Self::write) for its sound, and
/// [`finish`](Self::finish) at the end. A single file appears under its name on `finish`, and not at all without it. In a
/// folder, the file of a chapter appears when the next one begins, and a writer that is dropped leaves the complete ones.
#[derive(Debug)]
pub struct AudiobookWriter {
    book: BookInfo,
    chapters: Chapters,
    target: Target,
}

#[derive(Debug)]
enum Target {
    M4b(M4bFile),
    Tagged(TaggedFile),
    Folder(ChapterFolder),
}

impl AudiobookWriter {
    /// Starts a book at `path`: a file, which may exist and is replaced at the end, or for
    /// [`AudiobookFormat::Folder`] a folder, which is created unless it exists. `chapters` are all chapters, in order. A
    /// single file may have none.
    ///
    /// # Errors
    /// [`AudiobookError::Encode`] if the format can't hold that sample rate, [`AudiobookError::Save`] if the path can't be
    /// written, [`AudiobookError::NotSeekable`], [`AudiobookError::NotFolder`], [`AudiobookError::NoChapters`] and
    /// [`AudiobookError::TooManyChapters`]. Nothing has been written then.
    pub fn create(
        path: impl AsRef<Path>,
        format: AudiobookFormat,
        sample_rate_hz: u32,
        book: &BookInfo,
        chapters: &[ChapterInfo],
    ) -> Result<Self, AudiobookError> {
        let path = path.as_ref();
        let book = book.cleaned();
        let chapters = Chapters::new(sample_rate_hz, chapters)?;
        let placed = chapters.placed();
        let tags = tags_of_book(&book, &placed, sample_rate_hz);
        let target = match format {
            AudiobookFormat::M4b => Target::M4b(M4bFile::create(path, sample_rate_hz)?),
            AudiobookFormat::Mp3 => Target::Tagged(TaggedFile::create(path, AudioFormat::Mp3, &tags)?),
            AudiobookFormat::Opus => Target::Tagged(TaggedFile::create(path, AudioFormat::Opus, &tags)?),
            AudiobookFormat::Folder(_) if placed.is_empty() => return Err(AudiobookError::NoChapters),
            AudiobookFormat::Folder(sound) => {
                Target::Folder(ChapterFolder::create(path, sound, sample_rate_hz)?)
            }
        };
        Ok(Self { book, chapters, target })
    }

    /// Begins the next chapter, which ends where the next one begins. It may stay without sound.
    ///
    /// # Errors
    /// [`AudiobookError::AfterLastChapter`]; for a folder also [`AudiobookError::Encode`] and
    /// [`AudiobookError::Save`], for the file of the previous chapter or the next.
    pub fn begin_chapter(&mut self) -> Result<(), AudiobookError> {
        let entry = self.chapters.begin()?;
        match &mut self.target {
            Target::Folder(folder) => folder.begin(&self.book, entry),
            Target::M4b(_) | Target::Tagged(_) => Ok(()),
        }
    }

    /// Appends `samples`, `[samples]` mono, to the current chapter. NaN becomes silence, and samples are limited to -1 to
    /// 1.
    ///
    /// # Errors
    /// [`AudiobookError::BeforeFirstChapter`], [`AudiobookError::Encode`] and [`AudiobookError::Save`].
    pub fn write(&mut self, samples: &[f32]) -> Result<(), AudiobookError> {
        self.chapters.add(samples.len())?;
        match &mut self.target {
            Target::M4b(file) => file.write(samples),
            Target::Tagged(file) => file.write(samples),
            Target::Folder(folder) => folder.write(samples),
        }
    }

    /// The number of samples so far, of all chapters.
    pub fn samples(&self) -> u64 {
        self.chapters.samples()
    }

    /// Ends the book, flushes it to the disk and gives it its name.
    ///
    /// # Errors
    /// [`AudiobookError::MissingChapters`], [`AudiobookError::NoSound`], [`AudiobookError::Encode`] and
    /// [`AudiobookError::Save`]; there is no file then, or an existing one is unchanged.
    pub fn finish(self) -> Result<(), AudiobookError> {
        let Self { book, chapters, target } = self;
        chapters.check_end()?;
        let placed = chapters.placed();
        let tags = tags_of_book(&book, &placed, chapters.sample_rate_hz());
        match target {
            Target::M4b(file) => file.finish(&tags),
            Target::Tagged(file) => file.finish(&tags),
            Target::Folder(mut folder) => folder.finish_chapter(&book),
        }
    }
}

fn tags_of_book<'a>(book: &'a BookInfo, chapters: &'a [Chapter], sample_rate_hz: u32) -> Tags<'a> {
    Tags { book, title: &book.title, track: None, chapters, sample_rate_hz }
}
