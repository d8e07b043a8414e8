//! Writes audiobooks: one file with chapters, or a folder with a file for each chapter, while the sound is generated.
//!
//! [`AudiobookWriter`] takes the sound in order. The bytes depend on the information, the chapters and the samples only:
//! not on how the samples are cut, and not on the clock. Memory never holds the sound. For M4B it holds a table of the
//! frames, about 2 MB for each hour.
//!
//! | format | sound | chapters | length of the decoded sound |
//! |---|---|---|---|
//! | [`M4b`](AudiobookFormat::M4b) | AAC in MP4 | Nero list (the first 255) and `QuickTime` text track (all) | exact, by an edit list: see below |
//! | [`Mp3`](AudiobookFormat::Mp3) | MP3 | `ID3v2` `CHAP` and `CTOC` frames | exact, by a LAME tag |
//! | [`Opus`](AudiobookFormat::Opus) | Opus in Ogg | `CHAPTER001=` comments | exact |
//! | [`Folder`](AudiobookFormat::Folder) | any [`AudioFormat`](crate::AudioFormat) | files | as [`Encoder`](crate::Encoder) states for files |
//!
//! ffmpeg 5 plays an MP4 file to the end of its last frame, whatever the edit list says: up to 1023 samples more, nearly silent. It
//! doesn't list chapters of an Opus file that start after 100 hours.
//!
//! ```
//! use pocket_tts_audio::audiobook::{AudiobookFormat, AudiobookWriter, BookInfo, ChapterInfo};
//!
//! let folder = tempfile::tempdir()?;
//! let book = BookInfo { title: "A Book".to_owned(), author: Some("A. Writer".to_owned()), ..BookInfo::default() };
//! let chapters = ["One", "Two"].map(|title| ChapterInfo { title: title.to_owned(), place: None });
//! let path = folder.path().join("book.m4b");
//! let mut writer = AudiobookWriter::create(&path, AudiobookFormat::M4b, 24_000, &book, &chapters)?;
//! for _ in &chapters {
//!     writer.begin_chapter()?;
//!     writer.write(&[0.0; 24_000])?;
//! }
//! writer.finish()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chapters;
mod comments;
mod cover;
mod error;
mod file_name;
mod folder;
mod format;
mod id3;
mod info;
mod language;
mod m4b;
mod mp4;
mod output;
mod picture_size;
mod tagged_file;
mod tags;
mod writer;

pub use cover::{Cover, CoverError, CoverKind, MAX_COVER_BYTES};
pub use error::AudiobookError;
pub use format::AudiobookFormat;
pub use info::{BookInfo, ChapterInfo, ChapterPlace, MAX_CHAPTERS};
pub use writer::AudiobookWriter;
