//! The vector operations that kernels are written in, per instruction set.
//!
//! A value of a [`Simd`] type is proof that the processor has its instructions: it is only made
//! inside a function compiled for them. The arithmetic is therefore safe to call.

/// Vector arithmetic on `LANES` numbers at once.
pub(super) trait Simd: Copy {
    type V: Copy;
    const LANES: usize;

    fn splat(self, x: f32) -> Self::V;
    /// # Safety
    /// `LANES` numbers can be read from `from`.
    unsafe fn load(self, from: *const f32) -> Self::V;
    /// The numbers whose upper halves are read.
    ///
    /// # Safety
    /// `LANES` numbers can be read from `from`.
    unsafe fn load_bf16(self, from: *const u16) -> Self::V;
    /// # Safety
    /// `LANES` integers can be read from `from`.
    unsafe fn load_i8(self, from: *const i8) -> Self::V;
    /// # Safety
    /// `LANES` numbers can be written to `to`.
    unsafe fn store(self, to: *mut f32, v: Self::V);
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// To the nearest whole number.
    fn round(self, a: Self::V) -> Self::V;
    /// `2^n` for whole `n` in `-126..=127`.
    fn power_of_two(self, n: Self::V) -> Self::V;
    /// `a` where `x > 0`, else `b`.
    fn select_positive(self, x: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// The sum of all lanes of each.
    fn sums(self, a: [Self::V; 4]) -> [f32; 4];

    /// The sum of all lanes.
    #[inline(always)]
    fn sum(self, a: Self::V) -> f32 {
        let zero = self.splat(0.0);
        self.sums([a, zero, zero, zero])[0]
    }

    /// `e^x`, relative error below 2e-7 between -87 and 88; saturates beyond.
    #[inline(always)]
    fn exp(self, x: Self::V) -> Self::V {
        let x = self.min(self.max(x, self.splat(-87.0)), self.splat(88.0));
        let n = self.round(self.mul(x, self.splat(std::f32::consts::LOG2_E)));
        // ln 2 in two parts, the first short enough that `n * LN_2_HIGH` is exact.
        let r = self.mul_add(n, self.splat(-0.693_359_4), x);
        let r = self.mul_add(n, self.splat(2.121_944_4e-4), r);
        // The Taylor series to the seventh power: |r| <= ln(2) / 2 leaves an error of 5e-9.
        let mut p = self.splat(1.0 / 5040.0);
        for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
            p = self.mul_add(p, r, self.splat(coefficient));
        }
        self.mul(p, self.power_of_two(n))
    }
}

/// Four lanes in plain arithmetic, for every processor.
#[derive(Clone, Copy)]
pub(super) struct Portable;

#[inline(always)]
fn zip(a: [f32; 4], b: [f32; 4], f: impl Fn(f32, f32) -> f32) -> [f32; 4] {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

impl Simd for Portable {
    type V = [f32; 4];
    const LANES: usize = 4;

    #[inline(always)]
    fn splat(self, x: f32) -> [f32; 4] {
        [x; 4]
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> [f32; 4] {
        // SAFETY: the caller vouches for four numbers; an array of f32 has the alignment of f32.
        unsafe { from.cast::<[f32; 4]>().read() }
    }
    #[inline(always)]
    unsafe fn load_bf16(self, from: *const u16) -> [f32; 4] {
        // SAFETY: as in `load`.
        let halves = unsafe { from.cast::<[u16; 4]>().read() };
        halves.map(|half| f32::from_bits(u32::from(half) << 16))
    }
    #[inline(always)]
    unsafe fn load_i8(self, from: *const i8) -> [f32; 4] {
        // SAFETY: as in `load`.
        unsafe { from.cast::<[i8; 4]>().read() }.map(f32::from)
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, v: [f32; 4]) {
        // SAFETY: as in `load`.
        unsafe { to.cast::<[f32; 4]>().write(v) }
    }
    #[inline(always)]
    fn add(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn min(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn max(self, a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        zip(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn mul_add(self, a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        self.add(self.mul(a, b), c)
    }
    #[inline(always)]
    fn round(self, a: [f32; 4]) -> [f32; 4] {
        // Adding and taking away 1.5 * 2^23 leaves no room for a fraction; `f32::round` is a call.
        zip(a, a, |a, _| (a + 12_582_912.0) - 12_582_912.0)
    }
    #[inline(always)]
    fn power_of_two(self, n: [f32; 4]) -> [f32; 4] {
        zip(n, n, |n, _| f32::from_bits(((n as i32 + 127) as u32) << 23))
    }
    #[inline(always)]
    fn select_positive(self, x: [f32; 4], a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|lane| if x[lane] > 0.0 { a[lane] } else { b[lane] })
    }
    #[inline(always)]
    fn sums(self, a: [[f32; 4]; 4]) -> [f32; 4] {
        a.map(|a| (a[0] + a[2]) + (a[1] + a[3]))
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256, __m512, _CMP_GT_OQ, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm_add_ps, _mm_hadd_ps,
        _mm_loadl_epi64, _mm_loadu_si128, _mm_storeu_ps, _mm256_add_epi32, _mm256_add_ps, _mm256_blendv_ps,
        _mm256_castpd_ps, _mm256_castps256_ps128, _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_cvtepi8_epi32,
        _mm256_cvtepi32_ps, _mm256_cvtepu16_epi32, _mm256_cvtps_epi32, _mm256_div_ps, _mm256_extractf128_ps,
        _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps,
        _mm256_round_ps, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_ps, _mm256_slli_epi32,
        _mm256_storeu_ps, _mm256_sub_ps, _mm512_add_epi32, _mm512_add_ps, _mm512_castps_pd,
        _mm512_castps512_ps256, _mm512_castsi512_ps, _mm512_cmp_ps_mask, _mm512_cvtepi8_epi32,
        _mm512_cvtepi32_ps, _mm512_cvtepu16_epi32, _mm512_cvtps_epi32, _mm512_div_ps, _mm512_extractf64x4_pd,
        _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mask_blend_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps,
        _mm512_roundscale_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_slli_epi32,
        _mm512_storeu_ps, _mm512_sub_ps,
    };

    use super::Simd;

    /// Implements [`Simd`] by intrinsics that share a prefix.
    macro_rules! simd_by_intrinsics {
        ($name:ident, $doc:literal, $vector:ty, $lanes:literal, $ops:tt) => {
            #[doc = $doc]
            #[derive(Clone, Copy)]
            pub(in crate::kernels) struct $name(());

            impl $name {
                /// # Safety
                /// The processor has the instructions.
                #[inline(always)]
                pub(in crate::kernels) unsafe fn assume() -> Self {
                    Self(())
                }
            }

            simd_by_intrinsics!(@impl $name, $vector, $lanes, $ops);
        };
        (@impl $name:ident, $vector:ty, $lanes:literal, {
            splat: $splat:ident, load: $load:ident, load_bf16: $load_bf16:ident, load_i8: $load_i8:ident, store: $store:ident, add: $add:ident, sub: $sub:ident,
            mul: $mul:ident, div: $div:ident, min: $min:ident, max: $max:ident, fma: $fma:ident,
            round: $round:expr, power: $power:expr, select: $select:expr, sums: $sums:expr $(,)?
        }) => {
            impl Simd for $name {
                type V = $vector;
                const LANES: usize = $lanes;

                simd_by_intrinsics!(@op splat, $splat, x: f32);
                simd_by_intrinsics!(@op add, $add, a: $vector, b: $vector);
                simd_by_intrinsics!(@op sub, $sub, a: $vector, b: $vector);
                simd_by_intrinsics!(@op mul, $mul, a: $vector, b: $vector);
                simd_by_intrinsics!(@op div, $div, a: $vector, b: $vector);
                simd_by_intrinsics!(@op min, $min, a: $vector, b: $vector);
                simd_by_intrinsics!(@op max, $max, a: $vector, b: $vector);
                simd_by_intrinsics!(@op mul_add, $fma, a: $vector, b: $vector, c: $vector);

                #[inline(always)]
                unsafe fn load(self, from: *const f32) -> $vector {
                    // SAFETY: `self` proves the instructions, the caller vouches for the memory.
                    unsafe { $load(from) }
                }
                #[inline(always)]
                unsafe fn load_bf16(self, from: *const u16) -> $vector {
                    // SAFETY: as in `load`.
                    unsafe { $load_bf16(from) }
                }
                #[inline(always)]
                unsafe fn load_i8(self, from: *const i8) -> $vector {
                    // SAFETY: as in `load`.
                    unsafe { $load_i8(from) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut f32, v: $vector) {
                    // SAFETY: as in `load`.
                    unsafe { $store(to, v) }
                }
                #[inline(always)]
                fn round(self, a: $vector) -> $vector {
                    // SAFETY: `self` proves the instructions.
                    unsafe { $round(a) }
                }
                #[inline(always)]
                fn power_of_two(self, n: $vector) -> $vector {
                    // SAFETY: `self` proves the instructions.
                    unsafe { $power(n) }
                }
                #[inline(always)]
                fn select_positive(self, x: $vector, a: $vector, b: $vector) -> $vector {
                    // SAFETY: `self` proves the instructions.
                    unsafe { $select(x, a, b) }
                }
                #[inline(always)]
                fn sums(self, a: [$vector; 4]) -> [f32; 4] {
                    // SAFETY: `self` proves the instructions.
                    unsafe { $sums(a) }
                }
            }
        };
        (@op $method:ident, $intrinsic:ident, $($argument:ident: $type:ty),+) => {
            #[inline(always)]
            fn $method(self, $($argument: $type),+) -> Self::V {
                // SAFETY: `self` proves that the processor has the instruction.
                unsafe { $intrinsic($($argument),+) }
            }
        };
    }

    simd_by_intrinsics!(Avx512, "Sixteen lanes of AVX-512F.", __m512, 16, {
        splat: _mm512_set1_ps, load: _mm512_loadu_ps, load_bf16: load_bf16_512,
        load_i8: load_i8_512, store: _mm512_storeu_ps, add: _mm512_add_ps,
        sub: _mm512_sub_ps, mul: _mm512_mul_ps, div: _mm512_div_ps, min: _mm512_min_ps, max: _mm512_max_ps,
        fma: _mm512_fmadd_ps,
        round: _mm512_roundscale_ps::<0>,
        power: power_512,
        select: select_512,
        sums: sums_512,
    });
    simd_by_intrinsics!(Avx2, "Eight lanes of AVX2 with FMA.", __m256, 8, {
        splat: _mm256_set1_ps, load: _mm256_loadu_ps, load_bf16: load_bf16_256,
        load_i8: load_i8_256, store: _mm256_storeu_ps, add: _mm256_add_ps,
        sub: _mm256_sub_ps, mul: _mm256_mul_ps, div: _mm256_div_ps, min: _mm256_min_ps, max: _mm256_max_ps,
        fma: _mm256_fmadd_ps,
        round: _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>,
        power: power_256,
        select: select_256,
        sums: sums_256,
    });

    /// # Safety
    /// Sixteen numbers can be read from `from`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn load_bf16_512(from: *const u16) -> __m512 {
        // SAFETY: the caller vouches for the numbers; the load needs no alignment.
        let halves = unsafe { _mm256_loadu_si256(from.cast()) };
        _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(halves)))
    }

    /// # Safety
    /// Sixteen integers can be read from `from`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn load_i8_512(from: *const i8) -> __m512 {
        // SAFETY: as in `load_bf16_512`.
        let integers = unsafe { _mm_loadu_si128(from.cast()) };
        _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(integers))
    }

    /// # Safety
    /// Eight numbers can be read from `from`.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn load_bf16_256(from: *const u16) -> __m256 {
        // SAFETY: as in `load_bf16_512`.
        let halves = unsafe { _mm_loadu_si128(from.cast()) };
        _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(halves)))
    }

    /// # Safety
    /// Eight integers can be read from `from`.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn load_i8_256(from: *const i8) -> __m256 {
        // SAFETY: as in `load_bf16_512`.
        let integers = unsafe { _mm_loadl_epi64(from.cast()) };
        _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(integers))
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn power_512(n: __m512) -> __m512 {
        let exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
        _mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent))
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn select_512(x: __m512, a: __m512, b: __m512) -> __m512 {
        _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, _mm512_setzero_ps()), b, a)
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn power_256(n: __m256) -> __m256 {
        let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
        _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn select_256(x: __m256, a: __m256, b: __m256) -> __m256 {
        _mm256_blendv_ps(b, a, _mm256_cmp_ps::<_CMP_GT_OQ>(x, _mm256_setzero_ps()))
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn sums_512(a: [__m512; 4]) -> [f32; 4] {
        sums_256(a.map(|a| {
            let upper = _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(a));
            _mm256_add_ps(_mm512_castps512_ps256(a), _mm256_castpd_ps(upper))
        }))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn sums_256(a: [__m256; 4]) -> [f32; 4] {
        let [a, b, c, d] = a.map(|a| _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps::<1>(a)));
        let sums = _mm_hadd_ps(_mm_hadd_ps(a, b), _mm_hadd_ps(c, d));
        let mut lanes = [0.0; 4];
        // SAFETY: the array holds four numbers; the store needs no alignment.
        unsafe { _mm_storeu_ps(lanes.as_mut_ptr(), sums) };
        lanes
    }
}
