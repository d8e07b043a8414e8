//! Colours of messages and results.
//!
//! Texts are always painted. `anstream` takes the colours out where they are not wanted: in pipes and files, with the variable
//! `NO_COLOR`, and on terminals without colours; `CLICOLOR_FORCE` keeps them.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::exit::Failure;
use crate::standard_output;

/// The words that begin a line, and their colours.
const WORDS: [(&str, AnsiColor); 6] = [
    ("error:", AnsiColor::Red),
    ("warning:", AnsiColor::Yellow),
    ("help:", AnsiColor::Cyan),
    ("ok ", AnsiColor::Green),
    ("warning ", AnsiColor::Yellow),
    ("problem ", AnsiColor::Red),
];

/// A line with its first word painted, if that is one of a few.
pub(crate) fn painted(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    let (blanks, text) = line.split_at(indent);
    match WORDS.into_iter().find(|(word, _)| text.starts_with(word)) {
        None => line.to_owned(),
        Some((word, colour)) => {
            let style: Style = colour.on_default().bold();
            format!("{blanks}{style}{word}{style:#}{}", &text[word.len()..])
        }
    }
}

/// Prints results, painted.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let painted: String = text.lines().map(|line| format!("{}\n", painted(line))).collect();
    standard_output::put(|| {
        // Held, so that no other thread writes between.
        let _held = io::stdout().lock();
        anstream::stdout().write_all(painted.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_word_is_painted() {
        assert_eq!(painted("error: no help: here"), "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m no help: here");
        assert_eq!(painted("  help: do it"), "  \u{1b}[1m\u{1b}[36mhelp:\u{1b}[0m do it");
        for line in ["", "an error: none", "okay", "errors: 2"] {
            assert_eq!(painted(line), line);
        }
    }
}
