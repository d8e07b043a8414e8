//! Digests of what a sound depends on. It must not know settings.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

/// Bytes of a digest that are kept.
const BYTES: usize = 16;

/// The beginning of a SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Digest([u8; BYTES]);

impl Digest {
    /// The digest of a sequence of values. No two sequences have the same one.
    pub(super) fn of(values: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for value in values {
            hash.update((value.len() as u64).to_le_bytes());
            hash.update(value);
        }
        Self::from_hash(hash)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The digest that these hexadecimal digits say.
    pub(super) fn parse(digits: &str) -> Option<Self> {
        if digits.len() != 2 * BYTES || !digits.is_ascii() {
            return None;
        }
        let mut bytes = [0; BYTES];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    fn from_hash(hash: Sha256) -> Self {
        let whole = hash.finalize();
        Self(std::array::from_fn(|index| whole[index]))
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut digits = String::new();
        write!(digits, "{self}")?;
        formatter.debug_tuple("Digest").field(&digits).finish()
    }
}

/// The digests of files that many lines name, such as voices. Each file is read once.
#[derive(Debug, Default)]
pub(super) struct FileDigests(Mutex<HashMap<PathBuf, Digest>>);

impl FileDigests {
    /// The digest of a file's content; of its path, if it is no regular file.
    pub(super) fn of(&self, path: &Path) -> io::Result<Digest> {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Ok(*known);
        }
        let digest = if path.metadata()?.is_file() {
            let mut hash = Sha256::new();
            io::copy(&mut File::open(path)?, &mut hash)?;
            Digest::from_hash(hash)
        } else {
            Digest::of(&[path.as_os_str().as_encoded_bytes()])
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), digest);
        Ok(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_sequences_have_different_digests_which_can_be_written() {
        let digests =
            [Digest::of(&[b"ab"]), Digest::of(&[b"a", b"b"]), Digest::of(&[b"ab", b""]), Digest::of(&[])];
        for (index, digest) in digests.iter().enumerate() {
            assert!(!digests[..index].contains(digest), "{digest}");
            assert_eq!(Digest::parse(&digest.to_string()), Some(*digest));
        }
        for wrong in ["", "12", &"g".repeat(32), &"\u{e9}".repeat(16)] {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_is_known_by_its_content_and_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        std::fs::write(&one, "same").unwrap();
        std::fs::write(&other, "same").unwrap();
        let digests = FileDigests::default();
        let first = digests.of(&one).unwrap();
        assert_eq!(digests.of(&other).unwrap(), first);
        std::fs::write(&one, "changed").unwrap();
        assert_eq!(digests.of(&one).unwrap(), first);
        assert_ne!(FileDigests::default().of(&one).unwrap(), first);
        assert!(digests.of(&folder.path().join("missing")).is_err());
    }
}
