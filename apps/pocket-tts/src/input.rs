//! Reads the text to speak. It must not know what will be done with it.

use std::fs::File;
#[cfg(unix)]
use std::fs::FileType;
use std::io::{IsTerminal, Read, Stdin};
use std::path::Path;

use crate::cli::GenerateArguments;
use crate::console::Console;
use crate::exit::Failure;
use crate::standard_input::StandardInput;
use crate::text_problem::{MAX_TEXT_BYTES, no_text, not_utf8, too_large};

/// The argument that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// A text to speak.
pub(crate) enum Text {
    Whole(String),
    /// One that is still being written.
    Growing(Box<StandardInput>),
}

/// The text of the arguments, or else of standard input if something is piped in, or else `default`.
pub(crate) fn text(arguments: &GenerateArguments, default: &str, console: &Console) -> Result<Text, Failure> {
    if let Some(path) = &arguments.text_file {
        let is_standard_input = path.as_os_str() == STANDARD_INPUT;
        return if is_standard_input { standard_input(console) } else { file(path).map(Text::Whole) };
    }
    let words = (!arguments.words.is_empty()).then(|| arguments.words.join(" "));
    match arguments.text.clone().or(words) {
        None if is_piped(&std::io::stdin()) => {
            console.info("reading the text from standard input");
            standard_input(console)
        }
        None => Ok(Text::Whole(default.to_owned())),
        Some(text) if text == STANDARD_INPUT => standard_input(console),
        Some(text) if text.trim().is_empty() => {
            Err(Failure::Usage("the text is empty; give some text, or leave it out".to_owned()))
        }
        Some(text) => {
            if names_a_file(&text) {
                console.warn(&format!(
                    "`{text}` is spoken as text although it is the name of a file; to speak the file's text: \
                     pocket-tts generate --text-file {text}"
                ));
            }
            Ok(Text::Whole(text))
        }
    }
}

/// Whether standard input may hold a text, unlike a terminal and the null device.
fn is_piped(input: &Stdin) -> bool {
    !input.is_terminal() && holds_bytes(input)
}

#[cfg(unix)]
fn holds_bytes(input: &Stdin) -> bool {
    use std::os::unix::fs::FileTypeExt;

    // A closed one holds nothing.
    kind(input).is_some_and(|kind| kind.is_fifo() || kind.is_file() || kind.is_socket())
}

#[cfg(not(unix))]
fn holds_bytes(_input: &Stdin) -> bool {
    true
}

/// Whether standard input is a file, all of which has been written.
#[cfg(unix)]
fn is_file(input: &Stdin) -> bool {
    kind(input).is_some_and(|kind| kind.is_file())
}

#[cfg(not(unix))]
fn is_file(_input: &Stdin) -> bool {
    false
}

#[cfg(unix)]
fn kind(input: &Stdin) -> Option<FileType> {
    use std::os::fd::AsFd;

    let handle = input.as_fd().try_clone_to_owned().ok()?;
    File::from(handle).metadata().ok().map(|metadata| metadata.file_type())
}

fn names_a_file(text: &str) -> bool {
    Path::new(text).extension().is_some() && Path::new(text).is_file()
}

/// The text of standard input: whole from a file, and otherwise as it is written.
fn standard_input(console: &Console) -> Result<Text, Failure> {
    let input = std::io::stdin();
    if is_file(&input) {
        let bytes = bytes(input.lock()).map_err(Failure::Read)?;
        return decode(bytes, "on standard input").map(Text::Whole);
    }
    if input.is_terminal() {
        console.info("type the text to speak, then Enter and Ctrl-D (on Windows Ctrl-Z and Enter)");
    }
    StandardInput::open().map(|input| Text::Growing(Box::new(input)))
}

/// The text of a file.
pub(crate) fn file(path: &Path) -> Result<String, Failure> {
    let unreadable = |source| Failure::ReadText { path: path.to_owned(), source };
    let bytes = bytes(File::open(path).map_err(unreadable)?).map_err(unreadable)?;
    decode(bytes, &format!("in {}", path.display()))
}

/// All bytes, or one more than the limit.
fn bytes(input: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_TEXT_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Decodes the text that came from `place`.
fn decode(bytes: Vec<u8>, place: &str) -> Result<String, Failure> {
    if bytes.len() as u64 > MAX_TEXT_BYTES {
        return Err(too_large(place));
    }
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(place, error.utf8_error().valid_up_to()))?;
    // Some editors begin UTF-8 text with a byte-order mark, which is not spoken.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() { Err(no_text(place)) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::{bytes, decode};

    #[test]
    fn a_byte_order_mark_is_not_spoken() {
        assert_eq!(decode("\u{feff}Hello.".into(), "in notes.txt").unwrap(), "Hello.");
    }

    #[test]
    fn an_endless_text_is_refused() {
        let failure = decode(bytes(std::io::repeat(b'a')).unwrap(), "on standard input").unwrap_err();
        assert!(failure.to_string().contains("larger than 16777216 bytes"), "{failure}");
    }
}
