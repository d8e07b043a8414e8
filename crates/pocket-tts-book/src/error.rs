//! Why a book can't be read.

use std::io;

use thiserror::Error;

/// Why a book can't be read. Each message says, after a semicolon, what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BookError {
    /// The file can't be read.
    #[error("the book cannot be read: {0}; check its path and its permissions")]
    Io(#[source] io::Error),
    /// The name's ending is not one of a book.
    #[error("{found} is not a kind of book that can be read; use {}", crate::BookFormat::ENDINGS)]
    UnknownFormat {
        /// The ending, or what the file is.
        found: String,
    },
    /// The file is no ZIP archive, or a damaged one.
    #[error("the book is not a valid EPUB: {problem}; open it in another program and save it again as EPUB")]
    Damaged {
        /// What is wrong.
        problem: String,
    },
    /// The text is encrypted.
    #[error(
        "the book's text is encrypted (DRM), so it cannot be read; use an edition without copy protection"
    )]
    Encrypted,
    /// A part of the file is too large.
    #[error("{what} is larger than {limit_bytes} bytes, so it is not read; split the book")]
    TooLarge {
        /// What is too large.
        what: String,
        /// The limit.
        limit_bytes: u64,
    },
    /// The bytes are not text in a known encoding.
    #[error(
        "{place} is not UTF-8 (byte {offset} is the first invalid one); convert it, for example with `iconv -f latin1 -t utf-8`"
    )]
    Encoding {
        /// The file, or the part of the book.
        place: String,
        /// The offset of the first invalid byte.
        offset: usize,
    },
    /// The text declares an encoding that can't be decoded.
    #[error("{place} is written in the encoding `{encoding}`, which cannot be read; convert it to UTF-8")]
    UnknownEncoding {
        /// The file, or the part of the book.
        place: String,
        /// The encoding's name.
        encoding: String,
    },
    /// There are no words to speak in a file that is not an EPUB.
    #[error("the {kind} holds no text to speak; {advice}")]
    NoText {
        /// What the file is.
        kind: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// There are no words to speak in an EPUB.
    #[error("the book holds no text to speak; if its pages are pictures, recognize their text (OCR) first")]
    Empty,
}
