//! Layer normalization.

use crate::{
    host::{Signal, map_signal},
    kernels::{Kernels, Normalization},
    storage::{weight_error::WeightError, weight_store::WeightPath},
};

/// `(x - mean) / sqrt(variance + epsilon) * scale + shift` over each row, with the biased variance.
#[derive(Debug, Clone)]
pub struct LayerNorm {
    scale: Vec<f32>,
    shift: Vec<f32>,
    epsilon: f32,
}

impl LayerNorm {
    /// A norm of rows of width `width` that neither scales nor shifts.
    pub fn plain(width: usize, epsilon: f32) -> Self {
        Self { scale: vec![1.0; width], shift: vec![0.0; width], epsilon }
    }

    /// Reads `weight` and `bias`, each of shape `[width]`.
    ///
    /// # Errors
    ///
    /// If one is missing or has another shape.
    pub fn load(weights: &WeightPath<'_>, width: usize, epsilon: f32) -> Result<Self, WeightError> {
        let scale = weights.tensor("weight", &[width])?;
        let shift = weights.tensor("bias", &[width])?;
        Ok(Self { scale, shift, epsilon })
    }

    /// Normalizes each row.
    ///
    /// # Shapes
    ///
    /// - `input`, returned: `[time, width]`
    ///
    /// # Panics
    ///
    /// If the input has another width.
    pub fn forward(&self, input: Signal) -> Signal {
        let shape = input.dims();
        assert_eq!(shape[1], self.scale.len(), "rows of the norm's width");
        map_signal(input, shape, |input, output| {
            Kernels::best().normalize(Normalization {
                input,
                scale: &self.scale,
                shift: &self.shift,
                epsilon: self.epsilon,
                output,
            });
        })
    }
}
