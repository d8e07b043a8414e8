//! Vector operations on weights of 4 bits. This module must not know what is computed.
//!
//! Weights are unsigned and activations signed, in bytes. Products of a few inputs thus fit 16 bits, of which
//! processors without sums of four products multiply twice as many at once as of 32 bits.

#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::operations::Simd;

/// Most groups of four inputs that are summed without an overflow.
pub(crate) const MAX_SUMMED_GROUPS: usize = 8;

/// Arithmetic on weights of 4 bits.
pub(crate) trait Nibbles: Simd {
    /// `LANES` groups of four weights in `0..16`, in bytes.
    type Weights: Copy;
    /// `LANES` copies of a group of four signed bytes.
    type Activations: Copy;
    /// `LANES` sums of products of at most [`MAX_SUMMED_GROUPS`] groups. They may be in parts.
    type NibbleSums: Copy;

    /// The groups in the lower halves of bytes, and the groups in the upper halves.
    ///
    /// # Safety
    /// `4 * LANES` bytes can be read from `from`.
    unsafe fn load_nibbles(self, from: *const u8) -> [Self::Weights; 2];
    /// # Safety
    /// Four bytes can be read from `from`.
    unsafe fn splat_activations(self, from: *const i8) -> Self::Activations;
    /// Adds the four products of its groups to each sum.
    fn add_nibble_products(
        self,
        sums: Self::NibbleSums,
        weights: Self::Weights,
        activations: Self::Activations,
    ) -> Self::NibbleSums;
    /// Sums that begin with `start`, unless they are too narrow for it, and begin with 0.
    fn start_nibble_sums(self, start: i32) -> Self::NibbleSums;
    /// The sums, which were to begin with `start`, as numbers.
    fn nibble_sums_to_numbers(self, sums: Self::NibbleSums, start: i32) -> Self::V;
    /// Numbers from signed bytes.
    ///
    /// # Safety
    /// `LANES` bytes can be read from `from`.
    unsafe fn load_signed_bytes(self, from: *const i8) -> Self::V;
}
