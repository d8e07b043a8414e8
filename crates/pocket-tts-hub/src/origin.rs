//! The URL and the checksum of a cached file from a plain web server.
//!
//! The name of such a file is the hash of its URL, so the URL itself is recorded here.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::digest;
use pocket_tts_files::partial::write_atomically;

/// The folder of these records, in the cache.
pub(super) const ORIGINS: &str = ".origins";

/// Where a file came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// The URL without its query, which may contain secrets.
    pub(super) url: String,
    /// The SHA-256 of the fetched file, in hexadecimal digits.
    pub(super) sha256: String,
}

impl Origin {
    /// The origin of the complete file at `path`.
    pub(super) fn of(url: &str, path: &Path) -> io::Result<Self> {
        let url = url.split(['?', '#']).next().unwrap_or_default().to_owned();
        Ok(Self { url, sha256: digest::sha256(File::open(path)?)? })
    }

    /// Writes the record of the file `name` in `cache`.
    pub(super) fn write(&self, cache: &Path, name: &str) -> io::Result<()> {
        fs::create_dir_all(cache.join(ORIGINS))?;
        write_atomically(cache, &cache.join(ORIGINS).join(name), &format!("{}\n{}\n", self.sha256, self.url))
    }

    /// Reads the record of the file `name` in `cache`.
    pub(super) fn read(cache: &Path, name: &str) -> Option<Self> {
        let text = fs::read_to_string(cache.join(ORIGINS).join(name)).ok()?;
        let (sha256, url) = text.trim_end().split_once('\n')?;
        Some(Self { url: url.to_owned(), sha256: sha256.to_owned() })
    }
}
