//! Partial downloads, under names that mark them as incomplete.
//!
//! Each transfer writes its own file, `STEM.pocket-tts-RANDOM.incomplete`, and renames it when it is complete. So no result
//! depends on locks: two transfers never write to the same file. A new transfer copies the bytes that a killed one left.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// The suffix of partial files, Python's included.
pub const INCOMPLETE: &str = ".incomplete";
/// The infix between the stem and the random part of our partial files. Python's are ignored, as they may have holes.
const OUR_INFIX: &str = ".pocket-tts-";
const RANDOM_CHARACTERS: usize = 8;
/// How often a complete file is restored that another process removed before its rename.
const MAX_RESCUES: usize = 5;

/// An incomplete file. It is removed when it is dropped, unless it is kept or installed.
#[derive(Debug)]
pub struct PartialFile {
    file: NamedTempFile<File>,
    folder: PathBuf,
    stem: String,
    bytes: u64,
}

impl PartialFile {
    /// A new file in `folder`, with the bytes that an earlier transfer left there under `stem`, if any.
    ///
    /// # Errors
    /// If no file can be created.
    pub fn start(folder: &Path, stem: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut longest = (0, None);
        for path in leftovers(folder, stem) {
            let bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
            if bytes > longest.0 {
                longest = (bytes, Some(path));
            }
        }
        let file = create(folder, stem)?;
        let mut partial = Self { file, folder: folder.to_path_buf(), stem: stem.to_owned(), bytes: 0 };
        if let (_, Some(path)) = longest {
            partial.take_over(&path);
        }
        Ok(partial)
    }

    /// The number of bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The file itself, which stays open even if another process removes its name.
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// The system's error.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.as_file_mut().write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Removes all bytes.
    ///
    /// # Errors
    /// The system's error.
    pub fn restart(&mut self) -> io::Result<()> {
        let file = self.file.as_file_mut();
        file.set_len(0)?;
        file.rewind()?;
        self.bytes = 0;
        Ok(())
    }

    /// Keeps the bytes for a later transfer.
    pub fn keep(self) {
        if self.bytes > 0 {
            // On an error the file is removed, and a later transfer starts again.
            drop(self.file.keep());
        }
    }

    /// Flushes the file to the disk and gives it its final name. Leftovers of earlier transfers are removed.
    ///
    /// # Errors
    /// The system's error; also if other programs keep removing the file.
    pub fn install(self, target: &Path) -> io::Result<()> {
        let Self { mut file, folder, stem, bytes } = self;
        // Without this, a power cut could leave the final name on a file whose bytes never reached the disk.
        file.as_file().sync_all()?;
        for _ in 0..MAX_RESCUES {
            match file.persist(target) {
                Ok(_) => {
                    remove(&leftovers(&folder, &stem));
                    return Ok(());
                }
                // Without locks, another transfer may take over this file. If it has finished, the same bytes are
                // in place.
                Err(lost) if lost.error.kind() == io::ErrorKind::NotFound => {
                    if fs::metadata(target).is_ok_and(|metadata| metadata.len() == bytes) {
                        return Ok(());
                    }
                    let mut rescued = create(&folder, &stem)?;
                    let mut complete = lost.file.into_file();
                    complete.rewind()?;
                    io::copy(&mut complete, rescued.as_file_mut())?;
                    rescued.as_file().sync_all()?;
                    file = rescued;
                }
                Err(failed) => return Err(failed.error),
            }
        }
        Err(io::Error::new(io::ErrorKind::NotFound, "other programs keep removing the file"))
    }

    /// Copies the file at `path` and removes it. A process that still writes to it, which is possible without locks,
    /// detects that in `install`.
    fn take_over(&mut self, path: &Path) {
        let copied = File::open(path).and_then(|leftover| {
            // Only the current bytes, as another process may still write.
            let bytes = leftover.metadata()?.len();
            io::copy(&mut leftover.take(bytes), self.file.as_file_mut())
        });
        match copied {
            Ok(bytes) => self.bytes = bytes,
            // The transfer starts with an empty file.
            Err(_) => drop(self.restart()),
        }
        drop(fs::remove_file(path));
    }
}

/// Our partial files for `stem` in `folder`.
pub fn leftovers(folder: &Path, stem: &str) -> Vec<PathBuf> {
    let prefix = format!("{stem}{OUR_INFIX}");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let ours = names.filter(|name| name.starts_with(&prefix) && name.ends_with(INCOMPLETE));
    ours.map(|name| folder.join(name)).collect()
}

/// Our partial files for any version of the file `name` in `folder`.
pub fn leftovers_of_any_version(folder: &Path, name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let ours = names.filter(|found| {
        found.ends_with(INCOMPLETE)
            && stem_of(found).and_then(|stem| stem.rsplit_once('.')).is_some_and(|(stem, _)| stem == name)
    });
    ours.map(|name| folder.join(name)).collect()
}

/// Removes files and ignores errors, as they may already be removed.
pub fn remove(files: &[PathBuf]) {
    for path in files {
        drop(fs::remove_file(path));
    }
}

/// The stem in the name of one of our partial files.
pub fn stem_of(name: &str) -> Option<&str> {
    name.rsplit_once(OUR_INFIX).map(|(stem, _)| stem)
}

/// The total size of all partial files for `stem`, Python's included.
pub fn unfinished_bytes(folder: &Path, stem: &str) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let unfinished = entries.filter(|entry| {
        let name = entry.file_name();
        name.to_str().is_some_and(|name| name.starts_with(stem) && name.ends_with(INCOMPLETE))
    });
    unfinished.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// Writes a small file completely or not at all. `folder` must be on the file system of `target`.
///
/// # Errors
/// The system's error.
pub fn write_atomically(folder: &Path, target: &Path, text: &str) -> io::Result<()> {
    let mut file = create(folder, "text")?;
    file.as_file_mut().write_all(text.as_bytes())?;
    file.persist(target)?;
    Ok(())
}

/// Creates a symbolic link, replacing an existing file atomically. `folder` must be on the file system of `link`.
///
/// # Errors
/// The system's error.
#[cfg(unix)]
pub fn link_atomically(folder: &Path, target: &Path, link: &Path) -> io::Result<()> {
    let created = named("link").make_in(folder, |path| std::os::unix::fs::symlink(target, path))?;
    created.persist(link)?;
    Ok(())
}

/// Symbolic links are supported on Unix only.
///
/// # Errors
/// Always [`io::ErrorKind::Unsupported`].
#[cfg(not(unix))]
pub fn link_atomically(_folder: &Path, _target: &Path, _link: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A new file with default permissions, as caches are shared between users.
fn create(folder: &Path, stem: &str) -> io::Result<NamedTempFile<File>> {
    named(&format!("{stem}{OUR_INFIX}"))
        .make_in(folder, |path| OpenOptions::new().read(true).write(true).create_new(true).open(path))
}

fn named(prefix: &str) -> Builder<'_, 'static> {
    let mut builder = Builder::new();
    builder.prefix(prefix).suffix(INCOMPLETE).rand_bytes(RANDOM_CHARACTERS);
    builder
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{PartialFile, leftovers, unfinished_bytes};

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_transfer_takes_over_only_the_bytes_that_an_earlier_one_kept() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for name in ["blob.incomplete", "blob.12345678.incomplete", "blob2.pocket-tts-12345678.incomplete"] {
            fs::write(folder.join(name), "other").unwrap();
        }
        let mut first = PartialFile::start(folder, "blob").unwrap();
        assert_eq!(first.bytes(), 0);
        first.append(b"abc").unwrap();
        assert_eq!(unfinished_bytes(folder, "blob."), 13);
        first.keep();
        let mut second = PartialFile::start(folder, "blob").unwrap();
        assert_eq!((second.bytes(), leftovers(folder, "blob").len()), (3, 1));
        second.append(b"def").unwrap();
        assert_eq!(fs::read(second.file.path()).unwrap(), b"abcdef");
        let target = folder.join("blob");
        second.install(&target).unwrap();
        assert_eq!(fs::read(target).unwrap(), b"abcdef");
        assert_eq!(names(folder).len(), 4, "the others' and the complete one: {:?}", names(folder));
    }

    #[test]
    fn the_longest_of_several_leftovers_is_resumed_and_all_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for (name, content) in [("1", "a"), ("2", "abc"), ("3", "ab")] {
            fs::write(folder.join(format!("blob.pocket-tts-{name}.incomplete")), content).unwrap();
        }
        let partial = PartialFile::start(folder, "blob").unwrap();
        assert_eq!(fs::read(partial.file.path()).unwrap(), b"abc");
        partial.install(&folder.join("blob")).unwrap();
        assert_eq!(names(folder), ["blob"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_another_transfer_took_over_is_still_installed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut first = PartialFile::start(folder, "blob").unwrap();
        first.append(b"abc").unwrap();
        let second = PartialFile::start(folder, "blob").unwrap();
        assert!(!first.file.path().exists());
        first.append(b"def").unwrap();
        assert_eq!(fs::read(second.file.path()).unwrap(), b"abc", "each writes its own file");
        first.install(&folder.join("blob")).unwrap();
        assert_eq!(fs::read(folder.join("blob")).unwrap(), b"abcdef");
        drop(second);
        assert_eq!(names(folder), ["blob"]);
    }

    #[test]
    fn dropped_and_empty_files_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut partial = PartialFile::start(folder.path(), "blob").unwrap();
        partial.append(b"wrong").unwrap();
        partial.restart().unwrap();
        partial.append(b"x").unwrap();
        assert_eq!(fs::read(partial.file.path()).unwrap(), b"x");
        drop(partial);
        PartialFile::start(folder.path(), "blob").unwrap().keep();
        assert_eq!(names(folder.path()), [""; 0]);
    }
}
