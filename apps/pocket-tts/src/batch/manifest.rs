//! The lines of a manifest, read one at a time from a file. It must not know what they mean.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::exit::Failure;
use crate::text_problem::not_utf8;

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";
/// The longest line, in bytes: a long text, with its characters escaped.
const MAX_LINE_BYTES: u64 = 32 << 20;
const MARK: &str = "\u{feff}";

/// A manifest.
#[derive(Debug)]
pub(super) struct Manifest {
    name: String,
    file: Mutex<File>,
}

/// Where a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 1, with blank lines.
    pub(super) number: u64,
    offset: u64,
    bytes: usize,
}

impl Manifest {
    /// Opens a manifest. What can't be read twice, such as standard input, is copied to a temporary file.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == STANDARD_INPUT {
            let file = copied(io::stdin().lock()).map_err(Failure::Read)?;
            return Ok(Self { name: "standard input".to_owned(), file: Mutex::new(file) });
        }
        let unreadable = |source| Failure::ReadManifest { path: path.to_owned(), source };
        let file = File::open(path).map_err(unreadable)?;
        let kind = file.metadata().map_err(unreadable)?;
        if kind.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        let file = if kind.is_file() { file } else { copied(file).map_err(unreadable)? };
        Ok(Self { name: path.display().to_string(), file: Mutex::new(file) })
    }

    /// What messages call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Calls `take` with each line that is not blank, until it fails.
    pub(super) fn for_each_line(
        &self,
        mut take: impl FnMut(Place, Result<&str, Failure>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(0)).map_err(|error| self.unreadable(error))?;
        let mut reader = BufReader::new(&mut *file);
        let (mut offset, mut bytes) = (0, Vec::new());
        for number in 1.. {
            bytes.clear();
            let whole = read_line(&mut reader, &mut bytes).map_err(|error| self.unreadable(error))?;
            if whole == 0 {
                break;
            }
            let place = Place { number, offset, bytes: bytes.len() };
            offset += whole;
            let line = if whole > MAX_LINE_BYTES { Err(too_long()) } else { self.decoded(&bytes) };
            if !matches!(line, Ok(text) if text.trim().is_empty()) {
                take(place, line)?;
            }
        }
        Ok(())
    }

    /// Reads a line again.
    pub(super) fn line(&self, place: Place) -> Result<String, Failure> {
        let mut bytes = vec![0; place.bytes];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read = file.seek(SeekFrom::Start(place.offset)).and_then(|_| file.read_exact(&mut bytes));
        drop(file);
        read.map_err(|error| self.unreadable(error))?;
        self.decoded(&bytes).map(str::to_owned)
    }

    fn decoded<'a>(&self, bytes: &'a [u8]) -> Result<&'a str, Failure> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| not_utf8(&format!("in {}", self.name), error.valid_up_to()))?;
        // Some editors begin a file with a byte-order mark.
        Ok(text.strip_prefix(MARK).unwrap_or(text))
    }

    fn unreadable(&self, source: io::Error) -> Failure {
        Failure::ReadManifest { path: self.name.clone().into(), source }
    }
}

/// Reads a line into `line`, only the beginning of one that is too long. Returns the length of all of it in bytes.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    let mut whole = Read::take(&mut *reader, MAX_LINE_BYTES + 1).read_until(b'\n', line)? as u64;
    let mut is_complete = whole <= MAX_LINE_BYTES || line.ends_with(b"\n");
    while !is_complete {
        let rest = reader.fill_buf()?;
        let end = rest.iter().position(|byte| *byte == b'\n');
        is_complete = end.is_some() || rest.is_empty();
        let used = end.map_or(rest.len(), |end| end + 1);
        reader.consume(used);
        whole += used as u64;
    }
    Ok(whole)
}

/// All bytes of `input`, in a file without a name.
fn copied(mut input: impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut input, &mut file)?;
    Ok(file)
}

fn too_long() -> Failure {
    Failure::Usage(format!(
        "the line is longer than {MAX_LINE_BYTES} bytes; put its text into a file and name that as `file`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(content: &[u8]) -> Manifest {
        let mut input = content;
        Manifest { name: "m".to_owned(), file: Mutex::new(copied(&mut input).unwrap()) }
    }

    #[test]
    fn lines_are_counted_with_blank_ones_and_can_be_read_again() {
        let manifest = manifest("\u{feff}one\n\n  \r\n\u{e9}\r\n\nlast".as_bytes());
        let (mut seen, mut places) = (Vec::new(), Vec::new());
        let take = |place: Place, line: Result<&str, Failure>| {
            seen.push((place.number, line.unwrap().trim_end().to_owned()));
            places.push(place);
            Ok(())
        };
        manifest.for_each_line(take).unwrap();
        let expected =
            [(1, "one"), (4, "\u{e9}"), (6, "last")].map(|(number, text)| (number, text.to_owned()));
        assert_eq!(seen, expected);
        for (place, (_, text)) in places.iter().zip(&seen).rev() {
            assert_eq!(manifest.line(*place).unwrap().trim_end(), text);
        }
    }

    #[test]
    fn a_line_that_is_no_text_or_too_long_leaves_the_others() {
        let mut content = b"\xff\n".to_vec();
        content.extend(std::iter::repeat_n(b'a', MAX_LINE_BYTES as usize + 70_000));
        content.extend(b"\nok\n");
        let mut seen = Vec::new();
        let take = |place: Place, line: Result<&str, Failure>| {
            seen.push((place.number, line.map(str::to_owned).map_err(|failure| failure.to_string())));
            Ok(())
        };
        manifest(&content).for_each_line(take).unwrap();
        assert!(seen[0].1.as_ref().unwrap_err().contains("not UTF-8"), "{:?}", seen[0]);
        assert!(seen[1].1.as_ref().unwrap_err().contains("longer than"), "{:?}", seen[1]);
        assert_eq!(seen[2], (3, Ok("ok\n".to_owned())));
    }
}
