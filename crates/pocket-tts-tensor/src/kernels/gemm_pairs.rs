//! Few rows times two panels of weights side by side: memory gives two streams faster than one.
//!
//! Registers hold the sums of two rows only. The first two read a piece of both panels from memory, the others find
//! it in the cache. Only AVX-512 has registers for this.
//!
//! These products ask for nothing in advance, neither for themselves nor for a reader by turns: they are as short of
//! memory as it is.

use std::ops::Range;

use super::{
    gemm::{Element, Gemm, PANEL_WIDTH},
    gemm_blocks::{begin, store},
    interleave::{steps_per_chunk, wait_for},
    simd::Simd,
};

/// Most rows: with more there is so much to compute that the next panel is better asked for meanwhile.
pub(super) const FEW_ROWS: usize = 8;
/// Panels that are read side by side.
pub(super) const PANELS: usize = 2;
/// Rows whose sums are in registers.
pub(super) const ROWS: usize = 2;
/// Inputs whose weights stay in the cache's first level while all rows are multiplied with them: 16 KB in `f32`.
const INPUTS_AT_ONCE: usize = 32;

/// Two panels of a product.
#[derive(Clone, Copy)]
pub(super) struct Pair<E> {
    /// The weights of each, `[k][PANEL_WIDTH]`.
    pub(super) weights: [*const E; PANELS],
    /// The first output.
    pub(super) first: usize,
}

/// Computes the outputs of two whole panels, `C` vectors each.
///
/// # Safety
///
/// `gemm` is checked, the panels are whole ones of its weights, and `C` vectors are as wide as a panel.
#[inline(always)]
pub(super) unsafe fn multiply<S: Simd, E: Element, const C: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    pair: Pair<E>,
) {
    let step_bytes = PANEL_WIDTH * size_of::<E>();
    let mut waited_for = 0;
    let mut start = 0;
    while start < gemm.k {
        if start == waited_for {
            waited_for = gemm.k.min(start + steps_per_chunk(PANELS * step_bytes));
            for weights in pair.weights {
                wait_for(weights.wrapping_add(start * PANEL_WIDTH), (waited_for - start) * step_bytes);
            }
        }
        let end = waited_for.min(start + INPUTS_AT_ONCE);
        let mut row = 0;
        while row < gemm.rows {
            // SAFETY: the caller vouches for the panels, and the inputs and rows are theirs.
            unsafe {
                row += if gemm.rows - row >= ROWS {
                    block::<S, E, C, ROWS>(simd, gemm, pair, row, start..end)
                } else {
                    block::<S, E, C, 1>(simd, gemm, pair, row, start..end)
                };
            }
        }
        start = end;
    }
}

/// Adds the products of some inputs of `R` rows to the outputs of both panels; returns `R`.
///
/// # Safety
///
/// As for [`multiply`]; the inputs and the rows are the product's.
#[inline(always)]
unsafe fn block<S: Simd, E: Element, const C: usize, const R: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    pair: Pair<E>,
    row: usize,
    inputs: Range<usize>,
) -> usize {
    let first = pair.first;
    let is_first = inputs.start == 0;
    // SAFETY: the caller vouches for all that is read and written.
    unsafe {
        let mut left = begin::<S, C, R>(simd, gemm, [row, first], is_first);
        let mut right = begin::<S, C, R>(simd, gemm, [row, first + PANEL_WIDTH], is_first);
        let [mut weights, mut others] = pair.weights.map(|weights| weights.add(inputs.start * PANEL_WIDTH));
        let input = gemm.input.as_ptr().add(row * gemm.input_stride);
        for i in inputs {
            let mut columns = [[simd.splat(0.0); C]; PANELS];
            for (columns, weights) in columns.iter_mut().zip([weights, others]) {
                for (c, column) in columns.iter_mut().enumerate() {
                    *column = E::load(simd, weights.add(c * S::LANES));
                }
            }
            for (r, (left, right)) in left.iter_mut().zip(&mut right).enumerate() {
                // `check` computed a larger one without wrapping.
                let at = r.wrapping_mul(gemm.input_stride).wrapping_add(i);
                let x = simd.splat(*input.add(at));
                for c in 0..C {
                    left[c] = simd.mul_add(columns[0][c], x, left[c]);
                    right[c] = simd.mul_add(columns[1][c], x, right[c]);
                }
            }
            weights = weights.add(PANEL_WIDTH);
            others = others.add(PANEL_WIDTH);
        }
        store(simd, gemm, [row, first], &left);
        store(simd, gemm, [row, first + PANEL_WIDTH], &right);
    }
    R
}
