//! Activations quantized to 16 bits, for products with weights in 4. This module must not know weights.

use crate::kernels::{ActivationBlock, BLOCK, NIBBLE_OFFSET, max_abs, nearest_integer};

/// The greatest absolute value of a quantized activation, of which both halves are signed bytes.
const MAX_QUANTIZED_ACTIVATION: f32 = 32_639.0;

/// Rows of quantized activations, each with its own scale.
#[derive(Debug)]
pub(crate) struct Q4Activations {
    /// `[rows, blocks_per_row]`
    pub(crate) blocks: Vec<ActivationBlock>,
    pub(crate) blocks_per_row: usize,
    /// The scale of each row. A row with a number that isn't finite has the scale NaN, so its products are NaN.
    pub(crate) scales: Vec<f32>,
}

impl Q4Activations {
    /// Quantizes `count` rows of `inputs` activations, with `stride` elements from one row to the next.
    pub(crate) fn new(input: &[f32], stride: usize, count: usize, inputs: usize) -> Self {
        let blocks_per_row = inputs.div_ceil(BLOCK);
        let mut blocks = Vec::with_capacity(count * blocks_per_row);
        let mut scales = Vec::with_capacity(count);
        for row in 0..count {
            let activations = &input[row * stride..][..inputs];
            let max = max_abs(activations);
            scales.push(if max.is_finite() { max / MAX_QUANTIZED_ACTIVATION } else { f32::NAN });
            let inverse = if max > 0.0 && max.is_finite() { MAX_QUANTIZED_ACTIVATION / max } else { 0.0 };
            blocks.extend(activations.chunks(BLOCK).map(|block| quantized(block, inverse)));
        }
        Self { blocks, blocks_per_row, scales }
    }
}

/// A block of at most [`BLOCK`] activations, padded with zeros.
fn quantized(activations: &[f32], inverse_scale: f32) -> ActivationBlock {
    let mut integers = [0; BLOCK];
    for (integer, x) in integers.iter_mut().zip(activations) {
        *integer = nearest_integer(x * inverse_scale);
    }
    // The lower half is signed, so the upper half is rounded to the nearest. The integer of a number that isn't finite is
    // any, as the scale makes its products NaN.
    let sum = integers.iter().fold(0, |sum: i32, integer| sum.wrapping_add(*integer));
    ActivationBlock {
        high: integers.map(|integer| (integer.wrapping_add(128) >> 8) as i8),
        low: integers.map(|integer| integer as i8),
        start: sum.wrapping_mul(-NIBBLE_OFFSET),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random_numbers::random;

    #[test]
    fn the_halves_of_an_activation_make_up_its_integer() {
        let input: Vec<f32> = random(1, 221).iter().map(|x| 1e-3 * x).collect();
        let rows = Q4Activations::new(&input, 70, 3, 81);
        assert_eq!((rows.blocks_per_row, rows.blocks.len()), (3, 9));
        for row in 0..3 {
            let mut sums = [0; 3];
            for i in 0..96 {
                let block = &rows.blocks[row * 3 + i / BLOCK];
                let integer = 256 * i32::from(block.high[i % BLOCK]) + i32::from(block.low[i % BLOCK]);
                sums[i / BLOCK] += integer;
                let x = if i < 81 { input[row * 70 + i] } else { 0.0 };
                let error = integer as f32 * rows.scales[row] - x;
                assert!(error.abs() <= 0.51 * rows.scales[row], "row {row}, input {i}: off by {error}");
            }
            for (block, sum) in rows.blocks[row * 3..].iter().zip(sums) {
                assert_eq!(block.start, -NIBBLE_OFFSET * sum);
            }
        }
    }

    #[test]
    fn the_greatest_activations_fit_their_halves() {
        for sign in [1.0, -1.0] {
            let block = Q4Activations::new(&[sign], 1, 1, 1).blocks[0];
            let integer = 256 * i32::from(block.high[0]) + i32::from(block.low[0]);
            assert_eq!(integer, (sign * MAX_QUANTIZED_ACTIVATION) as i32);
        }
    }

    #[test]
    fn zeros_stay_zeros_and_a_row_that_is_not_finite_has_the_scale_nan() {
        let rows = Q4Activations::new(&[0.0, 0.0, f32::NAN, 1.0, f32::INFINITY, 0.0], 2, 3, 2);
        assert_eq!(rows.scales[0].to_bits(), 0.0_f32.to_bits());
        assert!(rows.scales[1].is_nan() && rows.scales[2].is_nan());
        let zeros = rows.blocks[0];
        assert_eq!(zeros, ActivationBlock { high: [0; BLOCK], low: [0; BLOCK], start: 0 });
    }
}
