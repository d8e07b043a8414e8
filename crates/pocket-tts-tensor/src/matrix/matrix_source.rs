//! Makes packed matrices from stored tensors, or finds them in a packed file. This module must not know how either is
//! done.

use super::{
    int16_weights, packed_matrix::PackedMatrix, packed_weights::PackedWeights, precision::Precision,
};
use crate::storage::{weight_error::WeightError, weight_store::WeightPath};

/// The tensor that a matrix is made of.
#[derive(Debug, Clone, Copy)]
pub struct MatrixSource<'a> {
    /// Its name.
    pub tensor: &'a str,
    /// Its shape as it is stored.
    pub stored_shape: &'a [usize],
    /// The matrix's shape, `[outputs, inputs]`.
    pub shape: [usize; 2],
    /// Inputs of a quantization block of activations: all inputs, or the channels of a window's row. If it is odd, the
    /// matrix is stored in [`Precision::F32`] instead of [`Precision::Int16`].
    pub block_len: usize,
    /// One number per output.
    pub bias: Option<&'a [f32]>,
    /// The format of the matrix.
    pub precision: Precision,
    /// Whether to store [`Precision::F32`] weights as [`Precision::Bf16`] if the file holds such numbers, which halves
    /// the memory that is read. This changes no product as long as each weight is one of the stored numbers.
    pub in_stored_bits: bool,
}

impl<'a> MatrixSource<'a> {
    /// The tensor `weight` of this path, stored as a matrix, in the path's precision.
    pub fn of(weights: &WeightPath<'_>, shape: &'a [usize; 2]) -> Self {
        Self {
            tensor: "weight",
            stored_shape: shape,
            shape: *shape,
            block_len: shape[1],
            bias: None,
            precision: weights.precision(),
            in_stored_bits: true,
        }
    }
}

impl WeightPath<'_> {
    /// The matrix whose weight of output `j` and input `i` is `weight(elements, j, i)`, computed from the tensor's
    /// elements. If the store has a packed file with this matrix, it is taken from there.
    ///
    /// # Errors
    ///
    /// If the tensor is absent, has another shape, or a type that weights can't have, or memory is short.
    ///
    /// # Panics
    ///
    /// If the bias isn't one number per output.
    pub fn matrix(
        &self,
        source: MatrixSource<'_>,
        weight: impl Fn(&[f32], usize, usize) -> f32 + Sync,
    ) -> Result<PackedMatrix, WeightError> {
        let MatrixSource { tensor, stored_shape, shape, block_len, bias, precision, in_stored_bits } = source;
        let is_bf16 = self.is_bf16(tensor, stored_shape)?;
        let precision = match precision {
            Precision::F32 if in_stored_bits && is_bf16 => Precision::Bf16,
            Precision::Int16 if !int16_weights::fits(shape[1], block_len) => Precision::F32,
            other => other,
        };
        let name = self.join(tensor);
        let packed = self.store().packed().and_then(|file| file.find(&name, shape, precision, block_len));
        if let Some(weights) = packed {
            if self.stays_in_file() {
                weights.stay_in_file();
            }
            self.store().note_loaded(weights.bytes());
            return Ok(PackedMatrix::from_weights(weights, shape, bias));
        }
        let stored = self.stored(tensor, stored_shape)?;
        let values: &[f32] = &stored;
        let weights = PackedWeights::pack(precision, shape, block_len, |j, i| weight(values, j, i))
            .map_err(|_| WeightError::OutOfMemory { name: name.clone() })?;
        self.store().note_loaded(weights.bytes());
        self.store().note_packed(name, &weights);
        Ok(PackedMatrix::from_weights(weights, shape, bias))
    }
}
