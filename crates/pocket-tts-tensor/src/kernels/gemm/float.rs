//! Matrix product in floating point: the choice of an algorithm for each panel of weights.
//!
//! Weights may have 16 bits, which makes them faster to read; the arithmetic is `f32` all the same. One row reads
//! several panels side by side (`single_row.rs`), and the rest goes panel by panel (`blocked.rs`).

use super::{
    blocked::{self, Panel},
    layout::{PANEL_WIDTH, padded_width},
    operands::{Element, Gemm, Weights},
    single_row::{self, MAX_PANELS},
};
use crate::kernels::{prefetch::NextPanel, simd::operations::Simd};

/// Most vectors of sums in registers, where they belong to several panels.
const MAX_SUMS: usize = 24;

/// Computes a product. The vectors of outputs per tile are `SINGLE` for one row, `FEW` for two or three, and `WIDE` for more; where
/// fewer than `WIDE` vectors are left they are `NARROW`, or two and then one if `NARROW` is one. `NARROW` vectors are
/// at most [`VECTOR_WIDTH`](super::layout::VECTOR_WIDTH) wide.
///
/// # Safety
///
/// `gemm` is checked.
#[inline(always)]
pub(crate) unsafe fn run<
    S: Simd,
    const SINGLE: usize,
    const FEW: usize,
    const WIDE: usize,
    const NARROW: usize,
>(
    simd: S,
    gemm: &mut Gemm<'_>,
) {
    // SAFETY: `check` found as many weights as the sizes say.
    unsafe {
        match gemm.weights {
            Weights::F32(weights) => {
                run_panels::<S, _, SINGLE, FEW, WIDE, NARROW>(simd, gemm, weights.as_ptr());
            }
            Weights::Bf16(weights) => {
                run_panels::<S, _, SINGLE, FEW, WIDE, NARROW>(simd, gemm, weights.as_ptr());
            }
        }
    }
}

/// [`run`] for weights of one type.
///
/// # Safety
///
/// As for [`run`]; `weights` are `gemm`'s.
#[inline(always)]
unsafe fn run_panels<
    S: Simd,
    E: Element,
    const SINGLE: usize,
    const FEW: usize,
    const WIDE: usize,
    const NARROW: usize,
>(
    simd: S,
    gemm: &mut Gemm<'_>,
    weights: *const E,
) {
    let padded = padded_width(gemm.n);
    let mut first = 0;
    if gemm.rows == 1 && SINGLE * S::LANES == PANEL_WIDTH && SINGLE * MAX_PANELS <= MAX_SUMS {
        // SAFETY: `check` found the weights and the bias of all outputs, and these panels are whole.
        unsafe {
            while first + MAX_PANELS * PANEL_WIDTH <= gemm.n {
                first += single_row::multiply::<S, E, SINGLE, MAX_PANELS>(simd, gemm, weights, first);
            }
            if first + 2 * PANEL_WIDTH <= gemm.n {
                first += single_row::multiply::<S, E, SINGLE, 2>(simd, gemm, weights, first);
            }
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
            blocked::multiply::<S, E, SINGLE, FEW, WIDE, NARROW>(simd, gemm, panel, next_panel);
        }
        first += width;
    }
}
