//! Matrix product of activations and weights in 16 bits each, twice as fast as one in `f32` and nearly as precise.
//!
//! Activations come in cells, the channels of one moment, each of a scale of its own; a row is one cell or several.
//! Sums of [`BLOCK`] products within a cell are exact integers of 32 bits, which packers of weights must have them
//! fit; blocks are added up in `f32`. Weights lie in panels as those of [`Gemm`](super::Gemm) do, but two inputs at
//! once: `[k / 2][width][2]`, as instructions take them that add up two products of 16 bits.

use super::{
    integer_tiles::{BlockProduct, Place},
    layout::{PAIR, PANEL_WIDTH, padded_width},
};
use crate::kernels::{
    prefetch::{ROWS_TO_ASK, Requests},
    simd::operations::Simd,
    sizes::{elements, span},
};

/// Most products that are added up as integers.
pub const BLOCK: usize = 64;
/// The greatest integer that an activation becomes.
pub const GREATEST_ACTIVATION: i16 = 16_383;

/// `output[r] = weights · input[r] + bias` for each row `r`.
#[derive(Debug)]
pub struct Int16Gemm<'a> {
    /// Activations, each at most [`GREATEST_ACTIVATION`] from 0; row `r` is the `k` elements from
    /// `r * input_stride`. They may overlap.
    pub input: &'a [i16],
    /// Elements from one row of `input` to the next, whole cells.
    pub input_stride: usize,
    /// What an activation's unit stands for, one per cell of `input`.
    pub input_scales: &'a [f32],
    /// Elements of a cell, a multiple of [`PAIR`].
    pub cell: usize,
    /// Number of rows.
    pub rows: usize,
    /// Width of a row of activations, whole cells.
    pub k: usize,
    /// Number of outputs per row.
    pub n: usize,
    /// Packed weights.
    pub weights: &'a [i16],
    /// What a weight's unit stands for, one per output, padded with zeros as the weights are.
    pub scales: &'a [f32],
    /// One per output, padded likewise.
    pub bias: &'a [f32],
    /// `[rows, n]`
    pub output: &'a mut [f32],
}

impl Int16Gemm<'_> {
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say, or something isn't made of whole cells.
    pub(crate) fn check(&self) {
        let padded = padded_width(self.n);
        assert!(self.cell > 0 && self.cell.is_multiple_of(PAIR), "cells are whole pairs");
        assert!(self.k.is_multiple_of(self.cell), "rows are whole cells");
        assert!(self.input_stride.is_multiple_of(self.cell), "whole cells from row to row");
        assert!(self.weights.len() >= elements(padded, self.k), "packed weights are too short");
        assert!(self.scales.len() >= padded && self.bias.len() >= padded, "scales or bias are too short");
        assert!(self.output.len() >= elements(self.rows, self.n), "the output is too short");
        let needed = span(self.rows, self.input_stride, self.k);
        assert!(self.input.len() >= needed, "{} activations, {needed} needed", self.input.len());
        assert!(self.input_scales.len() >= needed / self.cell, "a scale for each cell");
    }
}

impl BlockProduct for Int16Gemm<'_> {
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
    unsafe fn block<S: Simd, const C: usize, const R: usize, const OTHERS: bool>(
        &mut self,
        simd: S,
        at: Place,
        requests: Requests,
    ) {
        // SAFETY: the caller vouches for the place.
        unsafe {
            let numbers = numbers::<S, C, R, OTHERS>(simd, self, at, requests);
            finish(simd, self, numbers, [at.row, at.first + at.column]);
        }
    }
}

/// The products of `R` rows with `C` vectors of outputs, in the units of the weights.
///
/// # Safety
///
/// As for [`BlockProduct::block`].
#[inline(always)]
unsafe fn numbers<S: Simd, const C: usize, const R: usize, const OTHERS: bool>(
    simd: S,
    gemm: &Int16Gemm<'_>,
    Place { first, width, row, column }: Place,
    mut requests: Requests,
) -> [[S::V; C]; R] {
    let mut numbers = [[simd.splat(0.0); C]; R];
    let (stride, cell) = (gemm.input_stride, gemm.cell);
    // SAFETY: `check` found as many weights, activations and scales as the sizes say, and whole pairs and cells.
    unsafe {
        // After the last step it points behind the weights.
        let mut weights = gemm.weights.as_ptr().wrapping_add(first * gemm.k + column * PAIR);
        let mut start = 0;
        while start < gemm.k {
            // A block ends with its cell.
            let end = (start + BLOCK).min((start / cell + 1) * cell);
            let mut sums = [[simd.zero_pair_sums(); C]; R];
            let mut i = start;
            while i < end {
                if R >= ROWS_TO_ASK {
                    requests.send::<S, OTHERS>(simd);
                }
                let mut vectors = [simd.load_pairs(weights); C];
                for (c, vector) in vectors.iter_mut().enumerate() {
                    *vector = simd.load_pairs(weights.add(c * S::LANES * PAIR));
                }
                for (r, sums) in sums.iter_mut().enumerate() {
                    // `check` computed a larger one without wrapping.
                    let at = (row.wrapping_add(r)).wrapping_mul(stride).wrapping_add(i);
                    let pair = simd.splat_pair(gemm.input.as_ptr().add(at).cast::<[i16; PAIR]>().read());
                    for c in 0..C {
                        sums[c] = simd.add_pair_products(sums[c], pair, vectors[c]);
                    }
                }
                weights = weights.wrapping_add(width * PAIR);
                i += PAIR;
            }
            for (r, (numbers, sums)) in numbers.iter_mut().zip(sums).enumerate() {
                let cell_index = ((row + r) * stride + start) / cell;
                let scale = simd.splat(*gemm.input_scales.as_ptr().add(cell_index));
                for c in 0..C {
                    numbers[c] = simd.mul_add(simd.pair_sums_to_numbers(sums[c]), scale, numbers[c]);
                }
            }
            start = end;
        }
    }
    numbers
}

/// Scales, adds the bias and stores outputs from `first` on of rows from `row` on.
///
/// # Safety
///
/// The rows are the product's, and the vectors of outputs lie inside the padded width.
#[inline(always)]
unsafe fn finish<S: Simd, const C: usize, const R: usize>(
    simd: S,
    gemm: &mut Int16Gemm<'_>,
    numbers: [[S::V; C]; R],
    [row, first]: [usize; 2],
) {
    // Whole vectors may lie behind the last output.
    let valid = gemm.n.saturating_sub(first).min(C * S::LANES);
    let mut buffer = [0.0; PANEL_WIDTH];
    for (r, numbers) in numbers.iter().enumerate() {
        for (c, numbers) in numbers.iter().enumerate() {
            // SAFETY: scales and bias reach as far as the padded outputs, the buffer as a panel.
            unsafe {
                let at = first + c * S::LANES;
                let scale = simd.load(gemm.scales.as_ptr().add(at));
                let sum = simd.mul_add(*numbers, scale, simd.load(gemm.bias.as_ptr().add(at)));
                simd.store(buffer.as_mut_ptr().add(c * S::LANES), sum);
            }
        }
        if valid > 0 {
            let start = (row + r) * gemm.n + first;
            gemm.output[start..start + valid].copy_from_slice(&buffer[..valid]);
        }
    }
}
