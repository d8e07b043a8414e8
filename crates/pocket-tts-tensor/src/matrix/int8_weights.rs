//! Weights quantized to 8 bits. This module must not know files.

use std::{collections::TryReserveError, sync::Arc};

use super::packing::{WeightBuffer, inverse_scales, number_per_output};
use crate::kernels::{GROUP, HIGH_OFFSET, int8_offset, nearest_integer};

/// Quantized weights of a matrix.
#[derive(Debug, Clone)]
pub(crate) struct Int8Weights {
    pub(crate) values: WeightBuffer<i8>,
    /// The scale of each output.
    pub(crate) scales: Arc<[f32]>,
    /// What the offset of the activations' upper halves adds to the sum of each output.
    pub(crate) offsets: Arc<[i32]>,
}

/// The greatest absolute value of a quantized weight.
const MAX_INT8_WEIGHT: f32 = 127.0;

impl Int8Weights {
    /// Quantizes and packs `weight(output, input)`.
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
            (0..inputs).fold(0.0, larger) / MAX_INT8_WEIGHT
        });
        let inverse = inverse_scales(&scales);
        let values =
            WeightBuffer::packed::<GROUP>(shape, |j, i| nearest_integer(weight(j, i) * inverse[j]) as i8)?;
        let width = inputs.next_multiple_of(GROUP);
        let offsets = number_per_output(shape, |j| {
            let weight = |i| i32::from(values.as_slice()[int8_offset(outputs, width, j, i)]);
            HIGH_OFFSET * (0..inputs).map(weight).sum::<i32>()
        });
        Ok(Self { values, scales: scales.into(), offsets: offsets.into() })
    }
}
