//! Parts of a mapped file, and their migration to huge pages while they are in use.
//!
//! Mapped files have 4 KiB pages, whose many page-table entries slow products down. This module must not know what the
//! bytes are.

use std::{
    io,
    ops::Range,
    sync::{Mutex, OnceLock, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use memmap2::MmapMut;

use super::{
    huge_pages::{self, huge_pages},
    mapped_file::MappedFile,
};

/// Delay before migration, so that it slows down neither runs of one sentence nor the first requests of a server.
const MIGRATION_DELAY: Duration = Duration::from_millis(1_500);

/// The least size of a part that is read in the file until it migrates. Smaller ones are copied faster than mapped.
const LEAST_BYTES: usize = 64 << 10;

/// Ratio of pauses to copying, which leaves the cores to synthesis.
const PAUSE_RATIO: u32 = 4;

/// Bytes of a mapped file, or their copy in huge pages.
#[derive(Debug)]
pub(crate) struct FilePart {
    file: MappedFile,
    range: Range<usize>,
    copy: OnceLock<MmapMut>,
}

/// The parts of a file that may migrate.
#[derive(Debug, Default)]
pub(crate) struct FileParts(Mutex<Vec<Weak<FilePart>>>);

impl FilePart {
    /// The bytes `range` of the file, if it has them.
    pub(crate) fn new(file: &MappedFile, range: Range<usize>) -> Option<Self> {
        file.get(range.clone())?;
        Some(Self { file: file.clone(), range, copy: OnceLock::new() })
    }

    /// Whether a part of this size migrates to huge pages.
    pub(crate) fn will_migrate(bytes: usize) -> bool {
        bytes >= LEAST_BYTES && huge_pages::are_available()
    }

    /// The bytes, which are the same before and after a migration.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self.copy.get() {
            Some(copy) => copy,
            None => &self.file[self.range.clone()],
        }
    }

    /// Copies the part to huge pages, or to ordinary ones if it is smaller than one, and releases the file's pages.
    fn migrate(&self) -> io::Result<()> {
        if self.copy.get().is_some() {
            return Ok(());
        }
        let mut pages = huge_pages(self.range.len())?;
        pages.copy_from_slice(&self.file[self.range.clone()]);
        if self.copy.set(pages).is_ok() {
            // Threads that still read these pages read them from the file again.
            self.file.release(self.range.clone());
        }
        Ok(())
    }
}

impl FileParts {
    /// Adds a part to be migrated.
    pub(crate) fn add(&self, part: Weak<FilePart>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    }

    /// Adds all parts to `others` instead.
    pub(crate) fn pass_to(&self, others: &Self) {
        let parts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        others.0.lock().unwrap_or_else(PoisonError::into_inner).extend(parts);
    }

    /// Starts a thread that migrates the parts that were added and are still in use after [`MIGRATION_DELAY`]. If it
    /// can't be started, or memory is short, parts stay in the file.
    pub(crate) fn migrate_to_huge_pages(&self) {
        let parts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if huge_pages::are_available() {
            let thread = thread::Builder::new().name("tts-pages".to_owned());
            drop(thread.spawn(move || {
                thread::sleep(MIGRATION_DELAY);
                migrate_all(&parts);
            }));
        }
    }
}

fn migrate_all(parts: &[Weak<FilePart>]) {
    // The parts of a dropped model need no migration.
    for part in parts.iter().filter_map(Weak::upgrade) {
        let start = Instant::now();
        if part.migrate().is_err() {
            return;
        }
        thread::sleep(PAUSE_RATIO * start.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn migrated_parts_hold_the_same_bytes() {
        let content: Vec<u8> = (0..3 * LEAST_BYTES).map(|at| (at % 251) as u8).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &content).unwrap();
        let map = MappedFile::open(file.path()).unwrap();
        let ranges = [3..10, 10..LEAST_BYTES + 11, LEAST_BYTES + 11..content.len()];
        let parts = ranges.clone().map(|range| Arc::new(FilePart::new(&map, range).unwrap()));
        let gone = Arc::downgrade(&Arc::new(FilePart::new(&map, 0..content.len()).unwrap()));
        let before = parts.each_ref().map(|part| part.bytes().as_ptr());
        migrate_all(&[&[gone], parts.each_ref().map(Arc::downgrade).as_slice()].concat());
        for (index, (part, range)) in parts.iter().zip(ranges).enumerate() {
            assert!(part.bytes() == &content[range], "part {index}");
            assert!(part.bytes().as_ptr() != before[index], "part {index}");
        }
    }

    #[test]
    fn a_range_outside_the_file_is_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "text").unwrap();
        let map = MappedFile::open(file.path()).unwrap();
        assert!(FilePart::new(&map, 2..4).is_some());
        assert!(FilePart::new(&map, 2..5).is_none());
    }
}
