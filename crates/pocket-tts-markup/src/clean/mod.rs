//! Makes plain words of Markdown, HTML and emoji.

mod detect;
mod html;
mod html_tags;
mod html_text;
mod markdown;
mod markdown_source;
mod words;

use pocket_tts_spans::MappedText;

use crate::{emoji, ssml};

pub use words::CleaningWords;

/// What a text is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputFormat {
    /// Plain text, in which only emoji are removed.
    #[default]
    Text,
    /// Markdown as GitHub and chat programs write it.
    Markdown,
    /// HTML, a page or a part of one.
    Html,
    /// HTML if the text begins with `<!doctype html` or `<html`, Markdown if it has at least two kinds of unmistakable
    /// signs (fenced code, a heading, bold text, a link or an image, a list of several items, a table), else text.
    Auto,
}

impl InputFormat {
    /// The names of the formats.
    pub const NAMES: [&str; 4] = ["text", "markdown", "html", "auto"];

    /// The format with this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "text" | "plain" => Self::Text,
            "markdown" => Self::Markdown,
            "html" => Self::Html,
            "auto" => Self::Auto,
            _ => return None,
        })
    }

    /// The format of a file with this name: `.md` and `.markdown` are Markdown, `.html`, `.htm` and `.xhtml` are HTML,
    /// and all others are text.
    pub fn of_file_name(name: &str) -> Self {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        match ending.as_str() {
            "md" | "markdown" | "mkd" | "mdown" => Self::Markdown,
            "html" | "htm" | "xhtml" => Self::Html,
            _ => Self::Text,
        }
    }
}

/// How a text is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaning {
    /// What is said in place of things that can't be spoken.
    pub words: CleaningWords,
    /// Whether emoji stay.
    pub keeps_emoji: bool,
    /// Whether [`parse`](crate::parse) reads the result. Marks in inline code, and those with a backslash, then get the
    /// backslash that makes them text.
    pub has_marks: bool,
}

impl Default for Cleaning {
    /// English words, no emoji, and [`parse`](crate::parse) reads the result.
    fn default() -> Self {
        Self { words: CleaningWords::default(), keeps_emoji: false, has_marks: true }
    }
}

/// Makes plain words of a text.
///
/// Headings, list items and table rows end as sentences, and paragraphs end with an empty line. Code blocks become a
/// word, front matter, footnotes, comments, scripts and styles become nothing. Links say their text, images their
/// description. Text that begins with `<speak` is SSML, of which only emoji are removed.
///
/// It takes time in proportion to the length of the text.
///
/// ```
/// use pocket_tts_markup::{Cleaning, InputFormat, clean};
///
/// let text = "# Hello 👋\n\nSee the *[guide](https://example.com)*:\n\n```sh\nmake\n```\n";
/// let cleaned = clean(text, InputFormat::Markdown, &Cleaning::default());
/// assert_eq!(cleaned.text(), "Hello.\n\nSee the guide:\n\nCode block.");
/// ```
pub fn clean(text: &str, format: InputFormat, cleaning: &Cleaning) -> MappedText {
    let format = match format {
        _ if ssml::is_ssml(text) => InputFormat::Text,
        InputFormat::Auto => detect::detect(text),
        other => other,
    };
    let original = MappedText::new(text);
    match format {
        InputFormat::Markdown => markdown::clean(&original, cleaning),
        InputFormat::Html => html::clean(&original, cleaning),
        InputFormat::Text | InputFormat::Auto if cleaning.keeps_emoji => original,
        InputFormat::Text | InputFormat::Auto => emoji::remove(&original),
    }
}
