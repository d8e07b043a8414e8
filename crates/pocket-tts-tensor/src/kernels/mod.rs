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

mod activation;
mod attention;
mod attention_one;
mod crew;
mod elementwise;
mod gemm;
mod gemm_blocks;
mod gemm_int16;
mod gemm_int8;
mod gemm_pairs;
// Where `corosensei` can change stacks, as in Cargo.toml. Miri runs no instructions of a processor.
#[cfg(all(
    not(miri),
    any(
        all(unix, any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")),
        all(unix, any(target_arch = "riscv64", target_arch = "loongarch64")),
        all(windows, any(target_arch = "x86_64", target_arch = "x86")),
    )
))]
mod interleave;
#[cfg(not(all(
    not(miri),
    any(
        all(unix, any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")),
        all(unix, any(target_arch = "riscv64", target_arch = "loongarch64")),
        all(windows, any(target_arch = "x86_64", target_arch = "x86")),
    )
)))]
#[path = "sequence.rs"]
mod interleave;
pub mod mapped_file;
mod norm;
mod panels;
mod requests;
mod rounding;
#[cfg(test)]
#[expect(unreachable_pub, reason = "it is public where there is no other")]
mod sequence;
mod simd;
#[cfg(target_arch = "aarch64")]
mod simd_neon;
#[cfg(target_arch = "x86_64")]
mod simd_x86;
mod sizes;
mod sync;
mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
#[cfg(all(unix, not(miri)))]
mod tests_at_guard_pages;
#[cfg(test)]
mod tests_int16;
#[cfg(test)]
mod tests_of_sizes;

pub use activation::Activation;
pub use attention::Attention;
pub use crew::{Crew, discard_panic};
pub use gemm::{Gemm, PANEL_WIDTH, VECTOR_WIDTH, Weights, packed_offset, padded_width};
pub use gemm_int8::{GROUP, HIGH_OFFSET, Int8Gemm, int8_offset};
pub use gemm_int16::{BLOCK, GREATEST_ACTIVATION, Int16Gemm, PAIR, int16_offset};
pub(crate) use gemm_pairs::{FEW_ROWS as PAIRED_ROWS, PANELS as PAIRED_PANELS};
pub use interleave::{Turns, interleave};
pub use norm::Normalization;
pub use rounding::{Rounding, greatest_size, nearest_integer};
pub use table::{Isa, Kernels};
