//! Matrix product of activations and weights in 16 bits each: twice as fast as one in `f32`, and nearly as precise.
//!
//! Activations come in quantization blocks, which are the channels of one moment, each with its own scale. A row is
//! one block or several. [`PARTIAL_SUM_INPUTS`] products within a block are accumulated in exact 32-bit integers;
//! weights must be scaled so that these partial sums don't overflow. Partial sums are accumulated in `f32`. For the
//! layout of the weights, see [`layout`](super::layout).

use super::{
    integer_tiles::{TilePosition, TiledProduct},
    layout::{PAIR, PANEL_WIDTH, padded_width},
};
use crate::kernels::{
    prefetch::{MIN_PREFETCH_ROWS, Prefetcher},
    simd::operations::Simd,
    sizes::{elements, span},
};

/// Most products that are accumulated in integers.
pub const PARTIAL_SUM_INPUTS: usize = 64;
/// The greatest absolute value of a quantized activation.
pub const MAX_ACTIVATION: i16 = 16_383;

/// `output[r] = weights · input[r] + bias` for each row `r`.
#[derive(Debug)]
pub struct Int16Gemm<'a> {
    /// Activations, of at most [`MAX_ACTIVATION`] in absolute value. Row `r` is the `k` elements from
    /// `r * input_stride`. Rows may overlap.
    pub input: &'a [i16],
    /// Elements from one row of `input` to the next, whole blocks.
    pub input_stride: usize,
    /// The scale of each block of `input`.
    pub input_scales: &'a [f32],
    /// Elements of a quantization block, a multiple of [`PAIR`].
    pub block_len: usize,
    /// Number of rows.
    pub rows: usize,
    /// Width of a row of activations, whole blocks.
    pub k: usize,
    /// Number of outputs per row.
    pub n: usize,
    /// Packed weights.
    pub weights: &'a [i16],
    /// The scale of each output's weights, padded with zeros as the weights are.
    pub scales: &'a [f32],
    /// One per output, padded likewise.
    pub bias: &'a [f32],
    /// `[rows, n]`
    pub output: &'a mut [f32],
}

impl Int16Gemm<'_> {
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say, or something isn't made of whole blocks.
    pub(crate) fn check(&self) {
        let padded = padded_width(self.n);
        assert!(self.block_len > 0 && self.block_len.is_multiple_of(PAIR), "blocks are whole pairs");
        assert!(self.k.is_multiple_of(self.block_len), "rows are whole blocks");
        assert!(self.input_stride.is_multiple_of(self.block_len), "strides are whole blocks");
        assert!(self.weights.len() >= elements(padded, self.k), "packed weights are too short");
        assert!(self.scales.len() >= padded && self.bias.len() >= padded, "scales or bias are too short");
        assert!(self.output.len() >= elements(self.rows, self.n), "the output is too short");
        let needed = span(self.rows, self.input_stride, self.k);
        assert!(self.input.len() >= needed, "{} activations, {needed} needed", self.input.len());
        assert!(self.input_scales.len() >= needed / self.block_len, "a scale for each block");
    }
}

impl TiledProduct for Int16Gemm<'_> {
    const INPUTS_PER_STEP: usize = PAIR;
    type Weight = i16;

    fn rows(&self) -> usize {
        self.rows
    }
    fn inputs(&self) -> usize {
        self.k
    }
    fn outputs(&self) -> usize {
        self.n
    }
    fn weights(&self) -> &[i16] {
        self.weights
    }

    #[inline(always)]
    unsafe fn tile<S: Simd, const C: usize, const R: usize>(
        &mut self,
        simd: S,
        at: TilePosition,
        prefetcher: Prefetcher,
    ) {
        // SAFETY: the caller guarantees the position.
        unsafe {
            let sums = sum_products::<S, C, R>(simd, self, at, prefetcher);
            store_scaled(simd, self, sums, [at.row, at.first + at.column]);
        }
    }
}

/// Multiplies a tile of `R` rows with `C` vectors of outputs. The sums are in units of the weights' scales.
///
/// # Safety
///
/// As for [`TiledProduct::tile`].
#[inline(always)]
unsafe fn sum_products<S: Simd, const C: usize, const R: usize>(
    simd: S,
    gemm: &Int16Gemm<'_>,
    TilePosition { first, width, row, column }: TilePosition,
    mut prefetcher: Prefetcher,
) -> [[S::V; C]; R] {
    let mut sums = [[simd.splat(0.0); C]; R];
    let (stride, block_len) = (gemm.input_stride, gemm.block_len);
    // SAFETY: `check` found as many weights, activations and scales as the sizes say, and whole pairs and blocks.
    unsafe {
        // After the last step this points behind the weights.
        let mut weights = gemm.weights.as_ptr().wrapping_add(first * gemm.k + column * PAIR);
        let mut start = 0;
        while start < gemm.k {
            // A partial sum ends with its block at the latest.
            let end = (start + PARTIAL_SUM_INPUTS).min((start / block_len + 1) * block_len);
            let mut partial_sums = [[simd.zero_pair_sums(); C]; R];
            let mut i = start;
            while i < end {
                if R >= MIN_PREFETCH_ROWS {
                    prefetcher.step(simd);
                }
                let mut vectors = [simd.load_pairs(weights); C];
                for (c, vector) in vectors.iter_mut().enumerate() {
                    *vector = simd.load_pairs(weights.add(c * S::LANES * PAIR));
                }
                for (r, partial_sums) in partial_sums.iter_mut().enumerate() {
                    // `check` computed a larger index without overflow.
                    let at = (row.wrapping_add(r)).wrapping_mul(stride).wrapping_add(i);
                    let pair = simd.splat_pair(gemm.input.as_ptr().add(at).cast::<[i16; PAIR]>().read());
                    for c in 0..C {
                        partial_sums[c] = simd.add_pair_products(partial_sums[c], pair, vectors[c]);
                    }
                }
                weights = weights.wrapping_add(width * PAIR);
                i += PAIR;
            }
            for (r, (sums, partial_sums)) in sums.iter_mut().zip(partial_sums).enumerate() {
                let block = ((row + r) * stride + start) / block_len;
                let scale = simd.splat(*gemm.input_scales.as_ptr().add(block));
                for c in 0..C {
                    sums[c] = simd.mul_add(simd.pair_sums_to_numbers(partial_sums[c]), scale, sums[c]);
                }
            }
            start = end;
        }
    }
    sums
}

/// Scales the sums, adds the bias, and stores the outputs from `first` on of the rows from `row` on.
///
/// # Safety
///
/// The rows are the product's, and the vectors of outputs lie inside the padded width.
#[inline(always)]
unsafe fn store_scaled<S: Simd, const C: usize, const R: usize>(
    simd: S,
    gemm: &mut Int16Gemm<'_>,
    sums: [[S::V; C]; R],
    [row, first]: [usize; 2],
) {
    // Some lanes may lie behind the last output.
    let valid = gemm.n.saturating_sub(first).min(C * S::LANES);
    let mut buffer = [0.0; PANEL_WIDTH];
    for (r, sums) in sums.iter().enumerate() {
        for (c, sum) in sums.iter().enumerate() {
            // SAFETY: scales and bias reach as far as the padded outputs, and the buffer is as wide as a panel.
            unsafe {
                let at = first + c * S::LANES;
                let scale = simd.load(gemm.scales.as_ptr().add(at));
                let sum = simd.mul_add(*sum, scale, simd.load(gemm.bias.as_ptr().add(at)));
                simd.store(buffer.as_mut_ptr().add(c * S::LANES), sum);
            }
        }
        if valid > 0 {
            let start = (row + r) * gemm.n + first;
            gemm.output[start..start + valid].copy_from_slice(&buffer[..valid]);
        }
    }
}
