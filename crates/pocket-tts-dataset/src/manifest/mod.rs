//! Manifests: a recording in each line, as JSON. Knows lines, not sounds.

mod entry;
mod index;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub use entry::{ManifestEntry, Word};
use index::LineIndex;

use crate::error::DatasetError;

/// The longest line, in bytes.
const MAX_LINE_BYTES: u64 = 64 << 20;

/// The lines of a manifest, which stay in the file: only their places are in memory, 8 bytes each.
///
/// The places are kept beside the manifest in a file with the further extension `idx`: the offsets of all lines and the
/// length of the manifest, as 64-bit integers. It is written if it is missing, older than the manifest or of another
/// length, and if the folder can be written.
#[derive(Debug)]
pub struct Manifest {
    path: PathBuf,
    folder: PathBuf,
    index: LineIndex,
    file: Mutex<File>,
}

impl Manifest {
    /// Opens a manifest, and writes its index if there is none.
    ///
    /// # Errors
    /// [`DatasetError::Read`].
    pub fn open(path: &Path) -> Result<Self, DatasetError> {
        let mut file = File::open(path).map_err(DatasetError::read(path))?;
        let index = LineIndex::of(path, &mut file).map_err(DatasetError::read(path))?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { path: path.to_owned(), folder, index, file: Mutex::new(file) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's name without its extension, which the names of its latents begin with.
    pub fn stem(&self) -> String {
        self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The number of lines.
    pub fn len(&self) -> u64 {
        self.index.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A line, counted from 0, without its end.
    ///
    /// # Errors
    /// [`DatasetError::Read`], and [`DatasetError::Line`] if there is none, or it is too long or not UTF-8.
    pub fn line(&self, index: u64) -> Result<String, DatasetError> {
        let place = self.index.place(index).ok_or_else(|| self.wrong(index, "there is no such line"))?;
        let length = place.end - place.start;
        if length > MAX_LINE_BYTES {
            return Err(self.wrong(index, "it is longer than 64 MiB; break it into several"));
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place.start))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(DatasetError::read(&self.path))?;
        drop(file);
        let end = bytes.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |last| last + 1);
        bytes.truncate(end);
        String::from_utf8(bytes).map_err(|_| self.wrong(index, "it is not UTF-8; convert it"))
    }

    /// What a line says. A relative path is taken from the working folder, as the Python tools do, or else, if no file
    /// is there, from the folder of the manifest.
    ///
    /// # Errors
    /// As [`line`](Self::line), and [`DatasetError::Line`] if it is no entry.
    pub fn entry(&self, index: u64) -> Result<ManifestEntry, DatasetError> {
        let mut entry = self.entry_as_written(index)?;
        if entry.path.is_relative() {
            let beside = self.folder.join(&entry.path);
            if !entry.path.exists() && beside.exists() {
                entry.path = beside;
            }
        }
        Ok(entry)
    }

    /// What a line says, with its path as it is there: nothing but the manifest is looked at.
    ///
    /// # Errors
    /// As [`entry`](Self::entry).
    pub fn entry_as_written(&self, index: u64) -> Result<ManifestEntry, DatasetError> {
        entry::parse(&self.line(index)?).map_err(|problem| self.wrong(index, problem))
    }

    fn wrong(&self, index: u64, problem: impl Into<String>) -> DatasetError {
        DatasetError::Line { path: self.path.clone(), line: index + 1, problem: problem.into() }
    }
}
