//! Weights quantized to 16 bits, such that partial sums of products with activations fit 32. This module must not know
//! files.

use std::{collections::TryReserveError, sync::Arc};

use super::packing::{WeightBuffer, inverse_scales, number_per_output};
use crate::kernels::{MAX_ACTIVATION, PAIR, PARTIAL_SUM_INPUTS};

/// Quantized weights of a matrix.
#[derive(Debug, Clone)]
pub(crate) struct Int16Weights {
    pub(crate) values: WeightBuffer<i16>,
    /// The scale of each output.
    pub(crate) scales: Arc<[f32]>,
    /// Inputs of a quantization block of activations.
    pub(crate) block_len: usize,
}

/// The greatest absolute value of a quantized weight.
const MAX_INT16_WEIGHT: f32 = 32_767.0;
/// The greatest sum of absolute values of the weights of one partial sum, so that it doesn't overflow. Rounding adds
/// half a unit to each weight at most.
const MAX_WEIGHT_SUM: f32 = (i32::MAX / MAX_ACTIVATION as i32 - PARTIAL_SUM_INPUTS as i32) as f32;

impl Int16Weights {
    /// Quantizes and packs `weight(output, input)`, for activations in blocks of `block_len`.
    ///
    /// # Errors
    ///
    /// If memory is short.
    ///
    /// # Panics
    ///
    /// If blocks aren't whole pairs, or inputs aren't whole blocks.
    #[expect(clippy::panic_in_result_fn, reason = "blocks that don't fit are a bug in the caller")]
    pub(crate) fn pack(
        shape: [usize; 2],
        block_len: usize,
        weight: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Result<Self, TryReserveError> {
        let [_, inputs] = shape;
        assert!(fits(inputs, block_len), "{inputs} inputs in blocks of {block_len}");
        let scales = number_per_output(shape, |j| finest_scale(inputs, block_len, |i| weight(j, i)));
        let inverse = inverse_scales(&scales);
        let values = WeightBuffer::packed::<PAIR>(shape, |j, i| (weight(j, i) * inverse[j]).round() as i16)?;
        Ok(Self { values, scales: scales.into(), block_len })
    }
}

/// Whether inputs are whole blocks of this length, and blocks are whole pairs.
pub(crate) fn fits(inputs: usize, block_len: usize) -> bool {
    block_len > 0 && block_len.is_multiple_of(PAIR) && inputs.is_multiple_of(block_len)
}

/// The smallest scale with which an output's weights fit 16 bits and its partial sums don't overflow.
fn finest_scale(inputs: usize, block_len: usize, weight: impl Fn(usize) -> f32) -> f32 {
    let larger = |max: f32, x: f32| if x > max { x } else { max };
    let (mut max, mut max_sum) = (0.0_f32, 0.0_f32);
    for block in (0..inputs).step_by(block_len) {
        for start in (block..block + block_len).step_by(PARTIAL_SUM_INPUTS) {
            let mut sum = 0.0;
            for i in start..(start + PARTIAL_SUM_INPUTS).min(block + block_len) {
                let size = weight(i).abs();
                max = larger(max, size);
                sum += size;
            }
            max_sum = larger(max_sum, sum);
        }
    }
    larger(max / MAX_INT16_WEIGHT, max_sum / MAX_WEIGHT_SUM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernels::padded_width, random_numbers::random};

    /// The greatest partial sum that any activations can give.
    fn greatest_sum(weights: &Int16Weights, inputs: usize) -> i64 {
        let width = padded_width(1);
        let value = |i: usize| weights.values.as_slice()[i / PAIR * width * PAIR + i % PAIR];
        let sizes = |start: usize| {
            (start..(start + PARTIAL_SUM_INPUTS).min(inputs)).map(|i| i64::from(value(i)).abs())
        };
        let sums = (0..inputs).step_by(PARTIAL_SUM_INPUTS).map(|start| sizes(start).sum::<i64>());
        sums.max().unwrap_or(0) * i64::from(MAX_ACTIVATION)
    }

    #[test]
    fn no_sum_overflows_whatever_the_weights_are() {
        let inputs = 3 * PARTIAL_SUM_INPUTS;
        let spike = |i: usize| if i == 7 { 5.0 } else { 0.0 };
        let noise = random(3, inputs);
        let weights: [&(dyn Fn(usize) -> f32 + Sync); 4] =
            [&|_| 1.0, &|i| if i % 2 == 0 { 1e-30 } else { -1e-30 }, &spike, &|i| noise[i]];
        for (index, weight) in weights.iter().enumerate() {
            let packed = Int16Weights::pack([1, inputs], inputs, |_, i| weight(i)).unwrap();
            let sum = greatest_sum(&packed, inputs);
            assert!(sum <= i64::from(i32::MAX), "weights {index}: {sum}");
            let is_finest = sum > i64::from(i32::MAX) / 2 || packed.values.as_slice().contains(&32_767);
            assert!(is_finest, "weights {index}: {sum}");
        }
    }
}
