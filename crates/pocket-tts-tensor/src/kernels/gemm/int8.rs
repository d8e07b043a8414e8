//! Matrix product of activations in 16 bits with weights in 8.
//!
//! An activation of a row is an integer `256 · high + low` in units of the row's scale. A weight is an integer in units
//! of its output's scale. Sums are exact integers, so every instruction set gives the same bits. For the layout of the
//! weights, see [`layout`](super::layout).

use super::{
    integer_tiles::{TilePosition, TiledProduct},
    layout::{GROUP, PANEL_WIDTH, padded_width},
};
use crate::kernels::{
    prefetch::{CACHE_LINE_BYTES, Prefetcher},
    simd::operations::Simd,
    sizes::elements,
};

/// What is added to the upper half of an activation, as instructions take unsigned bytes.
pub const HIGH_OFFSET: i32 = 128;
/// How far ahead of their use weights are prefetched.
const PREFETCH_DISTANCE_BYTES: usize = 4096;

/// `output[r] = weights · input[r] + bias` for each row `r`.
#[derive(Debug)]
pub struct Int8Gemm<'a> {
    /// Number of rows.
    pub rows: usize,
    /// Width of a row of activations, a multiple of [`GROUP`].
    pub k: usize,
    /// Number of outputs per row.
    pub n: usize,
    /// Upper halves of the activations plus [`HIGH_OFFSET`], `[rows, k]`.
    pub high: &'a [u8],
    /// Lower halves, `[rows, k]`.
    pub low: &'a [u8],
    /// The scale of each row's activations.
    pub row_scales: &'a [f32],
    /// Packed weights.
    pub weights: &'a [i8],
    /// The scale of each output's weights, padded with zeros as the weights are.
    pub scales: &'a [f32],
    /// [`HIGH_OFFSET`] times the sum of each output's weights, padded likewise.
    pub offsets: &'a [i32],
    /// One per output, padded likewise.
    pub bias: &'a [f32],
    /// `[rows, n]`
    pub output: &'a mut [f32],
}

impl Int8Gemm<'_> {
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say.
    pub(crate) fn check(&self) {
        let padded = padded_width(self.n);
        assert!(self.k.is_multiple_of(GROUP), "whole groups of inputs");
        assert!(self.weights.len() >= elements(padded, self.k), "packed weights are too short");
        assert!(self.high.len() >= elements(self.rows, self.k), "upper halves are too short");
        assert!(self.low.len() >= elements(self.rows, self.k), "lower halves are too short");
        assert!(self.row_scales.len() >= self.rows, "a scale for each row");
        let outputs = [self.scales.len(), self.offsets.len(), self.bias.len()];
        assert!(outputs.iter().all(|len| *len >= padded), "scales, offsets or bias are too short");
        assert!(self.output.len() >= elements(self.rows, self.n), "the output is too short");
    }
}

impl TiledProduct for Int8Gemm<'_> {
    const INPUTS_PER_STEP: usize = GROUP;
    type Weight = i8;

    fn rows(&self) -> usize {
        self.rows
    }
    fn inputs(&self) -> usize {
        self.k
    }
    fn outputs(&self) -> usize {
        self.n
    }
    fn weights(&self) -> &[i8] {
        self.weights
    }

    #[inline(always)]
    unsafe fn tile<S: Simd, const C: usize, const R: usize>(
        &mut self,
        simd: S,
        at: TilePosition,
        _: Prefetcher,
    ) {
        // SAFETY: the caller guarantees the position.
        unsafe {
            let sums = sum_products::<S, C, R>(simd, self, at);
            store_scaled(simd, self, sums, at);
        }
    }
}

/// The sums of the upper halves and of the lower halves, for `R` rows of `C` vectors of outputs.
type HalfSums<S, const C: usize, const R: usize> = [[[<S as Simd>::Sums; C]; R]; 2];

/// Multiplies a tile of `R` rows with `C` vectors of outputs.
///
/// # Safety
///
/// As for [`TiledProduct::tile`].
#[inline(always)]
unsafe fn sum_products<S: Simd, const C: usize, const R: usize>(
    simd: S,
    gemm: &Int8Gemm<'_>,
    TilePosition { first, width, row, column }: TilePosition,
) -> HalfSums<S, C, R> {
    let mut high = [[simd.zero_sums(); C]; R];
    let mut low = [[simd.zero_sums(); C]; R];
    // SAFETY: `check` found as many weights and activations as the sizes say; `k` is whole groups.
    unsafe {
        // After the last step this points behind the weights.
        let mut weights = gemm.weights.as_ptr().wrapping_add(first * gemm.k + column * GROUP);
        let activations = row * gemm.k;
        for group in 0..gemm.k / GROUP {
            let mut vectors = [simd.load_bytes(weights); C];
            for (c, vector) in vectors.iter_mut().enumerate() {
                *vector = simd.load_bytes(weights.add(c * S::LANES * GROUP));
            }
            if column == 0 {
                // Later columns find the panel in the cache.
                for line in (0..width * GROUP).step_by(CACHE_LINE_BYTES) {
                    simd.prefetch(weights.wrapping_add(PREFETCH_DISTANCE_BYTES + line));
                }
            }
            for r in 0..R {
                // `check` computed a larger index without overflow.
                let start = activations.wrapping_add(r.wrapping_mul(gemm.k)).wrapping_add(group * GROUP);
                let upper = simd.splat_bytes(gemm.high.as_ptr().add(start).cast::<[u8; GROUP]>().read());
                let lower = simd.splat_bytes(gemm.low.as_ptr().add(start).cast::<[u8; GROUP]>().read());
                for c in 0..C {
                    high[r][c] = simd.add_products(high[r][c], upper, vectors[c]);
                    low[r][c] = simd.add_products(low[r][c], lower, vectors[c]);
                }
            }
            weights = weights.wrapping_add(width * GROUP);
        }
    }
    [high, low]
}

/// Scales the sums, adds the bias, and stores the outputs.
///
/// # Safety
///
/// As for [`TiledProduct::tile`].
#[inline(always)]
unsafe fn store_scaled<S: Simd, const C: usize, const R: usize>(
    simd: S,
    gemm: &mut Int8Gemm<'_>,
    [high, low]: HalfSums<S, C, R>,
    TilePosition { first, row, column, .. }: TilePosition,
) {
    let outputs = first + column;
    // Some lanes may lie behind the last output.
    let valid = gemm.n.saturating_sub(outputs).min(C * S::LANES);
    if valid == 0 {
        return;
    }
    let mut buffer = [0.0; PANEL_WIDTH];
    for r in 0..R {
        let row_scale = simd.splat(gemm.row_scales[row + r]);
        for c in 0..C {
            // SAFETY: scales, offsets and bias reach as far as the padded outputs, and the buffer is as wide as a
            // panel.
            unsafe {
                let at = outputs + c * S::LANES;
                let offsets = gemm.offsets.as_ptr().add(at);
                let upper = simd.sums_less_offsets(high[r][c], offsets);
                let lower = simd.sums_to_numbers(low[r][c], offsets);
                let sum = simd.mul_add(upper, simd.splat(256.0), lower);
                let scale = simd.mul(simd.load(gemm.scales.as_ptr().add(at)), row_scale);
                let sum = simd.mul_add(sum, scale, simd.load(gemm.bias.as_ptr().add(at)));
                simd.store(buffer.as_mut_ptr().add(c * S::LANES), sum);
            }
        }
        let start = (row + r) * gemm.n + outputs;
        gemm.output[start..start + valid].copy_from_slice(&buffer[..valid]);
    }
}
