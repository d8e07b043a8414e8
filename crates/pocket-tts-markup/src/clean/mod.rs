//! Makes plain words of Markdown, HTML and emoji.

mod cleaning;
mod detect;
mod html;
mod html_tags;
mod html_text;
mod input_format;
mod markdown;
mod markdown_source;
mod words;

use pocket_tts_spans::MappedText;

use crate::{emoji, ssml};

pub use cleaning::Cleaning;
pub use html_tags::{HtmlMeaning, html_meaning, is_void_element};
pub use input_format::InputFormat;
pub use words::CleaningWords;

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
