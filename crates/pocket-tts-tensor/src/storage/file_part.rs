//! Parts of a mapped file, and their migration to huge pages while they are in use.
//!
//! Mapped files have 4 KiB pages, whose many page-table entries slow products down. This module must not know what the
//! bytes are.

use std::{
    io,
    ops::Range,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    huge_pages::{self, HugePages},
    mapped_file::MappedFile,
};

/// Delay before migration, so that it slows down neither runs of one sentence nor the first requests of a server.
const MIGRATION_DELAY: Duration = Duration::from_secs(1);

/// The least size of a part that is read in the file until it migrates. Smaller ones are copied faster than mapped.
const LEAST_BYTES: usize = 64 << 10;

/// Bytes of the parts that migrate together, unless a part has more. They share huge pages, and are in memory twice
/// until all are copied.
const GROUP_BYTES: usize = 16 << 20;

/// Alignment of parts that share huge pages: that of vectors and cache lines.
const ALIGNMENT_BYTES: usize = 64;

/// Ratio of pauses to copying, which leaves the cores to synthesis.
const PAUSE_RATIO: u32 = 4;

/// Bytes of a mapped file, or their copy in huge pages.
#[derive(Debug)]
pub(crate) struct FilePart {
    file: MappedFile,
    range: Range<usize>,
    /// Whether it never migrates.
    stays: AtomicBool,
    copy: OnceLock<(Arc<HugePages>, Range<usize>)>,
}

/// The parts of a file that may migrate.
#[derive(Debug, Default)]
pub(crate) struct FileParts(Mutex<Vec<Weak<FilePart>>>);

impl FilePart {
    /// The bytes `range` of the file, if it has them.
    pub(crate) fn new(file: &MappedFile, range: Range<usize>) -> Option<Self> {
        file.get(range.clone())?;
        Some(Self { file: file.clone(), range, stays: AtomicBool::new(false), copy: OnceLock::new() })
    }

    /// Whether a part of this size migrates to huge pages.
    pub(crate) fn will_migrate(bytes: usize) -> bool {
        bytes >= LEAST_BYTES && huge_pages::are_available()
    }

    /// The bytes, which are the same before and after a migration.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self.copy.get() {
            Some((pages, range)) => &pages[range.clone()],
            None => self.in_file(),
        }
    }

    /// Leaves the part in the file, which needs no memory while it isn't read. Products of many rows, which read
    /// weights once for all of them, are as fast there.
    pub(crate) fn stay(&self) {
        self.stays.store(true, Ordering::Relaxed);
    }

    fn in_file(&self) -> &[u8] {
        &self.file[self.range.clone()]
    }

    fn migrates(&self) -> bool {
        !self.stays.load(Ordering::Relaxed) && self.copy.get().is_none()
    }

    /// Whether the part migrates. If not, the file's pages, which were read to check the file, are released.
    fn migrates_or_is_released(&self) -> bool {
        let migrates = self.migrates();
        if !migrates {
            self.release();
        }
        migrates
    }

    /// Releases the file's pages. Threads that read them read them from the file again.
    fn release(&self) {
        self.file.release(self.range.clone());
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
        let mut parts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        parts.retain(|part| part.upgrade().is_some_and(|part| part.migrates_or_is_released()));
        if huge_pages::are_available() {
            let thread = thread::Builder::new().name("tts-pages".to_owned());
            drop(thread.spawn(move || {
                thread::sleep(MIGRATION_DELAY);
                migrate_all(parts);
            }));
        }
    }
}

/// Migrates the parts that are still in use.
fn migrate_all(parts: Vec<Weak<FilePart>>) {
    let mut group = Vec::new();
    let mut bytes = 0;
    for part in parts {
        // The parts of a dropped model need no migration.
        let Some(used) = part.upgrade() else { continue };
        let next = used.range.len().next_multiple_of(ALIGNMENT_BYTES);
        if bytes + next > GROUP_BYTES {
            if migrate(&group).is_err() {
                return;
            }
            group.clear();
            bytes = 0;
        }
        bytes += next;
        group.push(part);
    }
    // If it fails, the parts stay in the file.
    drop(migrate(&group));
}

/// Copies parts to huge pages that they share.
fn migrate(group: &[Weak<FilePart>]) -> io::Result<()> {
    let group: Vec<Arc<FilePart>> = group.iter().filter_map(Weak::upgrade).collect();
    let bytes = group.iter().map(|part| part.range.len().next_multiple_of(ALIGNMENT_BYTES)).sum();
    let mut pages = HugePages::new(bytes)?;
    let mut starts = Vec::with_capacity(group.len());
    let mut end = 0;
    for part in &group {
        let start = Instant::now();
        starts.push(end);
        pages[end..end + part.range.len()].copy_from_slice(part.in_file());
        end += part.range.len().next_multiple_of(ALIGNMENT_BYTES);
        thread::sleep(PAUSE_RATIO * start.elapsed());
    }
    let pages = Arc::new(pages);
    for (part, start) in group.iter().zip(starts) {
        if part.copy.set((Arc::clone(&pages), start..start + part.range.len())).is_ok() {
            part.release();
        }
    }
    Ok(())
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
        migrate_all([&[gone], parts.each_ref().map(Arc::downgrade).as_slice()].concat());
        for (index, (part, range)) in parts.iter().zip(ranges).enumerate() {
            assert!(part.bytes() == &content[range], "part {index}");
            assert!(part.bytes().as_ptr() != before[index], "part {index}");
            assert!(part.bytes().as_ptr().align_offset(ALIGNMENT_BYTES) == 0, "part {index}");
        }
    }

    #[test]
    fn a_part_stays_in_the_file_on_request() {
        let content = vec![7; LEAST_BYTES];
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &content).unwrap();
        let map = MappedFile::open(file.path()).unwrap();
        let parts = [(); 2].map(|()| FilePart::new(&map, 0..content.len()).unwrap());
        parts[1].stay();
        assert!(parts[0].migrates_or_is_released());
        assert!(!parts[1].migrates_or_is_released());
        assert!(parts.iter().all(|part| part.bytes() == content));
    }

    #[test]
    fn more_than_a_group_migrates() {
        let content: Vec<u8> = (0..GROUP_BYTES + 3 * LEAST_BYTES).map(|at| (at % 251) as u8).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &content).unwrap();
        let map = MappedFile::open(file.path()).unwrap();
        let ends = [LEAST_BYTES, GROUP_BYTES + 2 * LEAST_BYTES, content.len()];
        let ranges = [0..ends[0], ends[0]..ends[1], ends[1]..ends[2]];
        let parts = ranges.clone().map(|range| Arc::new(FilePart::new(&map, range).unwrap()));
        migrate_all(parts.iter().map(Arc::downgrade).collect());
        for (index, (part, range)) in parts.iter().zip(ranges).enumerate() {
            assert!(part.copy.get().is_some() && part.bytes() == &content[range], "part {index}");
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
