//! Memory in huge pages, whose addresses need few page-table entries. This module must not know what the memory holds.

use std::io;
#[cfg(target_os = "linux")]
use std::{fs, sync::OnceLock};

use memmap2::MmapMut;

/// The size of a huge page on most machines. Smaller allocations gain nothing.
pub(crate) const HUGE_PAGE_BYTES: usize = 2 << 20;
/// The policy of Linux for huge pages.
#[cfg(target_os = "linux")]
const SETTING: &str = "/sys/kernel/mm/transparent_hugepage/enabled";

/// Allocates zeroed memory, in huge pages if the system has them.
pub(crate) fn huge_pages(bytes: usize) -> io::Result<MmapMut> {
    let pages = MmapMut::map_anon(bytes)?;
    #[cfg(target_os = "linux")]
    // A hint: without huge pages the memory is only slower.
    drop(pages.advise(memmap2::Advice::HugePage));
    Ok(pages)
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
