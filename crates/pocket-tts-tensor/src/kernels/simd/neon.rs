//! NEON, which every aarch64 processor has, without and with its dot products of bytes.
//!
//! Neither multiplies signed bytes by unsigned ones (`usdot` is rarer). So 128 is subtracted from the unsigned bytes,
//! which the caller's offsets make up for. This module must not know what is computed.

use std::arch::{
    aarch64::{
        float32x4_t, int8x16_t, int16x8_t, int32x4_t, vaddq_f32, vaddq_s32, vbslq_f32, vcgtzq_f32,
        vcvtq_f32_s32, vcvtq_s32_f32, vdivq_f32, vdupq_n_f32, vdupq_n_s32, vdupq_n_u32, veorq_u32, vfmaq_f32,
        vget_low_s8, vget_low_s16, vld1_u16, vld1q_f32, vld1q_s8, vld1q_s16, vld1q_s32, vmaxnmq_f32,
        vminnmq_f32, vmlal_high_s16, vmlal_s16, vmovl_u16, vmull_high_s8, vmull_s8, vmulq_f32, vpadalq_s16,
        vpaddq_f32, vpaddq_s32, vreinterpretq_f32_s32, vreinterpretq_f32_u32, vreinterpretq_s8_u32,
        vreinterpretq_s16_u32, vrndnq_f32, vshlq_n_s32, vshlq_n_u32, vst1q_f32, vsubq_f32,
    },
    asm,
};

use super::operations::Simd;

/// Four lanes of NEON, with products of bytes by `P`.
#[derive(Clone, Copy)]
pub(crate) struct Neon<P>(P);

/// How products of bytes are summed.
pub(crate) trait ByteProducts: Copy {
    /// Four sums, which may be in parts.
    type Sums: Copy;

    fn zero(self) -> Self::Sums;
    /// Adds the four products of its groups to each sum.
    fn add(self, sums: Self::Sums, a: int8x16_t, b: int8x16_t) -> Self::Sums;
    fn add_up(self, sums: Self::Sums) -> int32x4_t;
}

/// Products of 16 bits, which are added in pairs.
#[derive(Clone, Copy)]
pub(crate) struct Widening(());

/// `sdot`, of the extension `dotprod`.
#[derive(Clone, Copy)]
pub(crate) struct DotProducts(());

impl Neon<Widening> {
    /// # Safety
    /// The processor has NEON.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> Self {
        Self(Widening(()))
    }
}

impl Neon<DotProducts> {
    /// # Safety
    /// The processor has NEON with `dotprod`.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> Self {
        Self(DotProducts(()))
    }
}

impl ByteProducts for Widening {
    /// Each has the sums of two outputs. The sum of an output stays in two parts, side by side.
    type Sums = [int32x4_t; 2];

    #[inline(always)]
    fn zero(self) -> [int32x4_t; 2] {
        // SAFETY: `self` proves the instruction.
        [unsafe { vdupq_n_s32(0) }; 2]
    }
    #[inline(always)]
    fn add(self, sums: [int32x4_t; 2], a: int8x16_t, b: int8x16_t) -> [int32x4_t; 2] {
        // SAFETY: `self` proves the instructions. A product of two bytes fits 16 bits.
        unsafe {
            [
                vpadalq_s16(sums[0], vmull_s8(vget_low_s8(a), vget_low_s8(b))),
                vpadalq_s16(sums[1], vmull_high_s8(a, b)),
            ]
        }
    }
    #[inline(always)]
    fn add_up(self, sums: [int32x4_t; 2]) -> int32x4_t {
        // SAFETY: `self` proves the instruction.
        unsafe { vpaddq_s32(sums[0], sums[1]) }
    }
}

impl ByteProducts for DotProducts {
    type Sums = int32x4_t;

    #[inline(always)]
    fn zero(self) -> int32x4_t {
        // SAFETY: `self` proves the instruction.
        unsafe { vdupq_n_s32(0) }
    }
    #[inline(always)]
    fn add(self, sums: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
        // SAFETY: `self` proves the instruction.
        unsafe { sdot(sums, a, b) }
    }
    #[inline(always)]
    fn add_up(self, sums: int32x4_t) -> int32x4_t {
        sums
    }
}

/// The intrinsic, `vdotq_s32`, is not stable in Rust yet.
#[inline]
#[target_feature(enable = "neon,dotprod")]
pub(super) fn sdot(mut sums: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: this function is compiled for processors with the instruction, which only reads and writes the named
    // registers.
    unsafe {
        asm!(
            "sdot {sums:v}.4s, {a:v}.16b, {b:v}.16b",
            sums = inout(vreg) sums,
            a = in(vreg) a,
            b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

/// Methods that are one intrinsic each.
macro_rules! intrinsics {
    ($($method:ident = $intrinsic:ident($($argument:ident),+)),+ $(,)?) => {$(
        #[inline(always)]
        fn $method(self, $($argument: float32x4_t),+) -> float32x4_t {
            // SAFETY: `self` proves that the processor has the instruction.
            unsafe { $intrinsic($($argument),+) }
        }
    )+};
}

impl<P: ByteProducts> Simd for Neon<P> {
    type V = float32x4_t;
    type Bytes = int8x16_t;
    type SameBytes = int8x16_t;
    type Sums = P::Sums;
    type Pairs = int16x8_t;
    /// Each has the sums of two outputs. The sum of an output stays in two parts, side by side.
    type PairSums = [int32x4_t; 2];
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn load_pairs(self, from: *const i16) -> int16x8_t {
        // SAFETY: as in `load`.
        unsafe { vld1q_s16(from) }
    }
    #[inline(always)]
    fn splat_pair(self, [first, second]: [i16; 2]) -> int16x8_t {
        let bits = u32::from(second as u16) << 16 | u32::from(first as u16);
        // SAFETY: `self` proves the instructions.
        unsafe { vreinterpretq_s16_u32(vdupq_n_u32(bits)) }
    }
    #[inline(always)]
    fn zero_pair_sums(self) -> [int32x4_t; 2] {
        // SAFETY: `self` proves the instruction.
        [unsafe { vdupq_n_s32(0) }; 2]
    }
    #[inline(always)]
    fn add_pair_products(self, sums: [int32x4_t; 2], a: int16x8_t, b: int16x8_t) -> [int32x4_t; 2] {
        // SAFETY: `self` proves the instructions.
        unsafe { [vmlal_s16(sums[0], vget_low_s16(a), vget_low_s16(b)), vmlal_high_s16(sums[1], a, b)] }
    }
    #[inline(always)]
    fn pair_sums_to_numbers(self, sums: [int32x4_t; 2]) -> float32x4_t {
        // SAFETY: `self` proves the instructions.
        unsafe { vcvtq_f32_s32(vpaddq_s32(sums[0], sums[1])) }
    }

    #[inline(always)]
    unsafe fn load_bytes(self, from: *const i8) -> int8x16_t {
        // SAFETY: as in `load`.
        unsafe { vld1q_s8(from) }
    }
    #[inline(always)]
    fn splat_bytes(self, bytes: [u8; 4]) -> int8x16_t {
        // SAFETY: `self` proves the instructions. Flipping the highest bit of a byte subtracts 128.
        unsafe {
            let same = vdupq_n_u32(u32::from_ne_bytes(bytes));
            vreinterpretq_s8_u32(veorq_u32(same, vdupq_n_u32(0x8080_8080)))
        }
    }
    #[inline(always)]
    fn zero_sums(self) -> P::Sums {
        self.0.zero()
    }
    #[inline(always)]
    fn add_products(self, sums: P::Sums, a: int8x16_t, b: int8x16_t) -> P::Sums {
        self.0.add(sums, a, b)
    }
    #[inline(always)]
    unsafe fn sums_to_numbers(self, sums: P::Sums, offsets: *const i32) -> float32x4_t {
        // SAFETY: as in `load`.
        unsafe { vcvtq_f32_s32(vaddq_s32(self.0.add_up(sums), vld1q_s32(offsets))) }
    }
    #[inline(always)]
    unsafe fn sums_less_offsets(self, sums: P::Sums, _: *const i32) -> float32x4_t {
        // SAFETY: `self` proves the instruction.
        unsafe { vcvtq_f32_s32(self.0.add_up(sums)) }
    }

    #[inline(always)]
    fn splat(self, x: f32) -> float32x4_t {
        // SAFETY: `self` proves the instruction.
        unsafe { vdupq_n_f32(x) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> float32x4_t {
        // SAFETY: `self` proves the instruction, the caller guarantees the memory; loads need no alignment.
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn load_bf16(self, from: *const u16) -> float32x4_t {
        // SAFETY: as in `load`.
        unsafe { vreinterpretq_f32_u32(vshlq_n_u32::<16>(vmovl_u16(vld1_u16(from)))) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, v: float32x4_t) {
        // SAFETY: as in `load`.
        unsafe { vst1q_f32(to, v) }
    }
    intrinsics! {
        add = vaddq_f32(a, b),
        sub = vsubq_f32(a, b),
        mul = vmulq_f32(a, b),
        div = vdivq_f32(a, b),
        // Of a number and NaN they return the number, as other instruction sets do if `b` is the number.
        min = vminnmq_f32(a, b),
        max = vmaxnmq_f32(a, b),
        round = vrndnq_f32(a),
    }
    #[inline(always)]
    fn mul_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        // SAFETY: `self` proves the instruction.
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    fn power_of_two(self, n: float32x4_t) -> float32x4_t {
        // SAFETY: `self` proves the instructions.
        unsafe {
            let exponent = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
            vreinterpretq_f32_s32(vshlq_n_s32::<23>(exponent))
        }
    }
    #[inline(always)]
    fn select_positive(self, x: float32x4_t, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: `self` proves the instructions.
        unsafe { vbslq_f32(vcgtzq_f32(x), a, b) }
    }
    #[inline(always)]
    fn sums(self, [a, b, c, d]: [float32x4_t; 4]) -> [f32; 4] {
        let mut lanes = [0.0; 4];
        // SAFETY: `self` proves the instructions; the array holds four numbers.
        unsafe { vst1q_f32(lanes.as_mut_ptr(), vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d))) };
        lanes
    }
}
