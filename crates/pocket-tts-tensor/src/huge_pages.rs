//! Memory that the processor translates the addresses of in large steps, for what is read again and again. It must not
//! know what lies in it.

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    path::Path,
    sync::{Mutex, PoisonError},
};

use crc32fast::Hasher;
use memmap2::MmapMut;

use crate::{
    MappedFile,
    parallel::{Rows, for_each_part},
};

/// What a huge page holds on most machines. Less memory than that gains nothing.
pub(crate) const HUGE_PAGE_BYTES: usize = 2 << 20;
/// What is read and added to the checksum in one go: it stays in a core's own cache meanwhile.
const BLOCK_BYTES: usize = 256 << 10;
/// Floating-point operations of a product that take as long as copying a byte to a new page.
const OPERATIONS_TO_COPY: usize = 5;

/// Zeroed memory, in huge pages where the system has them.
pub(crate) fn huge_pages(bytes: usize) -> io::Result<MmapMut> {
    let pages = MmapMut::map_anon(bytes)?;
    #[cfg(target_os = "linux")]
    // A hint: without huge pages the same memory is only slower.
    drop(pages.advise(memmap2::Advice::HugePage));
    Ok(pages)
}

/// A copy of the file at `path` in [`huge_pages`], which the pages of a mapped file seldom are, and the CRC-32 of all
/// but its last `tail_bytes`.
///
/// # Errors
///
/// The system's, if the file can't be read or is shortened meanwhile.
pub(crate) fn read_into_huge_pages(path: &Path, tail_bytes: usize) -> io::Result<(MappedFile, u32)> {
    let file = File::open(path)?;
    let bytes = usize::try_from(file.metadata()?.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    if bytes == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut pages = huge_pages(bytes)?;
    let pieces = Rows {
        count: bytes.div_ceil(HUGE_PAGE_BYTES),
        width: HUGE_PAGE_BYTES,
        operations: OPERATIONS_TO_COPY * HUGE_PAGE_BYTES,
        block: 1,
    };
    let checked_bytes = bytes.saturating_sub(tail_bytes);
    let outcomes = Mutex::new(BTreeMap::new());
    for_each_part(pieces, &mut pages, |part, piece| {
        let start = part.start * HUGE_PAGE_BYTES;
        let outcome = read_piece(&file, piece, start, checked_bytes);
        outcomes.lock().unwrap_or_else(PoisonError::into_inner).insert(start, outcome);
    });
    let mut checksum = Hasher::new();
    for outcome in outcomes.into_inner().unwrap_or_else(PoisonError::into_inner).into_values() {
        checksum.combine(&outcome?);
    }
    Ok((MappedFile::copied(pages)?, checksum.finalize()))
}

/// Reads the bytes from `start` on, and checks those before `checked_bytes`.
fn read_piece(file: &File, piece: &mut [u8], start: usize, checked_bytes: usize) -> io::Result<Hasher> {
    let mut hasher = Hasher::new();
    for (index, block) in piece.chunks_mut(BLOCK_BYTES).enumerate() {
        let start = start + index * BLOCK_BYTES;
        read_at(file, block, start)?;
        hasher.update(&block[..checked_bytes.saturating_sub(start).min(block.len())]);
    }
    Ok(hasher)
}

#[cfg(unix)]
fn read_at(file: &File, piece: &mut [u8], start: usize) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, piece, start as u64)
}

#[cfg(windows)]
fn read_at(file: &File, mut piece: &mut [u8], start: usize) -> io::Result<()> {
    let mut start = start as u64;
    while !piece.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, piece, start)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        piece = &mut piece[count..];
        start += count as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_holds_the_files_bytes_and_keeps_them() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for bytes in [1, HUGE_PAGE_BYTES - 1, 9 * HUGE_PAGE_BYTES + 5] {
            let content: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
            std::fs::write(file.path(), &content).unwrap();
            let (copy, checksum) = read_into_huge_pages(file.path(), 3).unwrap();
            assert_eq!(checksum, crc32fast::hash(&content[..bytes.saturating_sub(3)]));
            std::fs::write(file.path(), "other").unwrap();
            copy.release(0..bytes);
            assert!(*copy == content, "{bytes} bytes");
        }
    }

    #[test]
    fn a_file_that_is_absent_or_empty_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert_eq!(read_into_huge_pages(&path, 0).unwrap_err().kind(), io::ErrorKind::NotFound);
        std::fs::write(&path, "").unwrap();
        assert_eq!(read_into_huge_pages(&path, 0).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
