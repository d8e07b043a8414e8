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
/// The integers of weights.
const STEPS: Range<i32> = -NIBBLE_OFFSET..NIBBLE_OFFSET;
/// Steps from zero to the greatest weight of a block, of which one is the best. With a negative scale, the greatest
/// weight may be 8 steps away. Beyond 8 it is cut, which serves the others.
const GREATEST_IN_STEPS: [f32; 9] = [7.0, 7.25, 7.5, 7.75, 8.0, 8.25, 8.5, 8.75, 9.0];

impl Q4Weights {
    /// Quantizes and packs `weight(output, input)`. The scales of blocks are those with the least squared error.
    ///
    /// # Errors
    ///
    /// If memory is short.
    pub(crate) fn pack(
        shape: [usize; 2],
        weight: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Result<Self, TryReserveError> {
        let [outputs, inputs] = shape;
        let scales = number_per_output(shape, |j| {
            let larger = |max: f32, i| if weight(j, i).abs() > max { weight(j, i).abs() } else { max };
            (0..inputs).fold(0.0, larger) / (GREATEST_IN_STEPS[0] * MAX_BLOCK_SCALE)
        });
        let panels = Panels {
            outputs,
            len: q4_bytes(PANEL_WIDTH, inputs.next_multiple_of(BLOCK)),
            total: q4_bytes(padded_width(outputs), inputs.next_multiple_of(BLOCK)),
            operations: OPERATIONS_PER_PACKED_WEIGHT * PANEL_WIDTH * inputs,
        };
        let values = WeightBuffer::filled(panels, |packed, outputs| {
            pack_panel(packed, outputs, inputs, &weight, &scales);
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
    weight: impl Fn(usize, usize) -> f32,
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
    for steps in GREATEST_IN_STEPS {
        for sign in [1.0, -1.0] {
            best.improve(weights, whole(sign * greatest / steps), output_scale);
        }
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
    let inverse = if unit == 0.0 { 0.0 } else { 1.0 / unit };
    weights.map(|weight| nearest_integer(weight * inverse).clamp(STEPS.start, STEPS.end - 1))
}
