//! Memory in huge pages, whose addresses need few page-table entries. This module must not know what the memory holds.

#[cfg(target_os = "linux")]
use std::{fs, sync::OnceLock};
use std::{
    io,
    ops::{Deref, DerefMut, Range},
};

use memmap2::MmapMut;

/// The size of a huge page on most machines. Smaller allocations gain nothing.
pub(crate) const HUGE_PAGE_BYTES: usize = 2 << 20;
/// The policy of Linux for huge pages.
#[cfg(target_os = "linux")]
const SETTING: &str = "/sys/kernel/mm/transparent_hugepage/enabled";

/// Zeroed memory that begins at the address of a huge page, and is in huge pages if the system has them.
#[derive(Debug)]
pub(crate) struct HugePages {
    map: MmapMut,
    /// Where the memory lies in the mapping.
    range: Range<usize>,
}

impl HugePages {
    /// Allocates `bytes` bytes.
    ///
    /// # Errors
    ///
    /// If memory is short.
    pub(crate) fn new(bytes: usize) -> io::Result<Self> {
        // Systems align mappings to small pages. What lies before and after the memory is never touched, so it costs
        // addresses only.
        let map = MmapMut::map_anon(bytes.saturating_add(HUGE_PAGE_BYTES))?;
        #[cfg(target_os = "linux")]
        // A hint: without huge pages the memory is only slower.
        drop(map.advise(memmap2::Advice::HugePage));
        let start = map.as_ptr().align_offset(HUGE_PAGE_BYTES);
        Ok(Self { range: start..start + bytes, map })
    }
}

impl Deref for HugePages {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map[self.range.clone()]
    }
}

impl DerefMut for HugePages {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.map[self.range.clone()]
    }
}

/// Whether the system gives huge pages to processes that request them.
pub(crate) fn are_available() -> bool {
    #[cfg(target_os = "linux")]
    {
        static AVAILABLE: OnceLock<bool> = OnceLock::new();
        *AVAILABLE
            .get_or_init(|| fs::read_to_string(SETTING).is_ok_and(|setting| !setting.contains("[never]")))
    }
    #[cfg(not(target_os = "linux"))]
    false
}

// Miri doesn't support mappings with hints.
#[cfg(test)]
#[cfg(not(miri))]
mod tests {
    use super::*;

    #[test]
    fn memory_is_zeroed_and_begins_at_a_huge_page() {
        for bytes in [1, HUGE_PAGE_BYTES, 2 * HUGE_PAGE_BYTES + 1] {
            let mut pages = HugePages::new(bytes).unwrap();
            assert_eq!(pages.len(), bytes);
            assert_eq!(pages.as_ptr().align_offset(HUGE_PAGE_BYTES), 0, "{bytes} bytes");
            assert!(pages.iter().all(|byte| *byte == 0), "{bytes} bytes");
            pages.fill(1);
        }
    }
}
