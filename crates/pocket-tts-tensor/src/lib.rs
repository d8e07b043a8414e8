#![doc = include_str!("../README.md")]

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
    panics::discard_panic,
    parallel::{available_threads, join, with_threads, with_work_sharing},
    work_sharing::WorkSharing,
};
pub use host::{Signal, concatenate, filled, map_signal, signal, to_vec, zeros};
pub use kernels::Activation;
pub use layers::{
    activation::activate,
    attention::{attend, attend_each},
    attention_shape::AttentionShape,
    kv_cache::{KvCache, Retention},
    linear::{Linear, Windows},
    norm::LayerNorm,
    rope::RotaryTable,
};
pub use matrix::{matrix_source::MatrixSource, packed_matrix::PackedMatrix, precision::Precision};
pub use storage::{
    mapped_file::MappedFile,
    packed_file::{PackedFile, PackedMatrices},
    row_table::RowTable,
    stored_values::StoredValues,
    tensor_writer::{TensorToWrite, write_tensors},
    weight_error::WeightError,
    weight_file::WeightFile,
    weight_store::{WeightPath, WeightStore},
};
