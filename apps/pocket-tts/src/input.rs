//! Reads the text to speak. It must not know what will be done with it.

use std::fs::File;
use std::io::{IsTerminal, Read, Stdin};
use std::path::Path;

use crate::cli::GenerateArguments;
use crate::console::Console;
use crate::exit::Failure;

/// The argument that stands for standard input.
const STANDARD_INPUT: &str = "-";
/// The largest text, in bytes: some hundred hours of speech.
const MAX_TEXT_BYTES: u64 = 16 << 20;

/// The text of the arguments, or else of standard input if something is piped in, or else `default`.
pub(crate) fn text(
    arguments: &GenerateArguments,
    default: &str,
    console: &Console,
) -> Result<String, Failure> {
    if let Some(path) = &arguments.text_file {
        return if path.as_os_str() == STANDARD_INPUT { standard_input(console) } else { file(path) };
    }
    let words = (!arguments.words.is_empty()).then(|| arguments.words.join(" "));
    match arguments.text.clone().or(words) {
        None if is_piped(&std::io::stdin()) => {
            console.info("reading the text from standard input");
            standard_input(console)
        }
        None => Ok(default.to_owned()),
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
            Ok(text)
        }
    }
}

/// Whether standard input may hold a text, unlike a terminal and the null device.
fn is_piped(input: &Stdin) -> bool {
    !input.is_terminal() && holds_bytes(input)
}

#[cfg(unix)]
fn holds_bytes(input: &Stdin) -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;

    // A closed one holds nothing.
    let kind = input.as_fd().try_clone_to_owned().and_then(|handle| File::from(handle).metadata());
    kind.is_ok_and(|metadata| {
        let kind = metadata.file_type();
        kind.is_fifo() || kind.is_file() || kind.is_socket()
    })
}

#[cfg(not(unix))]
fn holds_bytes(_input: &Stdin) -> bool {
    true
}

fn names_a_file(text: &str) -> bool {
    Path::new(text).extension().is_some() && Path::new(text).is_file()
}

fn standard_input(console: &Console) -> Result<String, Failure> {
    let input = std::io::stdin();
    if input.is_terminal() {
        console.info("type the text to speak, then Enter and Ctrl-D (on Windows Ctrl-Z and Enter)");
    }
    decode(bytes(input.lock()).map_err(Failure::Read)?, "on standard input")
}

fn file(path: &Path) -> Result<String, Failure> {
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
        return Err(Failure::Usage(format!(
            "the text {place} is larger than {MAX_TEXT_BYTES} bytes; speak it in parts"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        Failure::Usage(format!(
            "the text {place} is not UTF-8 (byte {} is the first invalid one); convert it, for example with \
             `iconv -t UTF-8`",
            error.utf8_error().valid_up_to()
        ))
    })?;
    // Some editors begin UTF-8 text with a byte-order mark, which is not spoken.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Failure::Usage(format!(
            "there is no text {place}; write it there, or give it as in `pocket-tts generate \"Hello.\"`"
        )));
    }
    Ok(text)
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
