//! Reads a book of any kind.

use std::io::{Read, Seek};

use crate::book::{Book, LeftOut};
use crate::chapters::{Draft, finish, split_at_headings};
use crate::cleaner::{Cleaner, on_one_line};
use crate::error::BookError;
use crate::format::BookFormat;
use crate::html::{Block, Page, Syntax, read as read_page};
use crate::limits::{MAX_TEXT_BYTES, MAX_TITLE_CHARS};
use crate::{decode, epub, markdown, plain, subtitles};

/// Reads a book.
///
/// `name` is the title of a book that has none: the file's name without its ending. `language` is the language of a book
/// that doesn't tell its own, as a code such as `fr` or the name of a language; the words in place of tables and code are in
/// the book's language.
///
/// Memory is bounded by 64 MiB of text, or 128 MiB of an EPUB's unpacked pages, and a few copies of them.
///
/// ```
/// use pocket_tts_book::{BookFormat, read_book};
///
/// let text = "# One\n\nIt began[^1].\n\n# Two\n\nIt ended.\n\n[^1]: In May.\n";
/// let book = read_book(std::io::Cursor::new(text), BookFormat::Markdown, "notes", "en")?;
/// let titles: Vec<&str> = book.chapters.iter().map(|chapter| chapter.title.as_str()).collect();
/// assert_eq!((book.title.as_str(), titles, book.left_out.notes), ("notes", vec!["One", "Two"], 1));
/// assert_eq!(book.chapters[0].paragraphs[1].text, "It began.");
/// # Ok::<(), pocket_tts_book::BookError>(())
/// ```
///
/// # Errors
///
/// [`BookError`] if the file can't be read, is damaged, too large or encrypted, or has no words.
pub fn read_book(
    mut source: impl Read + Seek,
    format: BookFormat,
    name: &str,
    language: &str,
) -> Result<Book, BookError> {
    let name = match on_one_line(name, MAX_TITLE_CHARS) {
        name if name.is_empty() => "Book".to_owned(),
        name => name,
    };
    match format {
        BookFormat::Epub => epub::read(source, &name, language),
        BookFormat::Html => {
            let html = decode::page(bytes(&mut source)?, "the book")?;
            let is_xhtml = html.trim_start().starts_with("<?xml");
            let syntax = if is_xhtml { Syntax::Xhtml } else { Syntax::Html };
            of_page(&html, syntax, name, language, &Metadata::default())
        }
        BookFormat::Markdown => {
            let text = decode::plain(bytes(&mut source)?, "the book")?;
            let value = |key| markdown::front_matter(&text, key).map(str::to_owned);
            let metadata = Metadata {
                title: value("title"),
                author: value("author"),
                language: value("lang").or(value("language")),
                date: value("date"),
            };
            of_page(&markdown::to_html(&text), Syntax::Html, name, language, &metadata)
        }
        BookFormat::Text => {
            let text = decode::plain(bytes(&mut source)?, "the book")?;
            of_blocks(plain::blocks(&text, &Cleaner::new(language)), name).ok_or_else(no_text)
        }
        BookFormat::Srt => {
            let text = decode::plain(bytes(&mut source)?, "the book")?;
            of_blocks(subtitles::blocks(&text, &Cleaner::new(language)), name).ok_or(BookError::NoText {
                kind: "file of subtitles",
                advice: "it must have lines such as `00:00:01,000 --> 00:00:04,000`, each with text below it",
            })
        }
    }
}

/// What a file says of itself outside of its page.
#[derive(Debug, Default)]
struct Metadata {
    title: Option<String>,
    author: Option<String>,
    language: Option<String>,
    date: Option<String>,
}

fn bytes(source: &mut impl Read) -> Result<Vec<u8>, BookError> {
    let mut bytes = Vec::new();
    source.take(MAX_TEXT_BYTES + 1).read_to_end(&mut bytes).map_err(BookError::Io)?;
    if bytes.len() as u64 > MAX_TEXT_BYTES {
        return Err(BookError::TooLarge { what: "the book".to_owned(), limit_bytes: MAX_TEXT_BYTES });
    }
    Ok(bytes)
}

fn of_page(
    html: &str,
    syntax: Syntax,
    name: String,
    language: &str,
    metadata: &Metadata,
) -> Result<Book, BookError> {
    let first = read_page(html, syntax, &Cleaner::new(metadata.language.as_deref().unwrap_or(language)));
    let own_language = metadata.language.clone().or_else(|| first.language.clone());
    // The language of the page is known only after it has been read.
    let page = match &first.language {
        Some(own) if metadata.language.is_none() => read_page(html, syntax, &Cleaner::new(own)),
        _ => first,
    };
    let Page { blocks, note_links, note_references, mut left_out, title, metadata: meta, .. } = page;
    let line = |text: &str| Some(on_one_line(text, MAX_TITLE_CHARS)).filter(|line| !line.is_empty());
    let heading = || {
        let first = blocks.first().filter(|block| block.level == 1)?;
        let is_only = blocks.iter().filter(|block| block.level == 1).count() == 1;
        is_only.then(|| first.text.clone())
    };
    let title =
        metadata.title.as_deref().and_then(line).or_else(|| line(&title)).or_else(heading).unwrap_or(name);
    let author = metadata.author.as_deref().or_else(|| meta.get("author").map(String::as_str)).and_then(line);
    let date = metadata.date.as_deref().or_else(|| meta.get("date").map(String::as_str)).and_then(line);
    let targets: Vec<&str> = note_links.iter().filter_map(|link| link.strip_prefix('#')).collect();
    let targets: std::collections::HashSet<&str> = targets.into_iter().collect();
    let is_note = |block: &Block| block.note_ids.iter().any(|id| targets.contains(id.as_str()));
    let (chapters, notes) = finish(split_at_headings(blocks, &title), is_note);
    left_out.notes = (left_out.notes + notes).max(note_references);
    if chapters.is_empty() {
        return Err(no_text());
    }
    let authors = author.into_iter().collect();
    Ok(Book { title, authors, language: own_language, date, cover: None, chapters, left_out })
}

fn no_text() -> BookError {
    BookError::NoText { kind: "file", advice: "write some into it, or give another file" }
}

/// The book of these blocks; `None` if there are no words.
fn of_blocks(blocks: Vec<Block>, name: String) -> Option<Book> {
    let drafts: Vec<Draft> = split_at_headings(blocks, &name);
    let (chapters, _) = finish(drafts, |_| false);
    let has_words = !chapters.is_empty();
    has_words.then(|| Book { title: name, chapters, left_out: LeftOut::default(), ..Book::default() })
}
