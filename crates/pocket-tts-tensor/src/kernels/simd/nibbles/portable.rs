//! Plain code.

use super::Nibbles;
use crate::kernels::simd::portable::Portable;

impl Nibbles for Portable {
    type Weights = [[u8; 4]; 4];
    type Activations = [i8; 4];
    type NibbleSums = [i32; 4];

    #[inline(always)]
    unsafe fn load_nibbles(self, from: *const u8) -> [[[u8; 4]; 4]; 2] {
        // SAFETY: the caller guarantees sixteen bytes, which need no alignment.
        let bytes = unsafe { from.cast::<[[u8; 4]; 4]>().read() };
        [bytes.map(|group| group.map(|byte| byte & 0x0F)), bytes.map(|group| group.map(|byte| byte >> 4))]
    }
    #[inline(always)]
    unsafe fn splat_activations(self, from: *const i8) -> [i8; 4] {
        // SAFETY: the caller guarantees four bytes, which need no alignment.
        unsafe { from.cast::<[i8; 4]>().read() }
    }
    #[inline(always)]
    fn start_nibble_sums(self, start: i32) -> [i32; 4] {
        [start; 4]
    }
    #[inline(always)]
    fn add_nibble_products(self, sums: [i32; 4], weights: [[u8; 4]; 4], activations: [i8; 4]) -> [i32; 4] {
        std::array::from_fn(|lane| {
            let products = weights[lane].iter().zip(activations).map(|(a, b)| i32::from(*a) * i32::from(b));
            products.fold(sums[lane], i32::wrapping_add)
        })
    }
    #[inline(always)]
    fn nibble_sums_to_numbers(self, sums: [i32; 4], _: i32) -> [f32; 4] {
        sums.map(|sum| sum as f32)
    }
    #[inline(always)]
    unsafe fn load_signed_bytes(self, from: *const i8) -> [f32; 4] {
        // SAFETY: the caller guarantees four bytes, which need no alignment.
        unsafe { from.cast::<[i8; 4]>().read() }.map(f32::from)
    }
}
