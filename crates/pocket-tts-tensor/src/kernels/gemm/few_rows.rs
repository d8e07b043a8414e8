//! A few rows times two panels of weights, read side by side: memory delivers two streams faster than one.
//!
//! Registers hold the sums of three rows at most, so the rows go in several passes over a slice of the inputs. The
//! first pass reads the slice of both panels from memory. The others find it in the cache, and prefetch the next
//! slice meanwhile. Only AVX-512 has enough registers.
//!
//! These products prefetch nothing for an overlapped task, as they are memory-bound as well.

use std::ops::Range;

use super::{
    layout::PANEL_WIDTH,
    operands::{Element, Gemm},
    sums::{start_sums, store_sums},
};
use crate::kernels::{
    prefetch::{CACHE_LINE_BYTES, steps_per_chunk, wait_for_weights},
    simd::operations::Simd,
};

/// Most rows. More rows compute long enough to prefetch the next panel meanwhile.
pub(crate) const MAX_FEW_ROWS: usize = 12;
/// Panels that are read side by side.
pub(crate) const PAIRED_PANELS: usize = 2;
/// Most rows of a pass, whose sums are in registers.
pub(crate) const ROWS_PER_PASS: usize = 3;
/// Up to this many rows, a pass has two rows. More passes then prefetch while they compute.
const MAX_ROWS_BY_TWO: usize = 8;
/// Inputs of a slice. Their weights stay in the first-level cache for all rows: 16 KB in `f32`.
const SLICE_INPUTS: usize = 32;

/// Two panels of a product.
#[derive(Clone, Copy)]
pub(crate) struct PanelPair<E> {
    /// The weights of each, `[k][PANEL_WIDTH]`.
    pub(crate) weights: [*const E; PAIRED_PANELS],
    /// The first output.
    pub(crate) first: usize,
    /// Whether another pair follows.
    pub(crate) has_next: bool,
}

/// A slice of the inputs of both panels, and what its passes prefetch.
struct PairSlice {
    inputs: Range<usize>,
    /// Where prefetching goes on in each panel; stride 0 means nowhere.
    next: [*const u8; PAIRED_PANELS],
    /// Bytes still to be prefetched in each panel.
    next_bytes: usize,
}

impl PairSlice {
    /// The slice `inputs` of a pair of panels with `k` inputs.
    fn new<E>(pair: &PanelPair<E>, inputs: Range<usize>, k: usize) -> Self {
        let (next, left) = match k - inputs.end {
            0 if pair.has_next => (PAIRED_PANELS * k, k),
            left => (inputs.end, left),
        };
        Self {
            inputs,
            next: pair.weights.map(|weights| weights.wrapping_add(next * PANEL_WIDTH).cast()),
            next_bytes: left.min(SLICE_INPUTS) * PANEL_WIDTH * size_of::<E>(),
        }
    }

    /// Where a pass starts to prefetch, and its stride per input; stride 0 means that it prefetches nothing.
    fn claim_prefetch(&mut self) -> ([*const u8; PAIRED_PANELS], usize) {
        let start = self.next;
        let stride = if self.next_bytes > 0 { CACHE_LINE_BYTES } else { 0 };
        let bytes = stride * self.inputs.len();
        self.next = start.map(|next| next.wrapping_add(bytes));
        self.next_bytes = self.next_bytes.saturating_sub(bytes);
        (start, stride)
    }
}

/// Computes the outputs of two whole panels, `C` vectors each.
///
/// # Safety
///
/// `gemm` is checked, the panels are whole ones of its weights, and `C` vectors are as wide as a panel.
#[inline(always)]
pub(crate) unsafe fn multiply<S: Simd, E: Element, const C: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    pair: PanelPair<E>,
) {
    let step_bytes = PANEL_WIDTH * size_of::<E>();
    let by_two = gemm.rows <= MAX_ROWS_BY_TWO;
    let mut waited_for = 0;
    let mut start = 0;
    while start < gemm.k {
        if start == waited_for {
            waited_for = gemm.k.min(start + steps_per_chunk(PAIRED_PANELS * step_bytes));
            for weights in pair.weights {
                wait_for_weights(
                    weights.wrapping_add(start * PANEL_WIDTH),
                    (waited_for - start) * step_bytes,
                );
            }
        }
        let inputs = start..waited_for.min(start + SLICE_INPUTS);
        start = inputs.end;
        let mut slice = PairSlice::new(&pair, inputs, gemm.k);
        let mut row = 0;
        while row < gemm.rows {
            // SAFETY: the caller guarantees the panels, and the inputs and rows are theirs.
            unsafe {
                row += match gemm.rows - row {
                    1 => pass::<S, E, C, 1>(simd, gemm, pair, row, &mut slice),
                    left if by_two || left == 2 || left == 4 => {
                        pass::<S, E, C, 2>(simd, gemm, pair, row, &mut slice)
                    }
                    _ => pass::<S, E, C, ROWS_PER_PASS>(simd, gemm, pair, row, &mut slice),
                };
            }
        }
    }
}

/// Adds the products of a slice's inputs of `R` rows to the outputs of both panels. Returns `R`.
///
/// # Safety
///
/// As for [`multiply`]; the inputs and the rows are the product's.
#[inline(always)]
unsafe fn pass<S: Simd, E: Element, const C: usize, const R: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    pair: PanelPair<E>,
    row: usize,
    slice: &mut PairSlice,
) -> usize {
    let first = pair.first;
    let is_first = slice.inputs.start == 0;
    // The first pass reads from memory, which prefetches would only delay.
    let (mut prefetch, prefetch_stride) =
        if row == 0 { (pair.weights.map(<*const E>::cast), 0) } else { slice.claim_prefetch() };
    // SAFETY: the caller guarantees everything that is read and written.
    unsafe {
        let mut sums = [
            start_sums::<S, C, R>(simd, gemm, [row, first], is_first),
            start_sums::<S, C, R>(simd, gemm, [row, first + PANEL_WIDTH], is_first),
        ];
        let mut weights = pair.weights.map(|weights| weights.add(slice.inputs.start * PANEL_WIDTH));
        let input = gemm.input.as_ptr().add(row * gemm.input_stride);
        for i in slice.inputs.clone() {
            for p in 0..PAIRED_PANELS {
                simd.prefetch_outer(prefetch[p]);
                prefetch[p] = prefetch[p].wrapping_add(prefetch_stride);
                let mut columns = [simd.splat(0.0); C];
                for (c, column) in columns.iter_mut().enumerate() {
                    *column = E::load(simd, weights[p].add(c * S::LANES));
                }
                for (r, sums) in sums[p].iter_mut().enumerate() {
                    // `check` computed a larger index without overflow.
                    let at = r.wrapping_mul(gemm.input_stride).wrapping_add(i);
                    let x = simd.splat(*input.add(at));
                    for c in 0..C {
                        sums[c] = simd.mul_add(columns[c], x, sums[c]);
                    }
                }
                weights[p] = weights[p].add(PANEL_WIDTH);
            }
        }
        store_sums(simd, gemm, [row, first], &sums[0]);
        store_sums(simd, gemm, [row, first + PANEL_WIDTH], &sums[1]);
    }
    R
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_prefetch_the_next_slice_and_after_the_last_the_next_pair() {
        let k = 40;
        let weights = vec![0.0_f32; 2 * PAIRED_PANELS * PANEL_WIDTH * k];
        let start = weights.as_ptr();
        let pair = |has_next| PanelPair {
            weights: [start, start.wrapping_add(PANEL_WIDTH * k)],
            first: 0,
            has_next,
        };
        let input_of = |at: *const u8| (at.addr() - start.addr()) / size_of::<f32>() / PANEL_WIDTH;
        let claim = |slice: &mut PairSlice| {
            let (from, stride) = slice.claim_prefetch();
            (from.map(input_of), stride)
        };
        // One pass prefetches all of the eight inputs that are left, 32 lines.
        let mut slice = PairSlice::new(&pair(true), 0..32, k);
        assert_eq!(claim(&mut slice), ([32, 32 + k], CACHE_LINE_BYTES));
        assert_eq!(claim(&mut slice).1, 0);
        // A pass over eight inputs prefetches a quarter of eight inputs.
        let mut slice = PairSlice::new(&pair(true), 32..k, k);
        let claimed: Vec<_> = (0..3).map(|_| claim(&mut slice)).collect();
        assert_eq!(claimed, [0, 2, 4].map(|at| ([2 * k + at, 3 * k + at], CACHE_LINE_BYTES)));
        assert_eq!(PairSlice::new(&pair(false), 32..k, k).claim_prefetch().1, 0);
    }
}
