//! Weights in 8 bits.

use std::{collections::TryReserveError, sync::Arc};

use super::packing::Buffer;
use crate::{
    exec::parallel::{Rows, for_each_part},
    kernels::{GROUP, HIGH_OFFSET, int8_offset, nearest_integer, padded_width},
};

/// Weights in bytes.
#[derive(Debug, Clone)]
pub(crate) struct Int8Weights {
    pub(crate) values: Buffer<i8>,
    /// What a weight's unit stands for, per output.
    pub(crate) scales: Arc<[f32]>,
    /// What the offset of the activations' upper halves adds to a sum, per output.
    pub(crate) offsets: Arc<[i32]>,
}

/// The greatest integer that a weight becomes.
const GREATEST: f32 = 127.0;
/// Floating-point operations of a product that take as long as looking at one weight.
const OPERATIONS_TO_SCALE: usize = 40;

impl Int8Weights {
    pub(crate) fn pack(
        shape: [usize; 2],
        weight: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Result<Self, TryReserveError> {
        let [outputs, inputs] = shape;
        let (mut scales, mut offsets) = (vec![0.0; padded_width(outputs)], vec![0; padded_width(outputs)]);
        let each = Rows { count: outputs, width: 1, operations: OPERATIONS_TO_SCALE * inputs, block: 1 };
        for_each_part(each, &mut scales[..outputs], |part, scales| {
            for (j, scale) in part.zip(scales) {
                let larger = |most: f32, i| if weight(j, i).abs() > most { weight(j, i).abs() } else { most };
                *scale = (0..inputs).fold(0.0, larger) / GREATEST;
            }
        });
        // An output without weights has no scale, and only zeros to be scaled.
        let inverse: Vec<f32> =
            scales.iter().map(|scale| if *scale > 0.0 { 1.0 / scale } else { 0.0 }).collect();
        let values = Buffer::packed::<GROUP>(shape, |j, i| nearest_integer(weight(j, i) * inverse[j]) as i8)?;
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
