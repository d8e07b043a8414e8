//! What a text can be written in.

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
