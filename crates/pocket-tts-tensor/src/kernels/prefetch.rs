//! What a product of many rows asks memory for while it multiplies. It must not know what is multiplied.

use std::ptr;

use super::simd::operations::Simd;
use crate::exec::overlap::bytes_to_ask_for;

/// Blocks of at least so many rows have time to ask for what is read later.
pub(crate) const ROWS_TO_ASK: usize = 4;
/// Bytes that are asked for at once.
pub(crate) const CACHE_LINE_BYTES: usize = 64;
/// Bytes that a reader by turns has asked for before it reads them, for all its streams together, each of which it waits
/// for by itself: a small part of the cache's second level, which the other work needs too, and yet enough to be worth
/// the changes of stack.
pub(crate) const CHUNK_BYTES: usize = 64 << 10;

/// Steps of a product, of `step_bytes` each, that read about [`CHUNK_BYTES`].
pub(crate) fn steps_per_chunk(step_bytes: usize) -> usize {
    CHUNK_BYTES.div_ceil(step_bytes.max(1))
}

/// Lines of the cache that a block of outputs asks for, step by step.
#[derive(Clone, Copy)]
pub(crate) struct Requests {
    /// Of the next panel of weights.
    own: *const u8,
    /// From one of these lines to the next; nothing where there are none.
    own_bytes: usize,
    /// Of what others read next; null if nobody waits for anything.
    pub(crate) others: *const u8,
}

impl Requests {
    /// Those of a block that asks for nothing.
    pub(crate) fn none() -> Self {
        Self { own: ptr::null(), own_bytes: 0, others: ptr::null() }
    }

    /// Those of a block of so many steps.
    pub(crate) fn new(next_panel: &mut NextPanel, steps: usize) -> Self {
        // One line with each step, of either. A core keeps few requests in flight, and waits where it has more.
        let others = bytes_to_ask_for(steps * CACHE_LINE_BYTES);
        let own_bytes = if next_panel.bytes > 0 { CACHE_LINE_BYTES } else { 0 };
        let own = next_panel.start;
        next_panel.start = own.wrapping_add(steps * own_bytes);
        next_panel.bytes = next_panel.bytes.saturating_sub(steps * own_bytes);
        Self { own, own_bytes, others: others.unwrap_or(ptr::null()) }
    }

    /// Whether others wait for something.
    pub(crate) fn are_for_others(self) -> bool {
        !self.others.is_null()
    }

    /// Asks for what is due in one step.
    #[inline(always)]
    pub(crate) fn send<S: Simd, const OTHERS: bool>(&mut self, simd: S) {
        simd.prefetch_outer(self.own);
        self.own = self.own.wrapping_add(self.own_bytes);
        if OTHERS {
            simd.prefetch_outer(self.others);
            self.others = self.others.wrapping_add(CACHE_LINE_BYTES);
        }
    }
}

/// The weights that a product reads after those of the panel at hand, as far as they aren't asked for yet.
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
    fn blocks_after_each_other_ask_for_the_next_panel_once_and_then_stop() {
        let panel = vec![0_u8; 5 * CACHE_LINE_BYTES];
        let mut next = NextPanel { start: panel.as_ptr(), bytes: panel.len() };
        let asked = [2, 2, 2, 2].map(|steps| {
            let requests = Requests::new(&mut next, steps);
            (requests.own.addr() - panel.as_ptr().addr(), requests.own_bytes)
        });
        // The third block's last step goes one line too far, as blocks ask with each step or with none.
        let line = CACHE_LINE_BYTES;
        assert_eq!(asked, [(0, line), (2 * line, line), (4 * line, line), (6 * line, 0)]);
    }

    #[test]
    fn a_step_goes_a_line_further_for_either() {
        let (panel, others) = ([0_u8; 4 * CACHE_LINE_BYTES], [0_u8; 4 * CACHE_LINE_BYTES]);
        let mut requests =
            Requests { own: panel.as_ptr(), own_bytes: CACHE_LINE_BYTES, others: others.as_ptr() };
        requests.send::<_, true>(Portable);
        requests.send::<_, false>(Portable);
        assert_eq!(requests.own, panel.as_ptr().wrapping_add(2 * CACHE_LINE_BYTES));
        assert_eq!(requests.others, others.as_ptr().wrapping_add(CACHE_LINE_BYTES));
    }
}
