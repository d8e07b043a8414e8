//! What burn lacks on a CPU: weights packed for streaming reads, fused kernels, attention over a
//! key-value cache.
//!
//! Tensors are burn's. A signal of one request is a `Tensor<2>` of shape `[time, channels]`
//! (channels last), so that a causal convolution is a matrix product over overlapping rows and
//! needs no rearrangement. Weights are packed once, when they are loaded, and never written again.
//!
//! This crate knows nothing of speech, files' names or models. [`kernels`] is the only place of
//! the workspace with `unsafe` code.

mod exec;
mod host;
pub mod kernels;
mod layers;
mod matrix;
mod random_numbers;
mod storage;
#[doc(hidden)]
pub mod testing;

pub use exec::{
    overlap::{Turns, interleave},
    panics::discard_panic,
    parallel::{available_threads, with_crew, with_threads},
    work_sharing::Crew,
};
pub use host::{Signal, concatenate, filled, map_signal, signal, to_vec, zeros};
pub use kernels::Activation;
pub use layers::{
    activation::activate,
    attention::{AttentionShape, attend, attend_each},
    kv_cache::{KvCache, Retention},
    linear::{Linear, Windows},
    norm::LayerNorm,
    rope::RotaryTable,
};
pub use matrix::{matrix_source::MatrixSource, packed_matrix::PackedMatrix, precision::Precision};
pub use storage::{
    mapped_file::MappedFile,
    packed_file::{PackedFile, PackedMatrices},
    stored_values::StoredValues,
    tensor_writer::{TensorToWrite, write_tensors},
    weight_error::WeightError,
    weight_file::WeightFile,
    weight_store::{WeightPath, WeightStore},
};
