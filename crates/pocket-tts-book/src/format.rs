//! The kinds of files that books come in.

use std::path::Path;

/// The kind of a book's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BookFormat {
    /// EPUB 2 and 3.
    Epub,
    /// Markdown.
    Markdown,
    /// HTML, one page.
    Html,
    /// Plain text.
    Text,
    /// Subtitles (`SubRip`).
    Srt,
}

impl BookFormat {
    /// The endings of names, for messages.
    pub const ENDINGS: &str = ".epub, .md, .markdown, .html, .htm, .xhtml, .txt, .text or .srt";

    /// The format of a file with this name, in any case.
    pub fn of_path(path: &Path) -> Option<Self> {
        Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "epub" => Self::Epub,
            "md" | "markdown" | "mkd" | "mdown" => Self::Markdown,
            "html" | "htm" | "xhtml" => Self::Html,
            "txt" | "text" => Self::Text,
            "srt" => Self::Srt,
            _ => return None,
        })
    }
}
