//! Matrix product of activations with packed weights.
//!
//! Weights may be kept in fewer bits than the activations, which makes them faster to read; the arithmetic is
//! `f32` all the same (that in integers is in `gemm_int8.rs`). Weights of shape `[n, k]` are stored as panels of [`PANEL_WIDTH`] outputs (the last one
//! narrower, a multiple of [`VECTOR_WIDTH`](super::layout::VECTOR_WIDTH)), each panel `[k][width]`: a single row of activations
//! then reads them once, a panel or some side by side, and no lane is ever summed across.

use super::{
    blocked::{self, Panel},
    few_rows::{self, FEW_ROWS, PANELS, Pair},
    layout::{PANEL_WIDTH, padded_width},
    operands::{Element, Gemm, Weights},
    single_row::{self, PANELS_AT_ONCE},
};
use crate::kernels::{prefetch::NextPanel, simd::operations::Simd};

/// Sums that registers hold, where they hold those of several panels.
const MOST_SUMS: usize = 24;

/// Runs `gemm` with `SINGLE` vectors at once for a single row, and `WIDE` or else `NARROW` (one
/// [`VECTOR_WIDTH`](super::layout::VECTOR_WIDTH), or two vectors if that is one) for blocks of rows.
///
/// # Safety
///
/// `gemm` is checked.
#[inline(always)]
pub(crate) unsafe fn run<S: Simd, const SINGLE: usize, const WIDE: usize, const NARROW: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
) {
    // SAFETY: `check` found as many weights as the sizes say.
    unsafe {
        match gemm.weights {
            Weights::F32(weights) => panels::<S, _, SINGLE, WIDE, NARROW>(simd, gemm, weights.as_ptr()),
            Weights::Bf16(weights) => panels::<S, _, SINGLE, WIDE, NARROW>(simd, gemm, weights.as_ptr()),
        }
    }
}

/// [`run`] for weights of one kind.
#[inline(always)]
unsafe fn panels<S: Simd, E: Element, const SINGLE: usize, const WIDE: usize, const NARROW: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    weights: *const E,
) {
    let padded = padded_width(gemm.n);
    let mut first = 0;
    if gemm.rows == 1 && SINGLE * S::LANES == PANEL_WIDTH && SINGLE * PANELS_AT_ONCE <= MOST_SUMS {
        // SAFETY: `check` found the weights and the bias of all outputs, and these panels are whole.
        unsafe {
            while first + PANELS_AT_ONCE * PANEL_WIDTH <= gemm.n {
                first +=
                    single_row::panels_at_once::<S, E, SINGLE, PANELS_AT_ONCE>(simd, gemm, weights, first);
            }
            if first + 2 * PANEL_WIDTH <= gemm.n {
                first += single_row::panels_at_once::<S, E, SINGLE, 2>(simd, gemm, weights, first);
            }
        }
    }
    let holds_pairs = SINGLE * S::LANES == PANEL_WIDTH && SINGLE * PANELS * few_rows::ROWS <= MOST_SUMS;
    if holds_pairs && (2..=FEW_ROWS).contains(&gemm.rows) && gemm.k > 0 {
        while first + PANELS * PANEL_WIDTH <= gemm.n {
            // SAFETY: as above.
            unsafe {
                let start = weights.add(first * gemm.k);
                let has_next = first + 2 * PANELS * PANEL_WIDTH <= gemm.n;
                let pair = Pair { weights: [start, start.add(PANEL_WIDTH * gemm.k)], first, has_next };
                few_rows::multiply::<S, E, SINGLE>(simd, gemm, pair);
            }
            first += PANELS * PANEL_WIDTH;
        }
    }
    while first < padded {
        let width = PANEL_WIDTH.min(padded - first);
        let next_width = PANEL_WIDTH.min(padded - first - width);
        let next_panel = NextPanel {
            start: weights.wrapping_add((first + width) * gemm.k).cast(),
            bytes: next_width * gemm.k * size_of::<E>(),
        };
        // SAFETY: `check` found the weights of all panels, of which this is one.
        unsafe {
            let panel = Panel { weights: weights.add(first * gemm.k), first, width };
            blocked::multiply::<S, E, SINGLE, WIDE, NARROW>(simd, gemm, panel, next_panel);
        }
        first += width;
    }
}
