//! Sums in registers, and the outputs that they come from and go to.

use super::{layout::PANEL_WIDTH, operands::Gemm};
use crate::kernels::simd::operations::Simd;

/// The bias, or else sums where an earlier block left them.
///
/// # Safety
///
/// `gemm` is checked; the rows are its rows from `row` on, and the vectors, no more than a panel's, its outputs from
/// `first` on up to the padded width. Unless `is_first`, the products of all earlier inputs are in the output.
#[inline(always)]
pub(crate) unsafe fn begin<S: Simd, const C: usize, const R: usize>(
    simd: S,
    gemm: &Gemm<'_>,
    [row, first]: [usize; 2],
    is_first: bool,
) -> [[S::V; C]; R] {
    let valid = gemm.n.saturating_sub(first).min(C * S::LANES);
    let mut buffer = [0.0; PANEL_WIDTH];
    let mut sums = [[simd.splat(0.0); C]; R];
    for (r, sums) in sums.iter_mut().enumerate() {
        // SAFETY: there are `valid` outputs, and a bias for each vector; vectors with fewer outputs come from a buffer
        // as wide as a panel.
        unsafe {
            let mut from = gemm.bias.as_ptr().add(first);
            if !is_first {
                from = gemm.output.as_ptr().wrapping_add((row + r) * gemm.n + first);
                if valid < C * S::LANES {
                    buffer.as_mut_ptr().copy_from_nonoverlapping(from, valid);
                    from = buffer.as_ptr();
                }
            }
            for (c, sum) in sums.iter_mut().enumerate() {
                *sum = simd.load(from.add(c * S::LANES));
            }
        }
    }
    sums
}

/// Puts sums where the outputs are.
///
/// # Safety
///
/// As for [`begin`].
#[inline(always)]
pub(crate) unsafe fn store<S: Simd, const C: usize, const R: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    [row, first]: [usize; 2],
    sums: &[[S::V; C]; R],
) {
    let valid = gemm.n.saturating_sub(first).min(C * S::LANES);
    let mut buffer = [0.0; PANEL_WIDTH];
    for (r, sums) in sums.iter().enumerate() {
        let output = gemm.output.as_mut_ptr().wrapping_add((row + r) * gemm.n + first);
        let is_whole = valid == C * S::LANES;
        // SAFETY: there is room for `valid` outputs; vectors that have more go through a buffer as wide as a panel.
        unsafe {
            let to = if is_whole { output } else { buffer.as_mut_ptr() };
            for (c, sum) in sums.iter().enumerate() {
                simd.store(to.add(c * S::LANES), *sum);
            }
            if !is_whole {
                output.copy_from_nonoverlapping(buffer.as_ptr(), valid);
            }
        }
    }
}
