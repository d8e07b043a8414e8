//! From bytes to text.

use crate::error::BookError;

/// How many bytes at the start of a page may declare its encoding.
const HEAD_BYTES: usize = 1_024;

/// What the 32 bytes from 0x80 on are in windows-1252; 0 where it has no character.
const WINDOWS_1252: [u32; 32] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
    0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
    0x0153, 0, 0x017E, 0x0178,
];

/// The text of a file without mark-up: UTF-8, or UTF-16 with a byte-order mark. `place` is for messages.
pub(crate) fn plain(bytes: Vec<u8>, place: &str) -> Result<String, BookError> {
    if let Some(text) = by_mark(&bytes, place)? {
        return Ok(text);
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(place, error.utf8_error().valid_up_to()))
}

/// The text of a page, which may declare its encoding.
pub(crate) fn page(bytes: Vec<u8>, place: &str) -> Result<String, BookError> {
    if let Some(text) = by_mark(&bytes, place)? {
        return Ok(text);
    }
    // Without a mark, `<` still shows the width of a character.
    match bytes.get(..4) {
        Some([b'<', 0, ..]) => return utf16(&bytes, u16::from_le_bytes, place),
        Some([0, b'<', ..]) => return utf16(&bytes, u16::from_be_bytes, place),
        _ => {}
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let offset = bytes.utf8_error().valid_up_to();
    let bytes = bytes.into_bytes();
    match declared(&bytes).as_deref() {
        None | Some("utf-8" | "utf8") => Err(not_utf8(place, offset)),
        Some(
            "iso-8859-1" | "latin1" | "latin-1" | "iso8859-1" | "windows-1252" | "cp1252" | "us-ascii"
            | "ascii",
        ) => Ok(bytes.iter().map(|byte| windows_1252(*byte)).collect()),
        Some(other) => Err(BookError::UnknownEncoding {
            place: place.to_owned(),
            encoding: other.chars().take(40).collect(),
        }),
    }
}

fn not_utf8(place: &str, offset: usize) -> BookError {
    BookError::Encoding { place: place.to_owned(), offset }
}

/// The text, if a byte-order mark says how it is written.
fn by_mark(bytes: &[u8], place: &str) -> Result<Option<String>, BookError> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => match std::str::from_utf8(rest) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(error) => Err(not_utf8(place, 3 + error.valid_up_to())),
        },
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes, place).map(Some),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes, place).map(Some),
        _ => Ok(None),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, place: &str) -> Result<String, BookError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<String, _>>();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => {
            Err(BookError::UnknownEncoding { place: place.to_owned(), encoding: "damaged UTF-16".to_owned() })
        }
    }
}

/// The encoding that the XML declaration or a `meta` element names, in lower case.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_BYTES)]).to_ascii_lowercase();
    let is_xml = head.trim_start().starts_with("<?xml");
    let named = |key: &str| {
        let rest = head.split_once(key)?.1.trim_start().strip_prefix('=')?.trim_start();
        let name = rest.trim_start_matches(['"', '\'']);
        Some(name.split(['"', '\'', ' ', '>', ';', '?', '/']).next()?.to_owned())
    };
    is_xml.then(|| named("encoding")).flatten().or_else(|| named("charset"))
}

fn windows_1252(byte: u8) -> char {
    let code = match byte {
        0x80..=0x9F => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => u32::from(byte),
    };
    char::from_u32(code).filter(|character| *character != '\0').unwrap_or('\u{FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_bytes(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn marks_and_declarations_say_how_a_page_is_written() {
        let marked = [vec![0xFF, 0xFE], utf16_bytes("<p>é")].concat();
        for (bytes, expected) in [
            ("<p>é".as_bytes().to_vec(), "<p>é"),
            ("\u{feff}<p>é".as_bytes().to_vec(), "<p>é"),
            (marked, "<p>é"),
            (utf16_bytes("<p>é"), "<p>é"),
            (b"<?xml encoding='ISO-8859-1'?>\xe9\x93".to_vec(), "<?xml encoding='ISO-8859-1'?>é“"),
            (b"<meta charset=latin1>\xe9".to_vec(), "<meta charset=latin1>é"),
        ] {
            assert_eq!(page(bytes, "x").unwrap(), expected);
        }
    }

    #[test]
    fn other_bytes_are_errors_that_say_where() {
        let told = |bytes: &[u8]| page(bytes.to_vec(), "ch1.xhtml").unwrap_err().to_string();
        assert!(
            told(b"<p>caf\xe9").starts_with("ch1.xhtml is not UTF-8 (byte 6 is the first invalid one); ")
        );
        assert!(
            told(b"<?xml encoding='koi8-r'?>\xe9").contains("in the encoding `koi8-r`, which cannot be read")
        );
        assert!(told(b"\xff\xfea").contains("damaged UTF-16"));
        assert!(plain(b"caf\xe9".to_vec(), "a.txt").is_err());
        assert_eq!(plain(b"\xfe\xff\0a".to_vec(), "a.txt").unwrap(), "a");
    }
}
