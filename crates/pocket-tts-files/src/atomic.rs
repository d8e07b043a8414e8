//! Files that are written completely or not at all.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf, is_separator};

use thiserror::Error;

use crate::unfinished::UnfinishedFile;

/// Why a file cannot be saved.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The folder of the file does not exist.
    #[error(
        "cannot write {}: the folder {} does not exist; create it first or choose another",
        .path.display(),
        .folder.display()
    )]
    NoFolder {
        /// The file to be saved.
        path: PathBuf,
        /// The missing folder.
        folder: PathBuf,
    },
    /// The path names a folder.
    #[error("cannot write {}: it is a folder; give the name of a file", .path.display())]
    IsFolder {
        /// The given path.
        path: PathBuf,
    },
    /// The file exists and is read-only.
    #[error(
        "cannot write {}: the file exists and is read-only; remove it or choose another name",
        .path.display()
    )]
    ReadOnly {
        /// The file to be saved.
        path: PathBuf,
    },
    /// The operating system reported an error.
    #[error(
        "cannot write {}: {reason}; check the permissions and the free space, or choose another folder",
        .path.display()
    )]
    Io {
        /// The file to be saved.
        path: PathBuf,
        /// The operating system's error.
        reason: io::Error,
    },
}

/// A file that appears under its name, complete, on [`commit`](Self::commit), and not at all without it.
///
/// The bytes go to a temporary file in the same folder, which is renamed to the target on commit and removed when the
/// value is dropped. The file has the permissions of the one it replaces, or else the default ones. A symbolic link is
/// followed. A target that isn't a regular file (a device, a named pipe) is written directly.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    output: Output,
}

#[derive(Debug)]
enum Output {
    Temporary { unfinished: UnfinishedFile, target: PathBuf },
    Direct(File),
}

impl AtomicFile {
    /// Starts to write `path`.
    ///
    /// # Errors
    /// [`SaveError`] if the path can't be written; nothing has been changed then.
    pub fn create(path: &Path) -> Result<Self, SaveError> {
        let failed = |reason| SaveError::Io { path: path.to_owned(), reason };
        let existing = match fs::metadata(path) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let Some(existing) = existing else {
            return Ok(Self { path: path.to_owned(), output: temporary_for(path, &followed(path))? });
        };
        if existing.is_dir() {
            return Err(SaveError::IsFolder { path: path.to_owned() });
        }
        if !existing.is_file() {
            let file = File::options().write(true).open(path).map_err(failed)?;
            return Ok(Self { path: path.to_owned(), output: Output::Direct(file) });
        }
        if existing.permissions().readonly() {
            return Err(SaveError::ReadOnly { path: path.to_owned() });
        }
        let target = path.canonicalize().map_err(failed)?;
        let output = temporary_for(path, &target)?;
        if let Output::Temporary { unfinished, .. } = &output {
            unfinished.file.as_file().set_permissions(existing.permissions()).map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), output })
    }

    /// Whether the file can seek, for a header that is patched at the end; pipes and devices can't.
    pub fn is_seekable(&self) -> bool {
        matches!(self.output, Output::Temporary { .. })
    }

    /// Restricts reading and writing to this user, on systems where files have owners. Returns the new metadata.
    ///
    /// # Errors
    /// The system's error.
    pub fn make_private(&self) -> io::Result<fs::Metadata> {
        let file = match &self.output {
            Output::Temporary { unfinished, .. } => unfinished.file.as_file(),
            Output::Direct(file) => file,
        };
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        file.metadata()
    }

    /// Flushes the file to the disk and gives it its name.
    ///
    /// # Errors
    /// [`SaveError::Io`]; the target is unchanged then, unless it was written directly.
    pub fn commit(self) -> Result<(), SaveError> {
        let result = match self.output {
            // Without the sync, a crash soon afterwards could leave an empty file under the new name.
            Output::Temporary { unfinished, target } => {
                unfinished.file.as_file().sync_all().and_then(|()| unfinished.persist(&target))
            }
            Output::Direct(mut file) => file.flush(),
        };
        result.map_err(|reason| SaveError::Io { path: self.path, reason })
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.output {
            Output::Temporary { unfinished, .. } => unfinished.file.as_file_mut().write(bytes),
            Output::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.output {
            Output::Temporary { unfinished, .. } => unfinished.file.as_file_mut().flush(),
            Output::Direct(file) => file.flush(),
        }
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        match &mut self.output {
            Output::Temporary { unfinished, .. } => unfinished.file.as_file_mut().seek(position),
            Output::Direct(file) => file.seek(position),
        }
    }
}

/// The target of `path`, if it is a symbolic link to a file that doesn't exist yet.
fn followed(path: &Path) -> PathBuf {
    let mut target = path.to_owned();
    // A cycle of links is not reported as a missing file, so this loop ends.
    while let Ok(next) = fs::read_link(&target) {
        target = target.parent().unwrap_or(Path::new("")).join(next);
    }
    target
}

/// A temporary file in the folder of `target`, as a rename works within one file system only. `path` is for messages.
fn temporary_for(path: &Path, target: &Path) -> Result<Output, SaveError> {
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // A trailing separator denotes a folder; the rename would fail only at commit.
    if target.to_string_lossy().ends_with(is_separator) {
        return Err(SaveError::NoFolder { path: path.to_owned(), folder: target.to_owned() });
    }
    match UnfinishedFile::create(folder) {
        Ok(unfinished) => Ok(Output::Temporary { unfinished, target: target.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.exists() => {
            Err(SaveError::NoFolder { path: path.to_owned(), folder: folder.to_owned() })
        }
        Err(reason) => Err(SaveError::Io { path: path.to_owned(), reason }),
    }
}
