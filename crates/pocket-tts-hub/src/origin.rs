//! Where a file in the cache of plain web servers came from, and what its bytes hash to.
//!
//! The name of such a file is the hash of its address, from which nobody could tell what it is.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::digest;
use pocket_tts_files::partial::write_whole;

/// The folder of these notes, in the cache.
pub(super) const ORIGINS: &str = ".origins";

/// Where a file came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// The address, without a query, which may hold secrets.
    pub(super) url: String,
    /// The SHA-256 that it had, in hexadecimal digits.
    pub(super) sha256: String,
}

impl Origin {
    /// The origin of the whole file at `path`.
    pub(super) fn of(url: &str, path: &Path) -> io::Result<Self> {
        let url = url.split(['?', '#']).next().unwrap_or_default().to_owned();
        Ok(Self { url, sha256: digest::sha256(File::open(path)?)? })
    }

    /// Keeps it in `cache` for the file `name`.
    pub(super) fn write(&self, cache: &Path, name: &str) -> io::Result<()> {
        fs::create_dir_all(cache.join(ORIGINS))?;
        write_whole(cache, &cache.join(ORIGINS).join(name), &format!("{}\n{}\n", self.sha256, self.url))
    }

    /// What was kept in `cache` for the file `name`.
    pub(super) fn read(cache: &Path, name: &str) -> Option<Self> {
        let text = fs::read_to_string(cache.join(ORIGINS).join(name)).ok()?;
        let (sha256, url) = text.trim_end().split_once('\n')?;
        Some(Self { url: url.to_owned(), sha256: sha256.to_owned() })
    }
}
