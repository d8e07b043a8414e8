//! Moves the sums of a tile between registers and the output.

use super::{layout::PANEL_WIDTH, operands::Gemm};
use crate::kernels::simd::operations::Simd;

/// Starts the sums of a tile: with the bias if `is_first`, otherwise with the output's own values.
///
/// # Safety
///
/// `gemm` is checked. The `R` rows from `row` on are its rows. The `C` vectors, at most a panel's, are its outputs from
/// `first` on, up to the padded width. Unless `is_first`, the output holds the sums of all earlier inputs.
#[inline(always)]
pub(crate) unsafe fn start_sums<S: Simd, const C: usize, const R: usize>(
    simd: S,
    gemm: &Gemm<'_>,
    [row, first]: [usize; 2],
    is_first: bool,
) -> [[S::V; C]; R] {
    let valid = gemm.n.saturating_sub(first).min(C * S::LANES);
    let mut buffer = [0.0; PANEL_WIDTH];
    let mut sums = [[simd.splat(0.0); C]; R];
    for (r, sums) in sums.iter_mut().enumerate() {
        // SAFETY: there are `valid` outputs, and a bias for each vector. Vectors with fewer outputs come from a
        // buffer as wide as a panel.
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

/// Writes the sums of a tile to the output.
///
/// # Safety
///
/// As for [`start_sums`].
#[inline(always)]
pub(crate) unsafe fn store_sums<S: Simd, const C: usize, const R: usize>(
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
        // SAFETY: there is room for `valid` outputs. Vectors with more lanes go through a buffer as wide as a panel.
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
