//! Plain words of a piece of HTML or text, by the reader of mark-up.

use pocket_tts_markup::{Cleaning, CleaningWords, InputFormat, clean};

use crate::words;

/// Cleans pieces of one book.
#[derive(Clone, Debug)]
pub(crate) struct Cleaner {
    cleaning: Cleaning,
    table: &'static str,
}

impl Cleaner {
    /// For a book in this language: a code such as `en-GB`, or a name.
    pub(crate) fn new(language: &str) -> Self {
        let words = CleaningWords::of_language(words::code(language));
        Self {
            cleaning: Cleaning { words, has_marks: false, ..Cleaning::default() },
            table: words::table(language),
        }
    }

    /// What is said in place of a table.
    pub(crate) fn table(&self) -> &'static str {
        self.table
    }

    /// What is said in place of code.
    pub(crate) fn code_block(&self) -> &str {
        &self.cleaning.words.code_block
    }

    /// The words of a piece of HTML. Blank lines separate paragraphs.
    pub(crate) fn html(&self, html: &str) -> String {
        // The element keeps words such as `<speak` from meaning something at the start.
        without_controls(clean(&format!("<p>{html}"), InputFormat::Html, &self.cleaning).text())
    }

    /// The words of a plain text.
    pub(crate) fn text(&self, text: &str) -> String {
        without_controls(clean(text, InputFormat::Text, &self.cleaning).text())
    }
}

/// A text without control characters other than line ends, and without white space at its ends.
fn without_controls(text: &str) -> String {
    let is_kept = |character: &char| !character.is_control() || *character == '\n';
    text.chars().filter(is_kept).collect::<String>().trim().to_owned()
}

/// A text on one line, of bounded length.
pub(crate) fn on_one_line(text: &str, most_characters: usize) -> String {
    let mut line = String::new();
    for word in text.split(|character: char| character.is_whitespace() || character.is_control()) {
        if !word.is_empty() {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
        if line.len() > 4 * most_characters {
            break;
        }
    }
    match line.char_indices().nth(most_characters) {
        None => line,
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
    }
}
