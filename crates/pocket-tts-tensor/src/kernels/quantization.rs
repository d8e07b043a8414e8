//! From numbers to integers of 16 bits. Plain code, which the compiler makes vector instructions of.

use super::gemm::int16::GREATEST_ACTIVATION;

/// Adding this leaves a number's nearest integer in the lowest bits: 1.5 * 2^23.
const TO_INTEGER: f32 = 12_582_912.0;

/// Rounds cells of numbers to integers of a scale for each.
#[derive(Debug)]
pub struct Rounding<'a> {
    /// The numbers, whole cells.
    pub input: &'a [f32],
    /// Elements of a cell.
    pub cell: usize,
    /// As many integers.
    pub output: &'a mut [i16],
    /// What an integer's unit stands for, one per cell; NaN for a cell with a number that isn't finite.
    pub scales: &'a mut [f32],
}

impl Rounding<'_> {
    /// # Panics
    ///
    /// If the sizes disagree.
    pub(crate) fn check(&self) {
        assert!(self.cell > 0 && self.input.len().is_multiple_of(self.cell), "whole cells");
        assert!(self.output.len() == self.input.len(), "an integer for each number");
        assert!(self.scales.len() == self.input.len() / self.cell, "a scale for each cell");
    }
}

/// Rounds the numbers.
#[inline(always)]
pub(crate) fn round(call: &mut Rounding<'_>) {
    let cells = call.input.chunks_exact(call.cell).zip(call.output.chunks_exact_mut(call.cell));
    for ((numbers, integers), scale) in cells.zip(&mut *call.scales) {
        let most = greatest_size(numbers);
        let greatest = f32::from(GREATEST_ACTIVATION);
        let inverse = greatest / most;
        // What is too small to have an inverse counts as zero.
        let inverse = if inverse.is_finite() { inverse } else { 0.0 };
        *scale = match most {
            most if !most.is_finite() => f32::NAN,
            most if inverse > 0.0 => most / greatest,
            _ => 0.0,
        };
        for (x, integer) in numbers.iter().zip(integers) {
            *integer = nearest_integer(x * inverse) as i16;
        }
    }
}

/// The integer nearest to a number below 2^22; the standard library's rounding is a call.
#[inline(always)]
pub fn nearest_integer(x: f32) -> i32 {
    (x + TO_INTEGER).to_bits().wrapping_sub(TO_INTEGER.to_bits()) as i32
}

/// The greatest absolute value, or what isn't finite if there is such; faster than comparing numbers.
#[inline(always)]
pub fn greatest_size(numbers: &[f32]) -> f32 {
    // Without their signs, the bits of numbers are in the order of the numbers.
    f32::from_bits(numbers.iter().fold(0, |most, x| x.abs().to_bits().max(most)))
}
