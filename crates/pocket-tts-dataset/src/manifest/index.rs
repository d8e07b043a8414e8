//! Where the lines of a manifest begin, and the file that keeps it.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use pocket_tts_files::AtomicFile;

/// The offsets of all lines, and behind them the length of the manifest.
#[derive(Debug)]
pub(super) struct LineIndex(Vec<u64>);

impl LineIndex {
    /// The index of a manifest: the one beside it, or a new one, which is then written beside it.
    pub(super) fn of(path: &Path, file: &mut File) -> io::Result<Self> {
        let beside = index_path(path);
        if let Some(index) = Self::kept(&beside, file) {
            return Ok(index);
        }
        let index = Self::made(file)?;
        // Without a place for it, the next run makes it anew.
        if file.metadata()?.is_file() {
            drop(index.keep(&beside));
        }
        Ok(index)
    }

    /// The number of lines.
    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64 - 1
    }

    /// The bytes of a line.
    pub(super) fn place(&self, line: u64) -> Option<Range<u64>> {
        let line = usize::try_from(line).ok()?;
        Some(*self.0.get(line)?..*self.0.get(line + 1)?)
    }

    fn kept(beside: &Path, manifest: &File) -> Option<Self> {
        let (of_index, of_manifest) = (fs::metadata(beside).ok()?, manifest.metadata().ok()?);
        if of_index.modified().ok()? < of_manifest.modified().ok()? {
            return None;
        }
        let bytes = fs::read(beside).ok()?;
        let (offsets, rest) = bytes.as_chunks();
        let offsets: Vec<u64> = offsets.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let is_whole = rest.is_empty()
            && offsets.first() == Some(&0)
            && offsets.last() == Some(&of_manifest.len())
            && offsets.is_sorted();
        is_whole.then_some(Self(offsets))
    }

    fn made(file: &mut File) -> io::Result<Self> {
        let mut offsets = vec![0];
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut offset = 0;
        loop {
            let skipped = skip_line(&mut reader)?;
            if skipped == 0 {
                return Ok(Self(offsets));
            }
            offset += skipped;
            offsets.push(offset);
        }
    }

    fn keep(&self, beside: &Path) -> io::Result<()> {
        let mut file = AtomicFile::create(beside).map_err(io::Error::other)?;
        let mut buffer = io::BufWriter::new(&mut file);
        for offset in &self.0 {
            buffer.write_all(&offset.to_le_bytes())?;
        }
        buffer.flush()?;
        drop(buffer);
        file.commit().map_err(io::Error::other)
    }
}

/// The file beside a manifest.
fn index_path(manifest: &Path) -> PathBuf {
    let mut name = manifest.as_os_str().to_owned();
    name.push(".idx");
    name.into()
}

/// The bytes of the next line, with its end; 0 at the end of the file.
fn skip_line(reader: &mut BufReader<impl Read>) -> io::Result<u64> {
    reader.skip_until(b'\n').map(|bytes| bytes as u64)
}
