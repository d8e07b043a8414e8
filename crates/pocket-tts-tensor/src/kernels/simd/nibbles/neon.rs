//! NEON without and with its dot products of bytes.

use std::arch::aarch64::{
    float32x4_t, int8x16_t, int16x8_t, int32x4_t, vaddq_s32, vandq_u8, vcvtq_f32_s32, vdup_n_s32,
    vdupq_n_s16, vdupq_n_s32, vdupq_n_u8, vget_low_s8, vget_low_s16, vld1q_u8, vmlal_high_s8, vmlal_s8,
    vmovl_s8, vmovl_s16, vpaddlq_s16, vpaddq_s32, vreinterpret_s8_s32, vreinterpretq_s8_s32,
    vreinterpretq_s8_u8, vshrq_n_u8,
};

use super::Nibbles;
use crate::kernels::simd::neon::{DotProducts, Neon, Widening, sdot};

/// # Safety
/// The processor has NEON, and 16 bytes can be read from `from`.
#[inline(always)]
unsafe fn load(from: *const u8) -> [int8x16_t; 2] {
    // SAFETY: the caller guarantees the memory; the load needs no alignment.
    unsafe {
        let bytes = vld1q_u8(from);
        let lower = vandq_u8(bytes, vdupq_n_u8(0x0F));
        [vreinterpretq_s8_u8(lower), vreinterpretq_s8_u8(vshrq_n_u8::<4>(bytes))]
    }
}

/// # Safety
/// The processor has NEON, and four bytes can be read from `from`.
#[inline(always)]
unsafe fn splat(from: *const i8) -> int8x16_t {
    // SAFETY: the caller guarantees the memory.
    unsafe { vreinterpretq_s8_s32(vdupq_n_s32(from.cast::<i32>().read_unaligned())) }
}

/// # Safety
/// As for [`splat`].
#[inline(always)]
unsafe fn signed_bytes(from: *const i8) -> float32x4_t {
    // SAFETY: the caller guarantees the memory.
    unsafe {
        let bytes = vreinterpret_s8_s32(vdup_n_s32(from.cast::<i32>().read_unaligned()));
        vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(bytes))))
    }
}

impl Nibbles for Neon<DotProducts> {
    type Weights = int8x16_t;
    type Activations = int8x16_t;
    type NibbleSums = int32x4_t;

    #[inline(always)]
    unsafe fn load_nibbles(self, from: *const u8) -> [int8x16_t; 2] {
        // SAFETY: `self` proves the instructions, the caller guarantees the memory.
        unsafe { load(from) }
    }
    #[inline(always)]
    unsafe fn splat_activations(self, from: *const i8) -> int8x16_t {
        // SAFETY: as above.
        unsafe { splat(from) }
    }
    #[inline(always)]
    fn start_nibble_sums(self, start: i32) -> int32x4_t {
        // SAFETY: `self` proves the instruction.
        unsafe { vdupq_n_s32(start) }
    }
    #[inline(always)]
    fn add_nibble_products(self, sums: int32x4_t, weights: int8x16_t, activations: int8x16_t) -> int32x4_t {
        // SAFETY: as above.
        unsafe { sdot(sums, weights, activations) }
    }
    #[inline(always)]
    fn nibble_sums_to_numbers(self, sums: int32x4_t, _: i32) -> float32x4_t {
        // SAFETY: as above.
        unsafe { vcvtq_f32_s32(sums) }
    }
    #[inline(always)]
    unsafe fn load_signed_bytes(self, from: *const i8) -> float32x4_t {
        // SAFETY: as in `load_nibbles`.
        unsafe { signed_bytes(from) }
    }
}

/// The greatest sum of a lane of 16 bits is 8 x 15 x 128 = 15,360.
impl Nibbles for Neon<Widening> {
    type Weights = int8x16_t;
    type Activations = int8x16_t;
    /// The sums of two outputs each. The sum of an output is four neighbours of 16 bits.
    type NibbleSums = [int16x8_t; 2];

    #[inline(always)]
    unsafe fn load_nibbles(self, from: *const u8) -> [int8x16_t; 2] {
        // SAFETY: `self` proves the instructions, the caller guarantees the memory.
        unsafe { load(from) }
    }
    #[inline(always)]
    unsafe fn splat_activations(self, from: *const i8) -> int8x16_t {
        // SAFETY: as above.
        unsafe { splat(from) }
    }
    #[inline(always)]
    fn start_nibble_sums(self, _: i32) -> [int16x8_t; 2] {
        // SAFETY: `self` proves the instruction.
        [unsafe { vdupq_n_s16(0) }; 2]
    }
    #[inline(always)]
    fn add_nibble_products(
        self,
        sums: [int16x8_t; 2],
        weights: int8x16_t,
        activations: int8x16_t,
    ) -> [int16x8_t; 2] {
        // SAFETY: as above.
        unsafe {
            [
                vmlal_s8(sums[0], vget_low_s8(weights), vget_low_s8(activations)),
                vmlal_high_s8(sums[1], weights, activations),
            ]
        }
    }
    #[inline(always)]
    fn nibble_sums_to_numbers(self, sums: [int16x8_t; 2], start: i32) -> float32x4_t {
        // SAFETY: as above.
        unsafe {
            let sums = vpaddq_s32(vpaddlq_s16(sums[0]), vpaddlq_s16(sums[1]));
            vcvtq_f32_s32(vaddq_s32(sums, vdupq_n_s32(start)))
        }
    }
    #[inline(always)]
    unsafe fn load_signed_bytes(self, from: *const i8) -> float32x4_t {
        // SAFETY: as in `load_nibbles`.
        unsafe { signed_bytes(from) }
    }
}
