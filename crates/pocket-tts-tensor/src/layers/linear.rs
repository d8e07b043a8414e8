//! The affine map of rows, or of overlapping windows of rows.

use std::sync::Arc;

use crate::{
    host::{Signal, map_signal},
    matrix::{matrix_source::MatrixSource, packed_matrix::PackedMatrix},
    storage::{weight_error::WeightError, weight_store::WeightPath},
};

/// `y = W x + b`, applied to every row.
#[derive(Debug, Clone)]
pub struct Linear(Arc<PackedMatrix>);

/// Windows over the rows of a signal. Window `i` is the `length` rows from row `i * hop` on, taken as one long row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Rows per window.
    pub length: usize,
    /// Rows from one window to the next.
    pub hop: usize,
}

impl Linear {
    /// A map with this matrix.
    pub fn new(matrix: PackedMatrix) -> Self {
        Self(Arc::new(matrix))
    }

    /// Reads `weight` of shape `[outputs, inputs]`. The map has no bias.
    ///
    /// # Errors
    ///
    /// If the weight is missing or has another shape.
    pub fn load(weights: &WeightPath<'_>, shape: [usize; 2]) -> Result<Self, WeightError> {
        Self::load_scaled(weights, shape, None)
    }

    /// Reads `weight` of shape `[outputs, inputs]` and `bias` of shape `[outputs]`.
    ///
    /// # Errors
    ///
    /// If either is missing or has another shape.
    pub fn load_with_bias(weights: &WeightPath<'_>, shape: [usize; 2]) -> Result<Self, WeightError> {
        let bias = weights.tensor("bias", &shape[..1])?;
        let source = MatrixSource { bias: Some(&bias), ..MatrixSource::of(weights, &shape) };
        Ok(Self::new(weights.matrix(source, |weight, j, i| weight[j * shape[1] + i])?))
    }

    /// As [`load`](Self::load), with output `j` multiplied by `scale[j]`.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_scaled(
        weights: &WeightPath<'_>,
        shape: [usize; 2],
        scale: Option<&[f32]>,
    ) -> Result<Self, WeightError> {
        let source = MatrixSource::of(weights, &shape);
        let index = move |j: usize, i: usize| j * shape[1] + i;
        Ok(Self::new(match scale {
            None => weights.matrix(source, |weight, j, i| weight[index(j, i)])?,
            Some(scale) => {
                let source = MatrixSource { in_stored_bits: false, ..source };
                weights.matrix(source, |weight, j, i| weight[index(j, i)] * scale[j])?
            }
        }))
    }

    /// Width of a row of output.
    pub fn outputs(&self) -> usize {
        self.0.outputs()
    }

    /// Maps each row.
    ///
    /// # Shapes
    ///
    /// - `input`: `[time, inputs]`
    /// - returned: `[time, outputs]`
    ///
    /// # Panics
    ///
    /// If the input has another width.
    pub fn forward(&self, input: Signal) -> Signal {
        self.forward_windows(input, Windows { length: 1, hop: 1 })
    }

    /// Maps each window of rows.
    ///
    /// # Shapes
    ///
    /// - `input`: `[time, channels]`, `channels * windows.length` being the map's inputs
    /// - returned: `[windows in the input, outputs]`
    ///
    /// # Panics
    ///
    /// If the input has another width.
    pub fn forward_windows(&self, input: Signal, windows: Windows) -> Signal {
        let [time, channels] = input.dims();
        let (inputs, outputs) = (self.0.inputs(), self.0.outputs());
        assert_eq!(channels * windows.length, inputs, "a window of {} rows of {channels}", windows.length);
        let rows = if time < windows.length { 0 } else { (time - windows.length) / windows.hop + 1 };
        map_signal(input, [rows, outputs], |input, output| {
            self.0.multiply(input, windows.hop * channels, rows, output);
        })
    }
}
