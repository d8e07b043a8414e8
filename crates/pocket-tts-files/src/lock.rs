//! Locks between processes, so that each file is fetched once.
//!
//! They are advisory. If a file system has no locks, or the lock's holder makes no progress, the caller continues without
//! one. The result is complete either way: see [`partial`](crate::partial).

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(50);

/// A lock that is held until it is dropped, or no lock.
#[derive(Debug)]
pub struct Lock(Option<File>);

impl Lock {
    /// No lock.
    pub fn none() -> Self {
        Self(None)
    }

    /// Waits for the lock at `path` as long as `progress`, a measure of its holder's work, changes at least once per
    /// `patience`. `on_wait` is called once if the lock is not free.
    ///
    /// On Unix it is a `flock`, like that of the Python package `filelock`.
    pub fn acquire(
        path: &Path,
        patience: Duration,
        progress: impl Fn() -> u64,
        on_wait: impl FnOnce(),
    ) -> Self {
        let Some(file) = open(path) else { return Self::none() };
        let mut on_wait = Some(on_wait);
        let mut seen = (progress(), Instant::now());
        loop {
            match file.try_lock() {
                Ok(()) => return Self(Some(file)),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(_)) => return Self::none(),
            }
            if let Some(on_wait) = on_wait.take() {
                on_wait();
            }
            thread::sleep(POLL);
            let now = progress();
            if now != seen.0 {
                seen = (now, Instant::now());
            } else if seen.1.elapsed() > patience {
                return Self::none();
            }
        }
    }

    /// Whether a process holds the lock at `path`.
    pub fn is_held(path: &Path) -> bool {
        let file = File::open(path);
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            // Closing the file would not release it if a child process has inherited it.
            drop(file.unlock());
        }
    }
}

/// Opens the file of a lock. It is never removed: otherwise waiting processes, which have it open, and new ones would
/// lock different files.
fn open(path: &Path) -> Option<File> {
    fs::create_dir_all(path.parent()?).ok()?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    // Several users may share a cache.
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o664);
    options.open(path).ok()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::Lock;

    #[test]
    fn a_lock_is_waited_for_while_its_holder_makes_progress() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks/a.lock");
        assert!(!Lock::is_held(&path));
        let held = Lock::acquire(&path, Duration::ZERO, || 0, || panic!("the lock is free"));
        assert!(Lock::is_held(&path));
        let (calls, waits) = (Cell::new(0), Cell::new(0));
        let progress = || {
            calls.set(calls.get() + 1);
            calls.get().min(5)
        };
        let without =
            Lock::acquire(&path, Duration::from_millis(120), progress, || waits.set(waits.get() + 1));
        assert!(without.0.is_none() && calls.get() > 5 && waits.get() == 1, "{calls:?} {waits:?}");
        drop(held);
        assert!(!Lock::is_held(&path));
        assert!(Lock::acquire(&path, Duration::ZERO, || 0, || ()).0.is_some());
    }

    #[test]
    fn without_a_lock_file_the_caller_continues_without_a_lock() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("locks"), "a file").unwrap();
        let lock = Lock::acquire(&folder.path().join("locks/a.lock"), Duration::ZERO, || 0, || ());
        assert!(lock.0.is_none());
    }
}
