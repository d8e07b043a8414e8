//! What a product prefetches while it multiplies: its own next panel, and the weights of an overlapped task.
//!
//! This is the only file of the kernels that knows of overlapped tasks. It must not know what is multiplied.

use std::ptr;

use super::simd::operations::Simd;
use crate::exec::overlap::{claim_prefetch, wait_for_prefetch};

/// Tiles of at least this many rows compute long enough to prefetch.
pub(crate) const MIN_PREFETCH_ROWS: usize = 4;
/// Bytes that one prefetch instruction requests.
pub(crate) const CACHE_LINE_BYTES: usize = 64;
/// Bytes that a memory-bound task has prefetched each time it yields, for all its streams together; it yields for
/// each stream. That is a small part of the second-level cache, which the other task needs too, and yet enough to be
/// worth the switches between stacks.
const CHUNK_BYTES: usize = 64 << 10;

/// Steps of a product, `step_bytes` each, that read about [`CHUNK_BYTES`].
pub(crate) fn steps_per_chunk(step_bytes: usize) -> usize {
    CHUNK_BYTES.div_ceil(step_bytes.max(1))
}

/// Yields to an overlapped task until these weights, which are read next, are prefetched.
#[inline(always)]
pub(crate) fn wait_for_weights<T>(first: *const T, bytes: usize) {
    wait_for_prefetch(first, bytes);
}

/// Cache lines that a tile prefetches, step by step.
#[derive(Clone, Copy)]
pub(crate) struct Prefetcher {
    /// The next line of the next panel.
    panel: *const u8,
    /// Bytes from one of these lines to the next; 0 where there are none.
    panel_stride: usize,
    /// The next line of an overlapped task; null if none waits.
    overlapped: *const u8,
}

impl Prefetcher {
    /// Prefetches nothing.
    pub(crate) fn none() -> Self {
        Self { panel: ptr::null(), panel_stride: 0, overlapped: ptr::null() }
    }

    /// The lines of a tile of `steps` steps.
    pub(crate) fn new(next_panel: &mut NextPanel, steps: usize) -> Self {
        // One line of each kind with each step. A core keeps few requests in flight, and stalls on more.
        let overlapped = claim_prefetch(steps * CACHE_LINE_BYTES);
        let panel_stride = if next_panel.bytes > 0 { CACHE_LINE_BYTES } else { 0 };
        let panel = next_panel.start;
        next_panel.start = panel.wrapping_add(steps * panel_stride);
        next_panel.bytes = next_panel.bytes.saturating_sub(steps * panel_stride);
        Self { panel, panel_stride, overlapped: overlapped.unwrap_or(ptr::null()) }
    }

    /// Whether an overlapped task waits for lines.
    pub(crate) fn has_overlapped(self) -> bool {
        !self.overlapped.is_null()
    }

    /// Prefetches the lines of one step, and an overlapped task's if `OVERLAPPED`.
    #[inline(always)]
    pub(crate) fn step<S: Simd, const OVERLAPPED: bool>(&mut self, simd: S) {
        simd.prefetch_outer(self.panel);
        self.panel = self.panel.wrapping_add(self.panel_stride);
        if OVERLAPPED {
            simd.prefetch_outer(self.overlapped);
            self.overlapped = self.overlapped.wrapping_add(CACHE_LINE_BYTES);
        }
    }
}

/// The weights behind the current panel that aren't prefetched yet.
#[derive(Clone, Copy)]
pub(crate) struct NextPanel {
    pub(crate) start: *const u8,
    pub(crate) bytes: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(all(not(miri), any(target_arch = "x86_64", all(unix, target_arch = "aarch64"))))]
    use crate::exec::overlap::overlap;
    use crate::kernels::simd::portable::Portable;

    #[test]
    fn successive_tiles_prefetch_the_next_panel_once() {
        let panel = vec![0_u8; 5 * CACHE_LINE_BYTES];
        let mut next = NextPanel { start: panel.as_ptr(), bytes: panel.len() };
        let prefetched = [2, 2, 2, 2].map(|steps| {
            let prefetcher = Prefetcher::new(&mut next, steps);
            (prefetcher.panel.addr() - panel.as_ptr().addr(), prefetcher.panel_stride)
        });
        // The last step of the third tile goes one line too far, as tiles prefetch with each step or with none.
        let line = CACHE_LINE_BYTES;
        assert_eq!(prefetched, [(0, line), (2 * line, line), (4 * line, line), (6 * line, 0)]);
    }

    #[test]
    fn a_step_advances_by_one_line_of_each_kind() {
        let (panel, overlapped) = ([0_u8; 4 * CACHE_LINE_BYTES], [0_u8; 4 * CACHE_LINE_BYTES]);
        let mut prefetcher = Prefetcher {
            panel: panel.as_ptr(),
            panel_stride: CACHE_LINE_BYTES,
            overlapped: overlapped.as_ptr(),
        };
        prefetcher.step::<_, true>(Portable);
        prefetcher.step::<_, false>(Portable);
        assert_eq!(prefetcher.panel, panel.as_ptr().wrapping_add(2 * CACHE_LINE_BYTES));
        assert_eq!(prefetcher.overlapped, overlapped.as_ptr().wrapping_add(CACHE_LINE_BYTES));
    }

    // Where tasks overlap for certain: Miri and rarer processors run them one after the other.
    #[test]
    #[cfg(all(not(miri), any(target_arch = "x86_64", all(unix, target_arch = "aarch64"))))]
    fn tiles_prefetch_one_line_of_an_overlapped_task_per_step() {
        let weights = vec![0_u8; 64 * CACHE_LINE_BYTES];
        let nothing = || NextPanel { start: ptr::null(), bytes: 0 };
        let compute = || [3, 5, 7].map(|steps| Prefetcher::new(&mut nothing(), steps).overlapped.addr());
        let read = |_: &_| wait_for_weights(weights.as_ptr(), weights.len());
        let ((), prefetched) = overlap(read, compute);
        assert_eq!(
            prefetched.map(|at| at - weights.as_ptr().addr()),
            [0, 3, 8].map(|steps| steps * CACHE_LINE_BYTES)
        );
        assert!(!Prefetcher::new(&mut nothing(), 1).has_overlapped());
    }
}
