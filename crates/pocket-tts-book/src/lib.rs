#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod book;
mod chapters;
mod cleaner;
mod decode;
mod epub;
mod error;
mod format;
mod html;
mod limits;
mod markdown;
mod plain;
mod read;
mod subtitles;
mod words;

pub use book::{Book, Chapter, Cover, LeftOut, Paragraph, ParagraphKind};
pub use error::BookError;
pub use format::BookFormat;
pub use read::read_book;
