//! Files as memory.
#![expect(unsafe_code, reason = "memory mapping; each block argues its safety")]

use std::{
    fs::File,
    io,
    ops::{Deref, Range},
    path::Path,
    sync::Arc,
};

use memmap2::Mmap;

/// A file's bytes, read from disk as they are touched and shared with other processes.
#[derive(Debug, Clone)]
pub struct MappedFile(Arc<Mmap>);

impl MappedFile {
    /// Maps the file at `path`.
    ///
    /// A mapped file must not be shortened while it is in use: the system would end the process
    /// that touches the missing part. Replace such files by renaming, as every download tool does.
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
        // SAFETY: nobody writes through the mapping. It is shared with the file, so that what others write to the file
        // in place may appear in it; that nobody does so while the file is loaded is the documented condition of use.
        // Little rests on it: headers are copied before they are checked, and of the rest every bit pattern is a number
        // of the types that are read, so that changed bytes are wrong numbers.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Self(Arc::new(map)))
    }

    /// Has the system bring all of it into memory now, in large pages if it can.
    pub fn populate(&self) {
        #[cfg(target_os = "linux")]
        for advice in [memmap2::Advice::HugePage, memmap2::Advice::PopulateRead] {
            // Hints: without them the pages come one by one, as they are touched.
            drop(self.0.advise(advice));
        }
    }

    /// Gives the memory that holds `range` back to the system; who reads it again reads the file again. Whether the
    /// file has such a range; of what lies outside it nothing is given back.
    pub(crate) fn release(&self, range: Range<usize>) -> bool {
        let Some(part) = self.get(range.clone()) else { return false };
        #[cfg(unix)]
        if !part.is_empty() {
            // SAFETY: the range lies inside the mapping, and so do the whole pages around it. Nobody writes through the
            // mapping, so that they come back from the file with the bytes they had, on the same condition of use as
            // in `open`.
            let released = unsafe {
                self.0.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, range.start, part.len())
            };
            // Where the system refuses, the pages only stay longer.
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

// Miri maps no files.
#[cfg(test)]
#[cfg(not(miri))]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_in_the_file_is_given_back_and_is_read_again() {
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
