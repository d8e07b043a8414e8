//! Quantization of activations to 16 bits. Plain code, which the compiler vectorizes.

use super::gemm::int16::MAX_ACTIVATION;

/// Adding this to a number leaves its nearest integer in the lowest bits: 1.5 * 2^23.
const TO_INTEGER: f32 = 12_582_912.0;

/// Quantizes blocks of numbers, each with its own scale.
#[derive(Debug)]
pub struct Quantization<'a> {
    /// The numbers, whole blocks.
    pub input: &'a [f32],
    /// Elements of a block.
    pub block_len: usize,
    /// As many integers.
    pub output: &'a mut [i16],
    /// The scale of each block: `output * scale` approximates `input`. NaN for a block with a number that isn't finite.
    pub scales: &'a mut [f32],
}

impl Quantization<'_> {
    /// # Panics
    ///
    /// If the sizes disagree.
    pub(crate) fn check(&self) {
        assert!(self.block_len > 0 && self.input.len().is_multiple_of(self.block_len), "whole blocks");
        assert!(self.output.len() == self.input.len(), "an integer for each number");
        assert!(self.scales.len() == self.input.len() / self.block_len, "a scale for each block");
    }
}

/// Quantizes the numbers.
#[inline(always)]
pub(crate) fn run(call: &mut Quantization<'_>) {
    let blocks = call.input.chunks_exact(call.block_len).zip(call.output.chunks_exact_mut(call.block_len));
    for ((numbers, integers), scale) in blocks.zip(&mut *call.scales) {
        let max = max_abs(numbers);
        let max_integer = f32::from(MAX_ACTIVATION);
        let inverse = max_integer / max;
        // Numbers too small to have an inverse become zeros.
        let inverse = if inverse.is_finite() { inverse } else { 0.0 };
        *scale = match max {
            max if !max.is_finite() => f32::NAN,
            max if inverse > 0.0 => max / max_integer,
            _ => 0.0,
        };
        for (x, integer) in numbers.iter().zip(integers) {
            *integer = nearest_integer(x * inverse) as i16;
        }
    }
}

/// The integer nearest to a number below 2^22 in absolute value. The standard library's rounding is a call.
#[inline(always)]
pub fn nearest_integer(x: f32) -> i32 {
    (x + TO_INTEGER).to_bits().wrapping_sub(TO_INTEGER.to_bits()) as i32
}

/// The greatest absolute value, or one that isn't finite if there is any. This is faster than comparing numbers.
#[inline(always)]
pub fn max_abs(numbers: &[f32]) -> f32 {
    // Without their signs, the bits of numbers are ordered as the numbers.
    f32::from_bits(numbers.iter().fold(0, |max, x| x.abs().to_bits().max(max)))
}
