//! Compute kernels on slices, written once over a vector trait (`simd.rs`) and compiled for each instruction
//! set; the best that the processor has is chosen when the first kernel runs.
//!
//! The only `unsafe` code of the workspace. Knows nothing of tensors.
#![expect(
    unsafe_code,
    reason = "vector instructions, memory mapping, and threads and turns that help each other; each block argues its safety"
)]
#![expect(
    clippy::inline_always,
    reason = "what isn't inlined into a function compiled for an instruction set is compiled without it"
)]

pub(crate) mod activation;
pub(crate) mod attention;
pub(crate) mod dispatch;
pub(crate) mod elementwise;
pub(crate) mod gemm;
pub(crate) mod norm;
pub(crate) mod prefetch;
pub(crate) mod quantization;
pub(crate) mod simd;
pub(crate) mod sizes;
#[cfg(test)]
mod tests;

pub use activation::Activation;
pub use attention::operands::Attention;
pub use dispatch::{Isa, Kernels};
pub(crate) use gemm::few_rows::{FEW_ROWS as PAIRED_ROWS, PANELS as PAIRED_PANELS};
pub use gemm::{
    int8::{HIGH_OFFSET, Int8Gemm},
    int16::{BLOCK, GREATEST_ACTIVATION, Int16Gemm},
    layout::{
        GROUP, PAIR, PANEL_WIDTH, VECTOR_WIDTH, int8_offset, int16_offset, packed_offset, padded_width,
    },
    operands::{Gemm, Weights},
};
pub use norm::Normalization;
pub use quantization::{Rounding, greatest_size, nearest_integer};
