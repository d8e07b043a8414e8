//! Weights quantized to 4 bits, in blocks with their own scales. This module must not know files.

use std::{collections::TryReserveError, ops::Range, sync::Arc};

use super::packing::{Panels, WeightBuffer, number_per_output};
use crate::kernels::{
    BLOCK, GROUP, NIBBLE_OFFSET, PANEL_WIDTH, max_abs, nearest_integer, padded_width, q4_bytes,
};

/// Quantized weights of a matrix.
#[derive(Debug, Clone)]
pub(crate) struct Q4Weights {
    pub(crate) values: WeightBuffer<u8>,
    /// The scale of each output. A block's scale is an integer times that.
    pub(crate) scales: Arc<[f32]>,
}

/// The greatest absolute value of a block's scale.
const MAX_BLOCK_SCALE: f32 = 127.0;
/// The fewest steps from zero to the greatest weight of a block.
const LEAST_IN_STEPS: f32 = 7.0;
/// The integers of weights.
const STEPS: Range<i32> = -NIBBLE_OFFSET..NIBBLE_OFFSET;
/// Steps from zero to the greatest weight of a block, of which one is the best. With a negative sign the scale has the
/// other sign than that weight, which may then be 8 steps away. Beyond 7 or 8 it is cut, which serves the others.
const GREATEST_IN_STEPS: [f32; 8] = [7.0, 7.4, 7.8, -7.4, -7.8, -8.2, -8.6, -9.0];

impl Q4Weights {
    /// Quantizes and packs `weight(output, input)`. The scales of blocks are those with the least squared error. Calls are
    /// dynamic, as quantizing takes longer than a call, and this code is large.
    ///
    /// # Errors
    ///
    /// If memory is short.
    pub(crate) fn pack(
        shape: [usize; 2],
        weight: &(dyn Fn(usize, usize) -> f32 + Sync),
    ) -> Result<Self, TryReserveError> {
        let [outputs, inputs] = shape;
        let scales = number_per_output(shape, |j| {
            let larger = |max: f32, i| if weight(j, i).abs() > max { weight(j, i).abs() } else { max };
            (0..inputs).fold(0.0, larger) / (LEAST_IN_STEPS * MAX_BLOCK_SCALE)
        });
        let panels = Panels {
            outputs,
            len: q4_bytes(PANEL_WIDTH, inputs.next_multiple_of(BLOCK)),
            total: q4_bytes(padded_width(outputs), inputs.next_multiple_of(BLOCK)),
            operations: OPERATIONS_PER_PACKED_WEIGHT * PANEL_WIDTH * inputs,
        };
        let values = WeightBuffer::filled(panels, |packed, outputs| {
            pack_panel(packed, outputs, inputs, weight, &scales);
        })?;
        Ok(Self { values, scales: scales.into() })
    }
}

/// Floating-point operations of a product that take as long as quantizing and packing one weight.
const OPERATIONS_PER_PACKED_WEIGHT: usize = 400;

/// Packs the outputs of one panel.
fn pack_panel(
    packed: &mut [u8],
    outputs: Range<usize>,
    inputs: usize,
    weight: &dyn Fn(usize, usize) -> f32,
    scales: &[f32],
) {
    let blocks = inputs.div_ceil(BLOCK);
    let width = padded_width(outputs.len());
    for (block, packed) in packed.chunks_exact_mut(packed.len().max(1) / blocks.max(1)).enumerate() {
        let (nibbles, block_scales) = packed.split_at_mut(BLOCK / 2 * width);
        for (column, j) in outputs.clone().enumerate() {
            let mut weights = [0.0; BLOCK];
            let first = block * BLOCK;
            for (weight_of, i) in weights.iter_mut().zip(first..inputs.min(first + BLOCK)) {
                *weight_of = weight(j, i);
            }
            let (scale, steps) = quantize(&weights, scales[j]);
            block_scales[column] = scale as u8;
            for (pair, steps) in steps.chunks_exact(2 * GROUP).enumerate() {
                let bytes = &mut nibbles[(pair * width + column) * GROUP..][..GROUP];
                for (at, byte) in bytes.iter_mut().enumerate() {
                    let [lower, upper] =
                        [steps[at], steps[GROUP + at]].map(|step| (step + NIBBLE_OFFSET) as u8);
                    *byte = lower | upper << 4;
                }
            }
        }
    }
}

/// The scale of a block in units of its output's scale, and its weights in units of the block's scale, with the least
/// squared error that was found.
fn quantize(weights: &[f32; BLOCK], output_scale: f32) -> (i8, [i32; BLOCK]) {
    let greatest = max_abs(weights);
    let whole = |scale: f32| {
        let scale = (scale / output_scale).round();
        scale.clamp(-MAX_BLOCK_SCALE, MAX_BLOCK_SCALE)
    };
    let mut best = Candidate { scale: 0.0, error: f32::INFINITY };
    if !(greatest > 0.0 && greatest.is_finite() && output_scale > 0.0) {
        return (0, [0; BLOCK]);
    }
    let extreme = if weights.contains(&greatest) { greatest } else { -greatest };
    for steps in GREATEST_IN_STEPS {
        best.improve(weights, whole(extreme / steps), output_scale);
    }
    // With the steps that were found, another scale may be better.
    let steps = in_steps(weights, best.scale * output_scale);
    let (mut product, mut square) = (0.0, 0.0);
    for (weight, step) in weights.iter().zip(steps) {
        product += weight * step as f32;
        square += (step * step) as f32;
    }
    if square > 0.0 {
        best.improve(weights, whole(product / square), output_scale);
    }
    (best.scale as i8, in_steps(weights, best.scale * output_scale))
}

/// A scale of a block in units of its output's scale, and the squared error with it.
struct Candidate {
    scale: f32,
    error: f32,
}

impl Candidate {
    /// Takes `scale` if its error is less.
    fn improve(&mut self, weights: &[f32; BLOCK], scale: f32, output_scale: f32) {
        let (scale, unit) = (scale, scale * output_scale);
        let steps = in_steps(weights, unit);
        let mut error = 0.0;
        for (weight, step) in weights.iter().zip(steps) {
            let difference = weight - step as f32 * unit;
            error += difference * difference;
        }
        if error < self.error {
            *self = Self { scale, error };
        }
    }
}

/// The weights in whole steps of `unit`.
fn in_steps(weights: &[f32; BLOCK], unit: f32) -> [i32; BLOCK] {
    // Units too small to have an inverse make zeros.
    let inverse = if (1.0 / unit).is_finite() { 1.0 / unit } else { 0.0 };
    weights.map(|weight| nearest_integer(weight * inverse).clamp(STEPS.start, STEPS.end - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernels::q4_place, random_numbers::random};

    /// The weight that was packed for output `j` and input `i`.
    fn unpacked(packed: &Q4Weights, [n, k]: [usize; 2], j: usize, i: usize) -> f32 {
        let (bytes, place) = (packed.values.as_slice(), q4_place(n, k.next_multiple_of(BLOCK), j, i));
        let byte = bytes[place.byte];
        let nibble = i32::from(if place.is_upper { byte >> 4 } else { byte & 15 });
        (nibble - NIBBLE_OFFSET) as f32 * f32::from(bytes[place.scale] as i8) * packed.scales[j]
    }

    /// Sums of squares: of the errors, and of what they would be with a step of a seventh of each block's greatest weight.
    fn errors(weights: &[f32], shape @ [_, k]: [usize; 2]) -> [f32; 2] {
        let packed = Q4Weights::pack(shape, &|j, i| weights[j * k + i]).unwrap();
        let mut sums = [0.0, 0.0];
        for (j, row) in weights.chunks_exact(k).enumerate() {
            for (block, values) in row.chunks(BLOCK).enumerate() {
                let unit = max_abs(values) / 7.0;
                for (i, weight) in values.iter().enumerate() {
                    let actual = unpacked(&packed, shape, j, block * BLOCK + i);
                    sums[0] += (actual - weight).powi(2);
                    sums[1] += ((weight / unit).round() * unit - weight).powi(2);
                }
            }
        }
        sums
    }

    #[test]
    fn the_error_is_less_than_without_a_search() {
        for shape in [[100, 96], [1, 33], [65, 70]] {
            let [error, plain] = errors(&random(3, shape[0] * shape[1]), shape);
            assert!(error < 0.95 * plain, "{shape:?}: {error} instead of {plain}");
        }
    }

    #[test]
    fn weights_that_are_whole_steps_are_exact() {
        // The greatest weight of an output is 7 x 127 of its units, so that scales are whole numbers.
        let scales = [127.0, -90.0, 64.0];
        let weight = |_: usize, i: usize| {
            let steps = if scales[i / BLOCK] > 0.0 { (i % 15) as f32 - 7.0 } else { (i % 16) as f32 - 8.0 };
            scales[i / BLOCK] * steps / 1_024.0
        };
        let shape = [20, 96];
        let packed = Q4Weights::pack(shape, &weight).unwrap();
        for i in 0..96 {
            let (actual, expected) = (unpacked(&packed, shape, 17, i), weight(17, i));
            assert!(
                (actual - expected).abs() <= 1e-6 * expected.abs(),
                "{i}: {actual} instead of {expected}"
            );
        }
    }

    #[test]
    fn zeros_and_weights_that_are_not_finite_are_packed() {
        for value in [0.0, -0.0, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE / 8.0, 1e38] {
            let packed = Q4Weights::pack([3, 40], &|_, i| if i == 0 { value } else { 0.0 }).unwrap();
            assert!(
                (1..40)
                    .all(|i| unpacked(&packed, [3, 40], 1, i).abs() <= 0.0 || !packed.scales[1].is_finite()),
                "{value}"
            );
        }
        let packed = Q4Weights::pack([3, 40], &|_, _| 1e38).unwrap();
        assert!((unpacked(&packed, [3, 40], 2, 5) / 1e38 - 1.0).abs() < 0.01);
    }
}
