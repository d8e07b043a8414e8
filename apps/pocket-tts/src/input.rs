//! The text to speak, wherever it is. It must not know what will be done with it.

use std::io::{IsTerminal, Read};

use crate::console::Console;
use crate::exit::Failure;

/// The argument that stands for standard input.
const STANDARD_INPUT: &str = "-";
/// Most bytes of text that are read: some hundred hours of speech.
const MAX_TEXT_BYTES: u64 = 16 << 20;

/// The text that `argument` gives, or standard input if it says so, or else `default`.
pub(crate) fn text(argument: Option<&str>, default: &str, console: &Console) -> Result<String, Failure> {
    match argument {
        None => Ok(default.to_owned()),
        Some(STANDARD_INPUT) => {
            let input = std::io::stdin();
            if input.is_terminal() {
                console.info("type what to say, then Enter and Ctrl-D (on Windows Ctrl-Z and Enter)");
            }
            read(input.lock())
        }
        Some(text) if text.trim().is_empty() => {
            Err(Failure::Usage("--text is empty; give it something to say, or leave it out".to_owned()))
        }
        Some(text) => Ok(text.to_owned()),
    }
}

fn read(input: impl Read) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    input.take(MAX_TEXT_BYTES + 1).read_to_end(&mut bytes).map_err(Failure::Read)?;
    if bytes.len() as u64 > MAX_TEXT_BYTES {
        return Err(Failure::Usage(format!(
            "there are more than {MAX_TEXT_BYTES} bytes of text on standard input; speak them in parts"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        Failure::Usage(format!(
            "the text on standard input is not UTF-8 (byte {} is the first that doesn't fit); convert it, as \
             with `iconv -t UTF-8`",
            error.utf8_error().valid_up_to()
        ))
    })?;
    if text.trim().is_empty() {
        return Err(Failure::Usage("there is no text on standard input".to_owned()));
    }
    // Editors of some systems put a mark in front of UTF-8 text, which is nothing to be read out.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_mark_in_front_of_a_file_is_not_spoken() {
        assert_eq!(read("\u{feff}Hello.".as_bytes()).unwrap(), "Hello.");
    }

    #[test]
    fn an_endless_text_is_refused() {
        let failure = read(std::io::repeat(b'a')).unwrap_err();
        assert!(failure.to_string().contains("more than 16777216 bytes"), "{failure}");
    }
}
