//! The weights of a matrix in the order and format in which they are multiplied. This module must not know biases or
//! files.

use std::collections::TryReserveError;

use half::bf16;

use super::{
    int8_weights::Int8Weights,
    int16_weights::{self, Int16Weights},
    packing::WeightBuffer,
    precision::Precision,
    q4_weights::Q4Weights,
};
use crate::kernels::{BLOCK, GROUP, padded_width, q4_bytes};

/// Packed weights. Clones share them.
#[derive(Debug, Clone)]
pub(crate) enum PackedWeights {
    F32(WeightBuffer<f32>),
    Bf16(WeightBuffer<u16>),
    Int16(Int16Weights),
    Int8(Int8Weights),
    Q4(Q4Weights),
}

impl PackedWeights {
    /// Packs `weight(output, input)`. Activations of [`Precision::Int16`] come in blocks of `block_len`.
    ///
    /// # Errors
    ///
    /// If memory is short.
    pub(crate) fn pack(
        precision: Precision,
        shape: [usize; 2],
        block_len: usize,
        weight: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Result<Self, TryReserveError> {
        Ok(match precision {
            Precision::F32 => Self::F32(WeightBuffer::packed::<1>(shape, weight)?),
            Precision::Bf16 => {
                Self::Bf16(WeightBuffer::packed::<1>(shape, |j, i| bf16::from_f32(weight(j, i)).to_bits())?)
            }
            Precision::Int16 => Self::Int16(Int16Weights::pack(shape, block_len, weight)?),
            Precision::Int8 => Self::Int8(Int8Weights::pack(shape, weight)?),
            Precision::Q4 => Self::Q4(Q4Weights::pack(shape, &weight)?),
        })
    }

    /// Leaves the weights in their file, if they are in one.
    pub(crate) fn stay_in_file(&self) {
        match self {
            Self::F32(values) => values.stay_in_file(),
            Self::Bf16(values) => values.stay_in_file(),
            Self::Int16(weights) => weights.values.stay_in_file(),
            Self::Int8(weights) => weights.values.stay_in_file(),
            Self::Q4(weights) => weights.values.stay_in_file(),
        }
    }

    /// Whether there are as many weights as the shape says.
    pub(crate) fn have_shape(&self, shape @ [outputs, inputs]: [usize; 2]) -> bool {
        let padded = padded_width(outputs);
        match self {
            Self::F32(values) => values.as_slice().len() == Self::packed_len(Precision::F32, shape),
            Self::Bf16(values) => values.as_slice().len() == Self::packed_len(Precision::Bf16, shape),
            Self::Int16(Int16Weights { values, scales, block_len }) => {
                values.as_slice().len() == Self::packed_len(Precision::Int16, shape)
                    && scales.len() == padded
                    && int16_weights::fits(inputs, *block_len)
            }
            Self::Int8(Int8Weights { values, scales, offsets }) => {
                values.as_slice().len() == Self::packed_len(Precision::Int8, shape)
                    && [scales.len(), offsets.len()] == [padded; 2]
            }
            Self::Q4(Q4Weights { values, scales }) => {
                values.as_slice().len() == Self::packed_len(Precision::Q4, shape) && scales.len() == padded
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
            Self::Q4(Q4Weights { values, scales }) => {
                size_of_val(values.as_slice()) + size_of_val::<[f32]>(scales)
            }
        }
    }

    /// Elements of a packed matrix.
    pub(crate) fn packed_len(precision: Precision, [outputs, inputs]: [usize; 2]) -> usize {
        let padded = padded_width(outputs);
        match precision {
            Precision::F32 | Precision::Bf16 | Precision::Int16 => padded * inputs,
            Precision::Int8 => padded * inputs.next_multiple_of(GROUP),
            Precision::Q4 => q4_bytes(padded, inputs.next_multiple_of(BLOCK)),
        }
    }
}
