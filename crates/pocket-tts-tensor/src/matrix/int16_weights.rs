//! Weights in 16 bits, whose sums of products with activations fit 32. It must not know files.

use std::{collections::TryReserveError, sync::Arc};

use super::packing::Buffer;
use crate::{
    exec::parallel::{Rows, for_each_part},
    kernels::{BLOCK, GREATEST_ACTIVATION, PAIR, padded_width},
};

/// Weights in 16 bits.
#[derive(Debug, Clone)]
pub(crate) struct Int16Weights {
    pub(crate) values: Buffer<i16>,
    /// What a weight's unit stands for, per output.
    pub(crate) scales: Arc<[f32]>,
    /// Inputs that have a scale of their own.
    pub(crate) cell: usize,
}

/// The greatest integer that a weight becomes.
const GREATEST: f32 = 32_767.0;
/// What the weights of a block may add up to without regard to signs, so that no sum of products overflows. Rounding
/// adds half a unit for each at most.
const GREATEST_BLOCK: f32 = (i32::MAX / GREATEST_ACTIVATION as i32 - BLOCK as i32) as f32;
/// Floating-point operations of a product that take as long as looking at one weight.
const OPERATIONS_TO_SCALE: usize = 40;

impl Int16Weights {
    /// Packs `weight(output, input)`, of inputs in cells. An error if there isn't so much memory.
    ///
    /// # Panics
    ///
    /// If cells aren't whole pairs, or inputs not whole cells.
    #[expect(clippy::panic_in_result_fn, reason = "cells that don't fit are a bug of the caller")]
    pub(crate) fn pack(
        shape: [usize; 2],
        cell: usize,
        weight: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Result<Self, TryReserveError> {
        let [outputs, inputs] = shape;
        assert!(fits(inputs, cell), "{inputs} inputs in cells of {cell}");
        let mut scales = vec![0.0; padded_width(outputs)];
        let each = Rows { count: outputs, width: 1, operations: OPERATIONS_TO_SCALE * inputs, block: 1 };
        for_each_part(each, &mut scales[..outputs], |part, scales| {
            for (j, scale) in part.zip(scales) {
                *scale = finest_scale(inputs, cell, |i| weight(j, i));
            }
        });
        // An output without weights has no scale, and only zeros to be scaled.
        let inverse: Vec<f32> =
            scales.iter().map(|scale| if *scale > 0.0 { 1.0 / scale } else { 0.0 }).collect();
        let values = Buffer::packed::<PAIR>(shape, |j, i| (weight(j, i) * inverse[j]).round() as i16)?;
        Ok(Self { values, scales: scales.into(), cell })
    }
}

/// Whether inputs are made of cells of this width, and those of whole pairs.
pub(crate) fn fits(inputs: usize, cell: usize) -> bool {
    cell > 0 && cell.is_multiple_of(PAIR) && inputs.is_multiple_of(cell)
}

/// The smallest unit in which an output's weights fit 16 bits, and their blocks' sums what they may.
fn finest_scale(inputs: usize, cell: usize, weight: impl Fn(usize) -> f32) -> f32 {
    let larger = |most: f32, x: f32| if x > most { x } else { most };
    let (mut most, mut most_of_a_block) = (0.0_f32, 0.0_f32);
    for start in (0..inputs).step_by(cell) {
        for block in (start..start + cell).step_by(BLOCK) {
            let mut sum = 0.0;
            for i in block..(block + BLOCK).min(start + cell) {
                let size = weight(i).abs();
                most = larger(most, size);
                sum += size;
            }
            most_of_a_block = larger(most_of_a_block, sum);
        }
    }
    larger(most / GREATEST, most_of_a_block / GREATEST_BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random_numbers::random;

    /// The greatest sum of a block's products, whatever the activations.
    fn greatest_sum(weights: &Int16Weights, inputs: usize) -> i64 {
        let width = padded_width(1);
        let value = |i: usize| weights.values.as_slice()[i / PAIR * width * PAIR + i % PAIR];
        let sum = |block: usize| (block..(block + BLOCK).min(inputs)).map(|i| i64::from(value(i)).abs());
        let sums = (0..inputs).step_by(BLOCK).map(|block| sum(block).sum::<i64>());
        sums.max().unwrap_or(0) * i64::from(GREATEST_ACTIVATION)
    }

    #[test]
    fn no_sum_overflows_whatever_the_weights_are() {
        let inputs = 3 * BLOCK;
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
