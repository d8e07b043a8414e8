//! Temporary files of this and other processes, and the removal of abandoned ones.
//!
//! A writer holds a lock on its file, which the system releases when the process ends in any way. On file systems without
//! locks, a file counts as abandoned once it has not been written to for an hour.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File, TryLockError},
    io, mem,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tempfile::{Builder, NamedTempFile};

const PREFIX: &str = ".pocket-tts-";
const SUFFIX: &str = ".part";
/// Without locks, a file that has not been written to for this long is abandoned.
const ABANDONED_AFTER: Duration = Duration::from_hours(1);

/// The unfinished files of this process.
static OURS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// An unfinished file, which is removed when the value is dropped.
#[derive(Debug)]
pub(crate) struct UnfinishedFile {
    // Fields are dropped in order: the file is removed before its entry.
    pub(crate) file: NamedTempFile,
    listed: Listed,
}

/// An entry in the list of this process.
#[derive(Debug)]
struct Listed(PathBuf);

impl UnfinishedFile {
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        loop {
            // The list stays locked, so that `remove_unfinished_files` misses no file that is being created.
            let mut ours = OURS.lock().unwrap_or_else(PoisonError::into_inner);
            let file = create(folder)?;
            let is_ours = match file.as_file().try_lock() {
                // Before it was locked, another process may have removed it as abandoned.
                Ok(()) => file.path().exists(),
                Err(TryLockError::WouldBlock) => false,
                Err(TryLockError::Error(_)) => true,
            };
            if is_ours {
                ours.insert(file.path().to_owned());
                let listed = Listed(file.path().to_owned());
                return Ok(Self { file, listed });
            }
        }
    }

    /// Gives the file the name `target`.
    pub(crate) fn persist(self, target: &Path) -> io::Result<()> {
        let Self { file, listed } = self;
        let outcome = file.persist(target).map(drop).map_err(|refused| refused.error);
        drop(listed);
        outcome
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        OURS.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Removes all unfinished files of this process, for a program that exits at once. A thread that creates or finishes
/// such a file afterwards blocks forever.
#[expect(clippy::mem_forget, reason = "no more files may be created")]
pub fn remove_unfinished_files() {
    mem::forget(remove_listed());
}

fn remove_listed() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    let ours = OURS.lock().unwrap_or_else(PoisonError::into_inner);
    for path in ours.iter() {
        // It may have been renamed meanwhile.
        drop(fs::remove_file(path));
    }
    ours
}

/// The files that killed processes left in a folder.
pub fn abandoned_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let paths = files.map(|entry| entry.path()).filter(|path| is_unfinished(path));
    paths.filter(|path| if_abandoned(path, || ()).is_some()).collect()
}

/// Removes the [`abandoned_files`] of a folder and ignores errors.
pub fn remove_abandoned_files(folder: &Path) {
    for path in abandoned_files(folder) {
        drop(if_abandoned(&path, || fs::remove_file(&path)));
    }
}

fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    name.strip_prefix(PREFIX).is_some_and(|name| name.ends_with(SUFFIX))
}

/// Runs `act` on an abandoned file while holding its lock.
fn if_abandoned<T>(path: &Path, act: impl FnOnce() -> T) -> Option<T> {
    // Some file systems lock only files that are open for writing.
    let file = File::options().write(true).open(path);
    let lock = file.as_ref().map(File::try_lock);
    let is_abandoned = match lock {
        Ok(Ok(())) => true,
        Ok(Err(TryLockError::WouldBlock)) => false,
        Ok(Err(TryLockError::Error(_))) | Err(_) => is_old(path),
    };
    is_abandoned.then(act)
}

fn is_old(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    let age = modified.ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age > ABANDONED_AFTER)
}

/// A temporary file with the default permissions of an ordinary file, as it will become one.
fn create(folder: &Path) -> io::Result<NamedTempFile> {
    let mut code = None;
    let created = Builder::new().prefix(PREFIX).suffix(SUFFIX).make_in(folder, |path| {
        let file = File::options().read(true).write(true).create_new(true).open(path);
        code = file.as_ref().err().and_then(io::Error::raw_os_error);
        file
    });
    // The full text of the error names the temporary file, which users don't know.
    created.map_err(|error| match code.or(error.raw_os_error()) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error.kind().into(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_files_without_a_living_writer_are_abandoned() {
        let folder = tempfile::tempdir().unwrap();
        let living = UnfinishedFile::create(folder.path()).unwrap();
        let left = folder.path().join(".pocket-tts-aBcDeF.part");
        fs::write(&left, "half").unwrap();
        fs::write(folder.path().join("other.part"), "mine").unwrap();
        assert_eq!(abandoned_files(folder.path()), std::slice::from_ref(&left));
        remove_abandoned_files(folder.path());
        assert!(!left.exists() && living.file.path().exists());
        let target = folder.path().join("complete");
        living.persist(&target).unwrap();
        assert!(target.exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        // No other test of this process creates such files.
        let living = UnfinishedFile::create(folder.path()).unwrap();
        drop(remove_listed());
        assert!(!living.file.path().exists() && target.exists());
    }

    #[test]
    fn without_locks_an_old_file_is_abandoned() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".pocket-tts-aBcDeF.part");
        fs::write(&path, "half").unwrap();
        assert!(!is_old(&path));
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - 2 * ABANDONED_AFTER).unwrap();
        assert!(is_old(&path));
    }
}
