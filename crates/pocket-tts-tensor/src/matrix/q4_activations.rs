//! Activations quantized to 8 bits, for products with weights in 4. This module must not know weights.

use crate::kernels::{ActivationBlock, BLOCK, NIBBLE_OFFSET, max_abs, nearest_integer};

/// The greatest absolute value of a quantized activation.
const MAX_QUANTIZED_ACTIVATION: f32 = 127.0;

/// Rows of quantized activations. Each block has its own scale: that of a row would be too coarse for the small numbers
/// of a row with a large one.
#[derive(Debug)]
pub(crate) struct Q4Activations {
    /// `[rows, blocks_per_row]`
    pub(crate) blocks: Vec<ActivationBlock>,
    pub(crate) blocks_per_row: usize,
}

impl Q4Activations {
    /// Quantizes `count` rows of `inputs` activations, with `stride` elements from one row to the next.
    pub(crate) fn new(input: &[f32], stride: usize, count: usize, inputs: usize) -> Self {
        let blocks_per_row = inputs.div_ceil(BLOCK);
        let mut blocks = Vec::with_capacity(count * blocks_per_row);
        for row in 0..count {
            blocks.extend(input[row * stride..][..inputs].chunks(BLOCK).map(quantized));
        }
        Self { blocks, blocks_per_row }
    }
}

/// A block of at most [`BLOCK`] activations, padded with zeros. With a number that isn't finite it has the scale NaN, so
/// its products are NaN.
fn quantized(activations: &[f32]) -> ActivationBlock {
    let max = max_abs(activations);
    let scale = if max.is_finite() { max / MAX_QUANTIZED_ACTIVATION } else { f32::NAN };
    // The inverse of a scale near the least number is infinite.
    let inverse = Some(1.0 / scale).filter(|inverse| inverse.is_finite()).unwrap_or(0.0);
    let mut values = [0; BLOCK];
    for (value, x) in values.iter_mut().zip(activations) {
        *value = nearest_integer(x * inverse) as i8;
    }
    let sum: i32 = values.iter().copied().map(i32::from).sum();
    ActivationBlock { values, start: -NIBBLE_OFFSET * sum, scale }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random_numbers::random;

    #[test]
    fn an_activation_is_the_nearest_multiple_of_its_blocks_scale() {
        let mut input: Vec<f32> = random(1, 221).iter().map(|x| 1e-3 * x).collect();
        // The blocks differ in size.
        input[5] = 100.0;
        let rows = Q4Activations::new(&input, 70, 3, 81);
        assert_eq!((rows.blocks_per_row, rows.blocks.len()), (3, 9));
        for row in 0..3 {
            for (index, block) in rows.blocks[row * 3..][..3].iter().enumerate() {
                for (i, value) in block.values.iter().enumerate() {
                    let at = index * BLOCK + i;
                    let x = if at < 81 { input[row * 70 + at] } else { 0.0 };
                    let error = f32::from(*value) * block.scale - x;
                    assert!(error.abs() <= 0.51 * block.scale, "row {row}, input {at}: off by {error}");
                }
                let sum: i32 = block.values.iter().copied().map(i32::from).sum();
                assert_eq!(block.start, -NIBBLE_OFFSET * sum);
                assert!(
                    block.values.iter().any(|value| value.unsigned_abs() == 127),
                    "the scale fits the block"
                );
            }
        }
        assert!(rows.blocks[1].scale < 1e-4, "another block's size doesn't matter");
    }

    #[test]
    fn zeros_and_the_least_numbers_become_zeros_and_a_block_that_is_not_finite_has_the_scale_nan() {
        let blocks = Q4Activations::new(&[0.0, 1e-44, f32::NAN, 1.0, f32::INFINITY, 0.0], 2, 3, 2).blocks;
        assert_eq!(blocks[0].values, [0; BLOCK]);
        assert!(blocks[0].scale.is_finite() && blocks[1].scale.is_nan() && blocks[2].scale.is_nan());
    }
}
