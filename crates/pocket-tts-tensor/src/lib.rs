//! What burn lacks on a CPU: weights packed for streaming reads, fused kernels, attention over a
//! key-value cache.
//!
//! Tensors are burn's. A signal of one request is a `Tensor<2>` of shape `[time, channels]`
//! (channels last), so that a causal convolution is a matrix product over overlapping rows and
//! needs no rearrangement. Weights are packed once, when they are loaded, and never written again.
//!
//! This crate knows nothing of speech, files' names or models. [`kernels`] is the only place of
//! the workspace with `unsafe` code.

mod activation;
mod attention;
mod checksum;
mod file_part;
mod host;
mod huge_pages;
mod int16_cells;
mod int16_weights;
mod int8_rows;
pub mod kernels;
mod kv_cache;
mod linear;
mod matrix;
mod matrix_source;
mod norm;
mod packed_file;
mod packed_weights;
mod packing;
mod parallel;
mod random_numbers;
mod rope;
mod safetensors_header;
mod stored_values;
mod tensor_writer;
#[doc(hidden)]
pub mod testing;
mod weights;

pub use activation::activate;
pub use attention::{AttentionShape, attend, attend_each};
pub use host::{Signal, concatenate, filled, map_signal, signal, to_vec, zeros};
pub use kernels::{Activation, Crew, Turns, discard_panic, interleave, mapped_file::MappedFile};
pub use kv_cache::{KvCache, Retention};
pub use linear::{Linear, Windows};
pub use matrix::{PackedMatrix, Precision};
pub use matrix_source::MatrixSource;
pub use norm::LayerNorm;
pub use packed_file::{PackedFile, PackedMatrices};
pub use parallel::{available_threads, with_crew, with_threads};
pub use rope::RotaryTable;
pub use stored_values::StoredValues;
pub use tensor_writer::{TensorToWrite, write_tensors};
pub use weights::{WeightError, WeightFile, WeightPath, WeightStore};
