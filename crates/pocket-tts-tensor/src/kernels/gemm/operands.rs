//! The operands of a product in floating point.

use super::layout::padded_width;
use crate::kernels::{
    simd::operations::Simd,
    sizes::{elements, span},
};

/// `output[r] = weights · input[r] + bias` for each row `r`.
#[derive(Debug)]
pub struct Gemm<'a> {
    /// Rows of activations; row `r` is the `k` elements from `r * input_stride`. They may overlap.
    pub input: &'a [f32],
    /// Elements from one row of `input` to the next.
    pub input_stride: usize,
    /// Number of rows.
    pub rows: usize,
    /// Packed weights.
    pub weights: Weights<'a>,
    /// One per output, padded with zeros as the weights are.
    pub bias: &'a [f32],
    /// Width of a row of activations.
    pub k: usize,
    /// Number of outputs per row.
    pub n: usize,
    /// `[rows, n]`
    pub output: &'a mut [f32],
}

/// Packed weights in floating point.
#[derive(Debug, Clone, Copy)]
pub enum Weights<'a> {
    /// 32 bits each.
    F32(&'a [f32]),
    /// The upper halves of `f32` numbers.
    Bf16(&'a [u16]),
}

impl Weights<'_> {
    /// The weights from index `start` on.
    pub(crate) fn from(self, start: usize) -> Self {
        match self {
            Self::F32(values) => Self::F32(&values[start..]),
            Self::Bf16(values) => Self::Bf16(&values[start..]),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::Bf16(values) => values.len(),
        }
    }
}

/// The type of a stored weight.
pub(crate) trait Element: Copy {
    /// Reads a vector of weights as `f32` numbers.
    ///
    /// # Safety
    ///
    /// `S::LANES` weights can be read from `from`.
    unsafe fn load<S: Simd>(simd: S, from: *const Self) -> S::V;
}

impl Element for f32 {
    #[inline(always)]
    unsafe fn load<S: Simd>(simd: S, from: *const Self) -> S::V {
        // SAFETY: the caller guarantees the weights.
        unsafe { simd.load(from) }
    }
}

impl Element for u16 {
    #[inline(always)]
    unsafe fn load<S: Simd>(simd: S, from: *const Self) -> S::V {
        // SAFETY: as above.
        unsafe { simd.load_bf16(from) }
    }
}

impl Gemm<'_> {
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say.
    pub(crate) fn check(&self) {
        let padded = padded_width(self.n);
        assert!(self.weights.len() >= elements(padded, self.k), "packed weights are too short");
        assert!(self.bias.len() >= padded, "the bias is too short");
        assert!(self.output.len() >= elements(self.rows, self.n), "the output is too short");
        let needed = span(self.rows, self.input_stride, self.k);
        assert!(self.input.len() >= needed, "{} activations, {needed} needed", self.input.len());
    }
}
