//! Memory-mapped files.
#![expect(unsafe_code, reason = "memory mapping; each block argues its safety")]

use std::{
    fs::File,
    io,
    ops::{Deref, Range},
    path::Path,
    sync::Arc,
};

use memmap2::Mmap;

#[cfg(target_os = "linux")]
use crate::exec::parallel::join;

/// The bytes of a file, read from disk on first access and shared with other processes.
#[derive(Debug, Clone)]
pub struct MappedFile(Arc<Mmap>);

impl MappedFile {
    /// Maps the file at `path`.
    ///
    /// A mapped file must not be truncated while it is in use: the system ends a process that reads the missing part.
    /// Replace such files by renaming, as download tools do.
    ///
    /// # Errors
    ///
    /// The system's, if the file can't be opened or mapped.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        Self::of(&file)
    }

    /// Maps an open file, as [`open`](Self::open) does.
    ///
    /// # Errors
    ///
    /// The system's, if the file can't be mapped.
    pub fn of(file: &File) -> io::Result<Self> {
        // SAFETY: no code writes through the mapping. Writes of other processes to the file may appear in it; that
        // the file isn't written in place while it is loaded is the documented condition of use. A violation changes
        // numbers only: headers are copied before they are checked, and every bit pattern of the rest is a number of
        // the types that are read.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Self(Arc::new(map)))
    }

    /// Requests that the system read the whole file into memory, in huge pages if possible.
    pub fn populate(&self) {
        // Hints: without them each page is read on its first access.
        #[cfg(target_os = "linux")]
        {
            use memmap2::Advice;

            drop(self.0.advise(Advice::HugePage));
            let half = self.0.len() / 2;
            join(
                || drop(self.0.advise_range(Advice::PopulateRead, 0, half)),
                || drop(self.0.advise_range(Advice::PopulateRead, half, self.0.len() - half)),
            );
        }
    }

    /// Releases the memory of `range`, which is read from the file again on its next access. Returns false, and
    /// releases nothing, if the file has no such range.
    pub(crate) fn release(&self, range: Range<usize>) -> bool {
        let Some(part) = self.get(range.clone()) else { return false };
        #[cfg(unix)]
        if !part.is_empty() {
            // SAFETY: the range lies inside the mapping, and so do the whole pages around it. No code writes through
            // the mapping, so the pages come back from the file with the same bytes, on the condition of use of
            // `open`.
            let released = unsafe {
                self.0.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, range.start, part.len())
            };
            // If the system refuses, the pages only stay longer.
            drop(released);
        }
        #[cfg(not(unix))]
        let _ = part;
        true
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

// Miri doesn't support mapped files.
#[cfg(test)]
#[cfg(not(miri))]
mod tests {
    use super::*;

    #[test]
    fn a_released_range_is_read_again_and_must_lie_in_the_file() {
        let content: Vec<u8> = (0..10_000).map(|at| (at % 251) as u8).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &content).unwrap();
        let map = MappedFile::open(file.path()).unwrap();
        let len = content.len();
        for range in [0..len, 5_000..5_001, len..len, 0..0] {
            assert!(map.release(range.clone()), "{range:?}");
            assert!(*map == content, "after {range:?}");
        }
        for range in [len..2 * len, len - 1..len + 1, 0..len + 1, len + 1..len + 1, 1..usize::MAX] {
            assert!(!map.release(range.clone()), "{range:?}");
        }
    }
}
