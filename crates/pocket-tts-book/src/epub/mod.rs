//! EPUB 2 and 3: a ZIP archive with pages, their order and a table of contents.

mod archive;
mod cover;
mod package;
mod pages;
mod toc;
mod xml;

use std::io::{Read, Seek};

use crate::book::Book;
use crate::cleaner::{Cleaner, on_one_line};
use crate::error::BookError;
use crate::limits::MAX_TITLE_CHARS;

use archive::Archive;

/// Reads an EPUB. `name` is the title of a book without one, `language` the language of a book without one.
pub(crate) fn read(source: impl Read + Seek, name: &str, language: &str) -> Result<Book, BookError> {
    let mut archive = Archive::open(source)?;
    let path = package::location(&mut archive)?;
    let package = package::read(&mut archive, &path)?;
    let encrypted = package::encrypted_paths(&mut archive)?;
    if package.spine.iter().any(|page| encrypted.contains(&page.path)) {
        return Err(BookError::Encrypted);
    }
    let title = package.title.as_deref().map(|title| on_one_line(title, MAX_TITLE_CHARS));
    let title = title.filter(|title| !title.is_empty()).unwrap_or_else(|| name.to_owned());
    let cleaner = Cleaner::new(package.language.as_deref().unwrap_or(language));
    let toc = toc::read(&mut archive, &package)?;
    let (chapters, left_out) = pages::chapters(&mut archive, &package, &toc, &title, &cleaner)?;
    let cover = cover::find(&mut archive, &package);
    let (authors, language, date) = (package.authors, package.language, package.date);
    Ok(Book { title, authors, language, date, cover, chapters, left_out })
}
