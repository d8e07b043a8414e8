//! A file that appears complete or not at all, and whose start is written last. Knows no format.

use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use pocket_tts_files::AtomicFile;

use super::error::{AudiobookError, save_error};

/// Encoders return less than a kilobyte at a time.
const BUFFER_BYTES: usize = 64 << 10;

/// A file being written.
#[derive(Debug)]
pub(super) struct Output {
    path: PathBuf,
    file: BufWriter<AtomicFile>,
    written: u64,
}

impl Output {
    pub(super) fn create(path: &Path) -> Result<Self, AudiobookError> {
        let file = AtomicFile::create(path)?;
        if !file.is_seekable() {
            return Err(AudiobookError::NotSeekable { path: path.to_owned() });
        }
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        Ok(Self { path: path.to_owned(), file, written: 0 })
    }

    /// The number of bytes so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), AudiobookError> {
        self.file.write_all(bytes).map_err(|reason| save_error(&self.path, reason))?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Overwrites bytes from position `at` on, and gives the file its name.
    pub(super) fn finish(mut self, at: u64, bytes: &[u8]) -> Result<(), AudiobookError> {
        let failed = |reason| save_error(&self.path, reason);
        self.file.seek(SeekFrom::Start(at)).map_err(failed)?;
        self.file.write_all(bytes).map_err(failed)?;
        let file = self.file.into_inner().map_err(|error| failed(error.into_error()))?;
        Ok(file.commit()?)
    }
}
