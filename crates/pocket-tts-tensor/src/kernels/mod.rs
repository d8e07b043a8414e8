//! Compute kernels on slices.
//!
//! They are written once over a small vector trait (`simd/operations.rs`) and compiled for each instruction set. The
//! best one of the processor is chosen when the first kernel runs (`dispatch.rs`). Each kernel checks the sizes of
//! its operands before it reads or writes. Kernels know nothing of tensors.
#![expect(unsafe_code, reason = "vector instructions and unchecked reads; each block argues its safety")]
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
pub(crate) mod tile_sizes;

pub use activation::Activation;
pub use attention::operands::Attention;
pub use dispatch::{Isa, Kernels};
pub use gemm::{
    int8::{HIGH_OFFSET, Int8Gemm},
    int16::{Int16Gemm, MAX_ACTIVATION, PARTIAL_SUM_INPUTS},
    layout::{
        BLOCK, GROUP, NibblePlace, PAIR, PANEL_WIDTH, VECTOR_WIDTH, int8_offset, int16_offset, packed_offset,
        padded_width, q4_bytes, q4_place,
    },
    operands::{Gemm, Weights},
    q4::{ActivationBlock, NIBBLE_OFFSET, Q4Gemm},
};
pub use norm::Normalization;
pub use quantization::{Quantization, max_abs, nearest_integer};
