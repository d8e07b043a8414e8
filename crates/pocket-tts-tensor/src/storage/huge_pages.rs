//! Memory that the processor translates the addresses of in large steps, for what is read again and again. It must not
//! know what lies in it.

use std::io;
#[cfg(target_os = "linux")]
use std::{fs, sync::OnceLock};

use memmap2::MmapMut;

/// What a huge page holds on most machines. Less memory than that gains nothing.
pub(crate) const HUGE_PAGE_BYTES: usize = 2 << 20;
/// Where Linux says to whom it gives huge pages.
#[cfg(target_os = "linux")]
const SETTING: &str = "/sys/kernel/mm/transparent_hugepage/enabled";

/// Zeroed memory, in huge pages where the system has them.
pub(crate) fn huge_pages(bytes: usize) -> io::Result<MmapMut> {
    let pages = MmapMut::map_anon(bytes)?;
    #[cfg(target_os = "linux")]
    // A hint: without huge pages the same memory is only slower.
    drop(pages.advise(memmap2::Advice::HugePage));
    Ok(pages)
}

/// Whether the system gives huge pages to those who ask for them.
pub(crate) fn are_given() -> bool {
    #[cfg(target_os = "linux")]
    {
        static GIVEN: OnceLock<bool> = OnceLock::new();
        *GIVEN.get_or_init(|| fs::read_to_string(SETTING).is_ok_and(|setting| !setting.contains("[never]")))
    }
    #[cfg(not(target_os = "linux"))]
    false
}
