//! What a product prefetches while it multiplies: its next panel. It must not know what is multiplied.

use std::ptr;

use super::simd::operations::Simd;

/// Tiles of at least this many rows compute long enough to prefetch.
pub(crate) const MIN_PREFETCH_ROWS: usize = 4;
/// Bytes that one prefetch instruction requests.
pub(crate) const CACHE_LINE_BYTES: usize = 64;
/// Cache lines that a tile prefetches, step by step.
#[derive(Clone, Copy)]
pub(crate) struct Prefetcher {
    /// The next line of the next panel.
    panel: *const u8,
    /// Bytes from one of these lines to the next; 0 where there are none.
    panel_stride: usize,
}

impl Prefetcher {
    /// Prefetches nothing.
    pub(crate) fn none() -> Self {
        Self { panel: ptr::null(), panel_stride: 0 }
    }

    /// The lines of a tile of `steps` steps.
    pub(crate) fn new(next_panel: &mut NextPanel, steps: usize) -> Self {
        // One line with each step. A core keeps few requests in flight, and stalls on more.
        let panel_stride = if next_panel.bytes > 0 { CACHE_LINE_BYTES } else { 0 };
        let panel = next_panel.start;
        next_panel.start = panel.wrapping_add(steps * panel_stride);
        next_panel.bytes = next_panel.bytes.saturating_sub(steps * panel_stride);
        Self { panel, panel_stride }
    }

    /// Prefetches the line of one step.
    #[inline(always)]
    pub(crate) fn step<S: Simd>(&mut self, simd: S) {
        simd.prefetch_outer(self.panel);
        self.panel = self.panel.wrapping_add(self.panel_stride);
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
    fn a_step_advances_by_one_line() {
        let panel = [0_u8; 4 * CACHE_LINE_BYTES];
        let mut prefetcher = Prefetcher { panel: panel.as_ptr(), panel_stride: CACHE_LINE_BYTES };
        prefetcher.step(Portable);
        prefetcher.step(Portable);
        assert_eq!(prefetcher.panel, panel.as_ptr().wrapping_add(2 * CACHE_LINE_BYTES));
    }
}
