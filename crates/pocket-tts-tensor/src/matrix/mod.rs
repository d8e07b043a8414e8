//! Matrices packed for the product kernels, and the quantization of weights and activations.

pub(crate) mod int16_activations;
pub(crate) mod int16_weights;
pub(crate) mod int8_activations;
pub(crate) mod int8_weights;
pub(crate) mod matrix_source;
pub(crate) mod packed_matrix;
pub(crate) mod packed_weights;
pub(crate) mod packing;
pub(crate) mod precision;
pub(crate) mod q4_activations;
pub(crate) mod q4_weights;
