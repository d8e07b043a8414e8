//! Files as memory.

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
        // SAFETY: the mapping is private and never written through. That nobody else shortens or
        // rewrites a model file in place while it is loaded is the documented condition of use; every bit
        // pattern is a number of the types that are read from it, so changed bytes are only wrong numbers.
        let map = unsafe { Mmap::map(&file) }?;
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

    /// Gives the memory that holds `range` back to the system; who reads it again reads the file again.
    pub fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        {
            // SAFETY: nobody writes through the mapping, so its pages come back from the file with the
            // bytes they had, on the same condition of use as in `open`.
            let released = unsafe {
                self.0.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, range.start, range.len())
            };
            // Where the system refuses, the pages only stay longer.
            drop(released);
        }
        #[cfg(not(unix))]
        let _ = range;
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
