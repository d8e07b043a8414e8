//! The numbers of a matrix in the order and type in which they are multiplied. It must not know biases or files.

use std::{collections::TryReserveError, sync::Arc};

use half::bf16;

use crate::{
    Precision,
    int16_weights::{self, Int16Weights},
    kernels::{GROUP, HIGH_OFFSET, int8_offset, nearest_integer, padded_width},
    packing::Buffer,
    parallel::{Rows, for_each_part},
};

/// Packed weights; clones share them.
#[derive(Debug, Clone)]
pub(crate) enum PackedWeights {
    F32(Buffer<f32>),
    Bf16(Buffer<u16>),
    Int16(Int16Weights),
    Int8(Int8Weights),
}

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

impl PackedWeights {
    /// Packs `weight(output, input)`, of inputs in cells. An error if there isn't so much memory.
    pub(crate) fn pack(
        precision: Precision,
        shape: [usize; 2],
        cell: usize,
        weight: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Result<Self, TryReserveError> {
        Ok(match precision {
            Precision::F32 => Self::F32(Buffer::packed::<1>(shape, weight)?),
            Precision::Bf16 => {
                Self::Bf16(Buffer::packed::<1>(shape, |j, i| bf16::from_f32(weight(j, i)).to_bits())?)
            }
            Precision::Int16 => Self::Int16(Int16Weights::pack(shape, cell, weight)?),
            Precision::Int8 => Self::Int8(Int8Weights::pack(shape, weight)?),
        })
    }

    /// Whether there are as many as the shape says.
    pub(crate) fn fit(&self, shape @ [outputs, inputs]: [usize; 2]) -> bool {
        let padded = padded_width(outputs);
        match self {
            Self::F32(values) => values.as_slice().len() == Self::packed_len(Precision::F32, shape),
            Self::Bf16(values) => values.as_slice().len() == Self::packed_len(Precision::Bf16, shape),
            Self::Int16(Int16Weights { values, scales, cell }) => {
                values.as_slice().len() == Self::packed_len(Precision::Int16, shape)
                    && scales.len() == padded
                    && int16_weights::fits(inputs, *cell)
            }
            Self::Int8(Int8Weights { values, scales, offsets }) => {
                values.as_slice().len() == Self::packed_len(Precision::Int8, shape)
                    && [scales.len(), offsets.len()] == [padded; 2]
            }
        }
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::F32(values) => size_of_val(values.as_slice()),
            Self::Bf16(values) => size_of_val(values.as_slice()),
            Self::Int16(Int16Weights { values, scales, .. }) => {
                size_of_val(values.as_slice()) + size_of_val::<[f32]>(scales)
            }
            Self::Int8(Int8Weights { values, scales, offsets }) => {
                let per_output = size_of_val::<[f32]>(scales) + size_of_val::<[i32]>(offsets);
                size_of_val(values.as_slice()) + per_output
            }
        }
    }

    /// Elements of a packed matrix.
    pub(crate) fn packed_len(precision: Precision, [outputs, inputs]: [usize; 2]) -> usize {
        let inputs = if precision == Precision::Int8 { inputs.next_multiple_of(GROUP) } else { inputs };
        padded_width(outputs) * inputs
    }
}

impl Int8Weights {
    fn pack(shape: [usize; 2], weight: impl Fn(usize, usize) -> f32 + Sync) -> Result<Self, TryReserveError> {
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
