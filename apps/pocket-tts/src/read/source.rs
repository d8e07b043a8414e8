//! Reads the book's file, and what the arguments say of the book.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use pocket_tts_audio::audiobook::{BookInfo, Cover, CoverError};
use pocket_tts_book::{BookError, BookFormat, Chapter, LeftOut, read_book};

use crate::cli::ReadArguments;
use crate::exit::Failure;

/// The signature of ZIP archives, and so of EPUB files.
const ZIP: [u8; 4] = *b"PK\x03\x04";
/// The largest cover.
const MAX_COVER_BYTES: u64 = 16 << 20;

/// A book to be spoken.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) info: BookInfo,
    pub(super) chapters: Vec<Chapter>,
    pub(super) left_out: LeftOut,
    /// Why the book's own cover is not used.
    pub(super) cover_problem: Option<CoverError>,
}

/// Reads the book. `language` is the name of the model's.
pub(super) fn read_source(arguments: &ReadArguments, language: Option<&str>) -> Result<Source, Failure> {
    let path = &arguments.book;
    let unreadable = |source| Failure::ReadText { path: path.clone(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(Failure::Usage(format!("{} is a folder; give the file of a book", path.display())));
    }
    let format = match BookFormat::of_path(path) {
        Some(format) => format,
        None if is_archive(&mut file).map_err(unreadable)? => BookFormat::Epub,
        None => {
            let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
            return Err(BookError::UnknownFormat {
                found: extension.unwrap_or_else(|| path.display().to_string()),
            }
            .into());
        }
    };
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let book = read_book(file, format, &name, language.unwrap_or("english"))?;
    let (cover, cover_problem) = match (&arguments.cover, book.cover) {
        (Some(path), _) => (Some(cover_file(path)?), None),
        (None, Some(cover)) => match Cover::new(cover.bytes) {
            Ok(cover) => (Some(cover), None),
            Err(problem) => (None, Some(problem)),
        },
        (None, None) => (None, None),
    };
    let authors = (!book.authors.is_empty()).then(|| book.authors.join(", "));
    let info = BookInfo {
        title: arguments.title.clone().unwrap_or(book.title),
        author: arguments.author.clone().or(authors),
        narrator: None,
        language: book.language,
        year: book.date.as_deref().and_then(year),
        cover,
    };
    Ok(Source { info, chapters: book.chapters, left_out: book.left_out, cover_problem })
}

fn is_archive(file: &mut File) -> std::io::Result<bool> {
    let mut start = Vec::new();
    file.by_ref().take(ZIP.len() as u64).read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(start == ZIP)
}

fn cover_file(path: &std::path::Path) -> Result<Cover, Failure> {
    let wrong =
        |problem: String| Failure::Usage(format!("the cover {} cannot be used: {problem}", path.display()));
    let mut bytes = Vec::new();
    let file =
        File::open(path).map_err(|error| wrong(format!("{error}; check its path and its permissions")))?;
    file.take(MAX_COVER_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong(format!("{error}; check its permissions")))?;
    Cover::new(bytes).map_err(|error| wrong(error.to_string()))
}

/// The year of a date such as `1851-10-18`.
fn year(date: &str) -> Option<u16> {
    let digits = date.trim().get(..4)?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()
        .filter(|year| *year > 0)
}
