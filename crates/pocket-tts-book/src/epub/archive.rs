//! The files of an EPUB, unpacked one at a time and within bounds. Nothing is written to disk.

use std::collections::HashMap;
use std::io::{self, Read, Seek};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::decode;
use crate::error::BookError;
use crate::limits::{MAX_FILES, MAX_PART_BYTES};

/// An open archive.
pub(super) struct Archive<R> {
    zip: ZipArchive<R>,
    /// The numbers of the files by their names in lower case, for books that mix cases.
    by_lower_case: HashMap<String, usize>,
}

impl<R: Read + Seek> Archive<R> {
    pub(super) fn open(source: R) -> Result<Self, BookError> {
        let zip = ZipArchive::new(source).map_err(|error| failure(error, "the archive"))?;
        if zip.len() > MAX_FILES {
            return Err(damaged(format!("it holds {} files, which are more than {MAX_FILES}", zip.len())));
        }
        let by_lower_case = (0..zip.len())
            .filter_map(|index| Some((zip.name_for_index(index)?.ok()?.to_lowercase(), index)))
            .collect();
        Ok(Self { zip, by_lower_case })
    }

    /// The bytes of a file; `None` if there is none of this path.
    pub(super) fn bytes(&mut self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, BookError> {
        let index =
            self.zip.index_for_name(path).or_else(|| self.by_lower_case.get(&path.to_lowercase()).copied());
        let Some(index) = index else { return Ok(None) };
        let file = self.zip.by_index(index).map_err(|error| failure(error, path))?;
        // The declared size may be wrong, so it is neither trusted nor reserved.
        let mut bytes = Vec::new();
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| damaged(format!("{}: {error}", shown(path))))?;
        if bytes.len() as u64 > limit {
            return Err(BookError::TooLarge { what: shown(path), limit_bytes: limit });
        }
        Ok(Some(bytes))
    }

    /// The text of a page or of an XML file.
    pub(super) fn text(&mut self, path: &str) -> Result<Option<String>, BookError> {
        let Some(bytes) = self.bytes(path, MAX_PART_BYTES)? else { return Ok(None) };
        decode::page(bytes, &shown(path)).map(Some)
    }
}

/// A path for messages.
pub(super) fn shown(path: &str) -> String {
    path.chars().filter(|character| !character.is_control()).take(100).collect()
}

pub(super) fn damaged(problem: String) -> BookError {
    BookError::Damaged { problem }
}

fn failure(error: ZipError, path: &str) -> BookError {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => BookError::Io(error),
        ZipError::UnsupportedArchive(problem) if problem == ZipError::PASSWORD_REQUIRED => {
            BookError::Encrypted
        }
        other => damaged(format!("{}: {other}", shown(path))),
    }
}
