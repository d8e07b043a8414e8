#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod clean;
mod composer;
mod dictionary;
mod duration;
mod emoji;
mod error;
mod language;
mod limits;
mod marks;
mod parse;
mod punctuation;
mod script;
mod ssml;

pub use clean::{Cleaning, CleaningWords, HtmlMeaning, InputFormat, clean, html_meaning, is_void_element};
pub use dictionary::{Dictionary, DictionaryError};
pub use error::MarkupError;
pub use limits::Limits;
pub use marks::complete_len;
pub use parse::{GrowingText, TextFormat, parse};
pub use pocket_tts_spans::MappedText;
pub use script::{DateFormat, Hint, HintKind, Part, SayAs, Script, Speech, Style};
pub use ssml::is_ssml;
