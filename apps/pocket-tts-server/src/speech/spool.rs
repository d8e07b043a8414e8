//! Audio that is generated faster than its reader takes it: a temporary file for each stream, within a common limit.
//!
//! It must not know what the bytes are or who reads them.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// The disk space of all spools.
#[derive(Debug)]
pub(crate) struct SpoolSpace {
    limit_bytes: u64,
    used_bytes: AtomicU64,
    /// Whether a failure has been logged.
    has_warned: AtomicBool,
}

/// A first-in, first-out queue of byte strings in an unnamed temporary file, which the operating system removes with the
/// process. Its space is reused once it is empty.
#[derive(Debug)]
pub(crate) struct Spool {
    space: Arc<SpoolSpace>,
    file: Option<File>,
    read_at: u64,
    end: u64,
    /// The part of the common space that it uses.
    reserved: u64,
}

impl SpoolSpace {
    pub(crate) fn new(limit_bytes: u64) -> Arc<Self> {
        Arc::new(Self { limit_bytes, used_bytes: AtomicU64::new(0), has_warned: AtomicBool::new(false) })
    }

    /// Bytes that all spools hold now.
    pub(crate) fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    fn reserve(&self, bytes: u64) -> bool {
        let taken = self.used_bytes.fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
            used.checked_add(bytes).filter(|sum| *sum <= self.limit_bytes)
        });
        taken.is_ok()
    }

    fn release(&self, bytes: u64) {
        self.used_bytes.fetch_sub(bytes, Ordering::AcqRel);
    }

    fn warn_once(&self, error: &io::Error) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(%error, "cannot write temporary files; speech waits for slow readers");
        }
    }
}

impl Spool {
    pub(crate) fn new(space: Arc<SpoolSpace>) -> Self {
        Self { space, file: None, read_at: 0, end: 0, reserved: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.read_at == self.end
    }

    /// Appends a byte string. Returns `false` and appends nothing if there is no space for it.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> bool {
        let growth = (self.end + bytes.len() as u64).saturating_sub(self.reserved);
        if !self.space.reserve(growth) {
            return false;
        }
        self.reserved += growth;
        let written = self.write(bytes);
        if let Err(error) = &written {
            self.space.warn_once(error);
            self.shrink();
        }
        written.is_ok()
    }

    /// The next `length` bytes, which must have been appended.
    ///
    /// # Errors
    ///
    /// If the disk fails. The bytes are lost.
    pub(crate) fn pop(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        if length > 0 {
            let file = self.file.as_mut().ok_or(io::ErrorKind::UnexpectedEof)?;
            file.seek(SeekFrom::Start(self.read_at))?;
            file.read_exact(&mut bytes)?;
            self.read_at += length as u64;
        }
        if self.is_empty() {
            (self.read_at, self.end) = (0, 0);
            // This only frees space early: later writes overwrite the rest.
            let emptied = self.file.as_ref().map_or(Ok(()), |file| file.set_len(0));
            if emptied.is_ok() {
                self.shrink();
            }
        }
        Ok(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(bytes)?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Releases the space beyond the end.
    fn shrink(&mut self) {
        self.space.release(self.reserved - self.end);
        self.reserved = self.end;
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.space.release(self.reserved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_in_order_and_their_space_is_released() {
        let space = SpoolSpace::new(10);
        let mut spool = Spool::new(Arc::clone(&space));
        assert!(spool.is_empty());
        assert!(spool.push(b"abc") && spool.push(b"defg"));
        assert_eq!(spool.pop(3).unwrap(), b"abc");
        assert!(spool.push(b"hij"));
        assert!(!spool.push(b"k"), "the file has ten bytes, of which three were read");
        assert_eq!((spool.pop(4).unwrap(), spool.pop(3).unwrap()), (b"defg".to_vec(), b"hij".to_vec()));
        assert!(spool.is_empty());
        assert_eq!(space.used_bytes(), 0);
        assert!(spool.push(b"0123456789"));
        assert_eq!(spool.pop(10).unwrap(), b"0123456789");
    }

    #[test]
    fn spools_share_one_limit() {
        let space = SpoolSpace::new(10);
        let (mut one, mut other) = (Spool::new(Arc::clone(&space)), Spool::new(Arc::clone(&space)));
        assert!(one.push(b"abcdef") && !other.push(b"ghijk") && other.push(b"ghij"));
        drop(one);
        assert!(other.push(b"klmnop"));
        assert_eq!(space.used_bytes(), 10);
        drop(other);
        assert_eq!(space.used_bytes(), 0);
    }

    #[test]
    fn more_than_was_appended_cannot_be_read() {
        let mut spool = Spool::new(SpoolSpace::new(10));
        assert!(spool.pop(1).is_err());
        assert!(spool.push(b"a"));
        assert!(spool.pop(2).is_err());
    }
}
