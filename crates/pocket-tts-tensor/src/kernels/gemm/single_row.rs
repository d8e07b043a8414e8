//! One row times several panels of weights, read side by side: memory delivers several streams faster than one.

use super::{
    layout::PANEL_WIDTH,
    operands::{Element, Gemm},
};
use crate::kernels::simd::operations::Simd;

/// Most panels that are read side by side.
pub(crate) const MAX_PANELS: usize = 4;

/// Computes the outputs of `P` whole panels from output `first` on, `C` vectors per panel. Returns their number.
///
/// # Safety
///
/// `gemm` is checked and has one row, `C` vectors are as wide as a panel, and the panels end at the last output or
/// before.
#[inline(always)]
pub(crate) unsafe fn multiply<S: Simd, E: Element, const C: usize, const P: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    weights: *const E,
    first: usize,
) -> usize {
    let mut sums = [[simd.splat(0.0); C]; P];
    // SAFETY: the caller guarantees everything that is read and written.
    unsafe {
        let mut panels = [weights; P];
        for (p, (panel, sums)) in panels.iter_mut().zip(&mut sums).enumerate() {
            let first = first + p * PANEL_WIDTH;
            *panel = weights.add(first * gemm.k);
            for (c, sum) in sums.iter_mut().enumerate() {
                *sum = simd.load(gemm.bias.as_ptr().add(first + c * S::LANES));
            }
        }
        for i in 0..gemm.k {
            let x = simd.splat(*gemm.input.as_ptr().add(i));
            for (panel, sums) in panels.iter_mut().zip(&mut sums) {
                for (c, sum) in sums.iter_mut().enumerate() {
                    *sum = simd.mul_add(E::load(simd, panel.add(c * S::LANES)), x, *sum);
                }
                *panel = panel.add(PANEL_WIDTH);
            }
        }
        for (p, sums) in sums.iter().enumerate() {
            for (c, sum) in sums.iter().enumerate() {
                let at = first + p * PANEL_WIDTH + c * S::LANES;
                simd.store(gemm.output.as_mut_ptr().add(at), *sum);
            }
        }
    }
    P * PANEL_WIDTH
}
