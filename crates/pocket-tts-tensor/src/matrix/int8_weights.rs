//! Weights quantized to 8 bits. This module must not know files.

use std::{collections::TryReserveError, sync::Arc};

use super::packing::{OPERATIONS_PER_SCALED_WEIGHT, WeightBuffer, inverse_scales};
use crate::{
    exec::parallel::{RowSplit, for_each_part},
    kernels::{GROUP, HIGH_OFFSET, int8_offset, nearest_integer, padded_width},
};

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
        let (mut scales, mut offsets) = (vec![0.0; padded_width(outputs)], vec![0; padded_width(outputs)]);
        let each = RowSplit {
            rows: outputs,
            width: 1,
            operations: OPERATIONS_PER_SCALED_WEIGHT * inputs,
            granularity: 1,
        };
        for_each_part(each, &mut scales[..outputs], |part, scales| {
            for (j, scale) in part.zip(scales) {
                let larger = |max: f32, i| if weight(j, i).abs() > max { weight(j, i).abs() } else { max };
                *scale = (0..inputs).fold(0.0, larger) / MAX_INT8_WEIGHT;
            }
        });
        let inverse = inverse_scales(&scales);
        let values =
            WeightBuffer::packed::<GROUP>(shape, |j, i| nearest_integer(weight(j, i) * inverse[j]) as i8)?;
        let width = inputs.next_multiple_of(GROUP);
        for_each_part(each, &mut offsets[..outputs], |part, offsets| {
            for (j, offset) in part.zip(offsets) {
                let weight = |i| i32::from(values.as_slice()[int8_offset(outputs, width, j, i)]);
                *offset = HIGH_OFFSET * (0..inputs).map(weight).sum::<i32>();
            }
        });
        Ok(Self { values, scales: scales.into(), offsets: offsets.into() })
    }
}
