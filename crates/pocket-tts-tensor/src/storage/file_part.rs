//! A part of a mapped file that can move to memory of its own while it is read. It must not know what its bytes are.

use std::{
    io,
    ops::Range,
    sync::{Mutex, OnceLock, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use memmap2::MmapMut;

use super::{
    huge_pages::{self, HUGE_PAGE_BYTES, huge_pages},
    mapped_file::MappedFile,
};

/// Who says one sentence and ends has said it by then, and would only be held up.
const DELAY: Duration = Duration::from_millis(500);

/// How many times as long as it moves a part the thread pauses then: who speaks meanwhile needs the cores more.
const PAUSES: u32 = 4;

/// Bytes of a mapped file, or a copy of them.
#[derive(Debug)]
pub(crate) struct FilePart {
    file: MappedFile,
    range: Range<usize>,
    copy: OnceLock<MmapMut>,
}

/// Parts that may be moved.
#[derive(Debug, Default)]
pub(crate) struct FileParts(Mutex<Vec<Weak<FilePart>>>);

impl FilePart {
    /// These bytes of the file, if it has them.
    pub(crate) fn new(file: &MappedFile, range: Range<usize>) -> Option<Self> {
        file.get(range.clone())?;
        Some(Self { file: file.clone(), range, copy: OnceLock::new() })
    }

    /// Whether a part of this size in bytes is moved to huge pages later.
    pub(crate) fn will_move(bytes: usize) -> bool {
        bytes >= HUGE_PAGE_BYTES && huge_pages::are_given()
    }

    /// The bytes, which are the same before and after a move.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self.copy.get() {
            Some(copy) => copy,
            None => &self.file[self.range.clone()],
        }
    }

    /// Moves a part of some size to huge pages, and gives the file's pages back.
    fn move_to_huge_pages(&self) -> io::Result<()> {
        if self.range.len() < HUGE_PAGE_BYTES || self.copy.get().is_some() {
            return Ok(());
        }
        let mut pages = huge_pages(self.range.len())?;
        pages.copy_from_slice(&self.file[self.range.clone()]);
        if self.copy.set(pages).is_ok() {
            // Those who are reading them still get them from the file again.
            self.file.release(self.range.clone());
        }
        Ok(())
    }
}

impl FileParts {
    /// Notes a part to be moved.
    pub(crate) fn add(&self, part: Weak<FilePart>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    }

    /// Moves the parts that were added and are still in use after [`DELAY`], on a thread that ends with the last of
    /// them. Where it can't be started, or memory is short, they stay in the file.
    pub(crate) fn move_to_huge_pages(&self) {
        let parts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if huge_pages::are_given() {
            let thread = thread::Builder::new().name("tts-pages".to_owned());
            drop(thread.spawn(move || {
                thread::sleep(DELAY);
                move_all(&parts);
            }));
        }
    }
}

fn move_all(parts: &[Weak<FilePart>]) {
    // Of a model that is gone, nothing is left to move.
    for part in parts.iter().filter_map(Weak::upgrade) {
        let start = Instant::now();
        if part.move_to_huge_pages().is_err() {
            return;
        }
        thread::sleep(PAUSES * start.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn parts_hold_the_same_bytes_once_they_are_moved() {
        let content: Vec<u8> = (0..3 * HUGE_PAGE_BYTES).map(|at| (at % 251) as u8).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &content).unwrap();
        let map = MappedFile::open(file.path()).unwrap();
        let ranges = [3..10, 10..HUGE_PAGE_BYTES + 11, HUGE_PAGE_BYTES + 11..content.len()];
        let parts = ranges.clone().map(|range| Arc::new(FilePart::new(&map, range).unwrap()));
        let gone = Arc::downgrade(&Arc::new(FilePart::new(&map, 0..content.len()).unwrap()));
        let before = parts.each_ref().map(|part| part.bytes().as_ptr());
        move_all(&[&[gone], parts.each_ref().map(Arc::downgrade).as_slice()].concat());
        for (index, (part, range)) in parts.iter().zip(ranges).enumerate() {
            assert!(part.bytes() == &content[range], "part {index}");
            let is_moved = part.bytes().as_ptr() != before[index];
            assert_eq!(is_moved, index > 0, "part {index}");
        }
    }

    #[test]
    fn a_part_that_a_file_lacks_is_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "text").unwrap();
        let map = MappedFile::open(file.path()).unwrap();
        assert!(FilePart::new(&map, 2..4).is_some());
        assert!(FilePart::new(&map, 2..5).is_none());
    }
}
