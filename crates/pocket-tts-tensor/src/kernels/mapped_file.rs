//! Files as memory.

use std::{
    fs::File,
    io,
    ops::{Deref, Range},
    path::Path,
    sync::Arc,
};

use memmap2::{Mmap, MmapMut};

/// A file's bytes: mapped, that is read from disk as they are touched and shared with other processes, or copied
/// into pages of their own. Clones share them.
#[derive(Debug, Clone)]
pub struct MappedFile {
    pages: Arc<Mmap>,
    is_copy: bool,
}

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
        Ok(Self { pages: Arc::new(map), is_copy: false })
    }

    /// Pages that hold a copy of a file.
    pub(crate) fn copied(pages: MmapMut) -> io::Result<Self> {
        Ok(Self { pages: Arc::new(pages.make_read_only()?), is_copy: true })
    }

    /// Gives the memory that holds `range` back to the system; who reads it again reads the file again. A copy
    /// stays.
    pub fn release(&self, range: Range<usize>) {
        if self.is_copy {
            return;
        }
        #[cfg(unix)]
        {
            // SAFETY: this is no copy but a mapping, which nobody writes through, so its pages come back from the
            // file with the bytes they had, on the same condition of use as in `open`.
            let released = unsafe {
                self.pages.unchecked_advise_range(
                    memmap2::UncheckedAdvice::DontNeed,
                    range.start,
                    range.len(),
                )
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
        &self.pages
    }
}
