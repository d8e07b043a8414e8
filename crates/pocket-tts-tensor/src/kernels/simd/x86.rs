//! AVX-512 and AVX2. This module must not know what is computed.

use std::arch::x86_64::{
    __m256, __m256i, __m512, __m512i, _CMP_GT_OQ, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm_add_ps,
    _mm_hadd_ps, _mm_loadu_si128, _mm_set1_epi32, _mm_storeu_ps, _mm256_add_epi32, _mm256_add_ps,
    _mm256_blendv_ps, _mm256_castpd_ps, _mm256_castps256_ps128, _mm256_castsi256_ps, _mm256_cmp_ps,
    _mm256_cvtepi8_epi16, _mm256_cvtepi32_ps, _mm256_cvtepu8_epi16, _mm256_cvtepu16_epi32,
    _mm256_cvtps_epi32, _mm256_div_ps, _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_hadd_epi32,
    _mm256_loadu_ps, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps,
    _mm256_permute4x64_epi64, _mm256_round_ps, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_setzero_si256, _mm256_slli_epi32, _mm256_storeu_ps, _mm256_sub_epi32, _mm256_sub_ps,
    _mm512_add_epi32, _mm512_add_ps, _mm512_castps_pd, _mm512_castps512_ps256, _mm512_castsi512_ps,
    _mm512_cmp_ps_mask, _mm512_cvtepi32_ps, _mm512_cvtepu16_epi32, _mm512_cvtps_epi32, _mm512_div_ps,
    _mm512_dpbusd_epi32, _mm512_dpwssd_epi32, _mm512_extractf64x4_pd, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_loadu_si512, _mm512_mask_blend_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps,
    _mm512_roundscale_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512,
    _mm512_slli_epi32, _mm512_storeu_ps, _mm512_sub_epi32, _mm512_sub_ps,
};

use super::operations::Simd;

/// Implements [`Simd`] with the intrinsics of one instruction set.
macro_rules! simd_by_intrinsics {
    ($name:ident, $doc:literal, $vector:ty, $lanes:literal, $ops:tt) => {
        #[doc = $doc]
        #[derive(Clone, Copy)]
        pub(crate) struct $name(());

        impl $name {
            /// # Safety
            /// The processor has the instructions.
            #[inline(always)]
            pub(crate) unsafe fn assume() -> Self {
                Self(())
            }
        }

        simd_by_intrinsics!(@impl $name, $vector, $lanes, $ops);
    };
    (@impl $name:ident, $vector:ty, $lanes:literal, {
        splat: $splat:ident, load: $load:ident, load_bf16: $load_bf16:ident, store: $store:ident, add: $add:ident, sub: $sub:ident,
        mul: $mul:ident, div: $div:ident, min: $min:ident, max: $max:ident, fma: $fma:ident,
        round: $round:expr, power: $power:expr, select: $select:expr, sums: $sums:expr,
        bytes: $bytes:ty, integers: $integers:ty, load_bytes: $load_bytes:ident, splat_bytes: $splat_bytes:ident,
        zero_sums: $zero_sums:expr, add_products: $add_products:ident, numbers: $numbers:ident, minus: $minus:ident,
        pairs: $pairs:ty, load_pairs: $load_pairs:ident, splat_integer: $splat_integer:ident, zero_pairs: $zero_pairs:ident,
        add_pairs: $add_pairs:ident, pair_numbers: $pair_numbers:ident $(,)?
    }) => {
        impl Simd for $name {
            type V = $vector;
            type Bytes = $bytes;
            type SameBytes = $bytes;
            type Sums = $integers;
            type Pairs = $pairs;
            type PairSums = $pairs;
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn load_pairs(self, from: *const i16) -> $pairs {
                // SAFETY: as in `load`; the load needs no alignment.
                unsafe { $load_pairs(from.cast()) }
            }
            #[inline(always)]
            fn splat_pair(self, [first, second]: [i16; 2]) -> $pairs {
                let bits = i32::from(second) << 16 | i32::from(first as u16);
                // SAFETY: `self` proves the instructions.
                unsafe { $splat_integer(bits) }
            }
            #[inline(always)]
            fn zero_pair_sums(self) -> $pairs {
                // SAFETY: `self` proves the instructions.
                unsafe { $zero_pairs() }
            }
            #[inline(always)]
            fn add_pair_products(self, sums: $pairs, a: $pairs, b: $pairs) -> $pairs {
                // SAFETY: `self` proves the instructions.
                unsafe { $add_pairs(sums, a, b) }
            }
            #[inline(always)]
            fn pair_sums_to_numbers(self, sums: $pairs) -> $vector {
                // SAFETY: `self` proves the instructions.
                unsafe { $pair_numbers(sums) }
            }

            #[inline(always)]
            unsafe fn load_bytes(self, from: *const i8) -> $bytes {
                // SAFETY: as in `load`.
                unsafe { $load_bytes(from) }
            }
            #[inline(always)]
            fn splat_bytes(self, bytes: [u8; 4]) -> $bytes {
                // SAFETY: `self` proves the instructions.
                unsafe { $splat_bytes(i32::from_ne_bytes(bytes)) }
            }
            #[inline(always)]
            fn zero_sums(self) -> $integers {
                // SAFETY: `self` proves the instructions.
                unsafe { $zero_sums }
            }
            #[inline(always)]
            fn add_products(self, sums: $integers, a: $bytes, b: $bytes) -> $integers {
                // SAFETY: `self` proves the instructions.
                unsafe { $add_products(sums, a, b) }
            }
            #[inline(always)]
            unsafe fn sums_to_numbers(self, sums: $integers, _: *const i32) -> $vector {
                // SAFETY: `self` proves the instructions.
                unsafe { $numbers(sums) }
            }
            #[inline(always)]
            unsafe fn sums_less_offsets(self, sums: $integers, offsets: *const i32) -> $vector {
                // SAFETY: as in `load`.
                unsafe { $minus(sums, offsets) }
            }

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
                // SAFETY: `self` proves the instructions, the caller guarantees the memory.
                unsafe { $load(from) }
            }
            #[inline(always)]
            unsafe fn load_bf16(self, from: *const u16) -> $vector {
                // SAFETY: as in `load`.
                unsafe { $load_bf16(from) }
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
    store: _mm512_storeu_ps, add: _mm512_add_ps,
    sub: _mm512_sub_ps, mul: _mm512_mul_ps, div: _mm512_div_ps, min: _mm512_min_ps, max: _mm512_max_ps,
    fma: _mm512_fmadd_ps,
    round: _mm512_roundscale_ps::<0>,
    power: power_512,
    select: select_512,
    sums: sums_512,
    bytes: __m512i, integers: __m512i, load_bytes: load_bytes_512, splat_bytes: _mm512_set1_epi32,
    zero_sums: _mm512_setzero_si512(), add_products: _mm512_dpbusd_epi32, numbers: _mm512_cvtepi32_ps,
    minus: minus_512,
    pairs: __m512i, load_pairs: _mm512_loadu_si512, splat_integer: _mm512_set1_epi32,
    zero_pairs: _mm512_setzero_si512, add_pairs: _mm512_dpwssd_epi32, pair_numbers: _mm512_cvtepi32_ps,
});
simd_by_intrinsics!(Avx2, "Eight lanes of AVX2 with FMA.", __m256, 8, {
    splat: _mm256_set1_ps, load: _mm256_loadu_ps, load_bf16: load_bf16_256,
    store: _mm256_storeu_ps, add: _mm256_add_ps,
    sub: _mm256_sub_ps, mul: _mm256_mul_ps, div: _mm256_div_ps, min: _mm256_min_ps, max: _mm256_max_ps,
    fma: _mm256_fmadd_ps,
    round: _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>,
    power: power_256,
    select: select_256,
    sums: sums_256,
    bytes: [__m256i; 2], integers: [__m256i; 2], load_bytes: load_bytes_256, splat_bytes: splat_bytes_256,
    zero_sums: [_mm256_setzero_si256(); 2], add_products: add_products_256, numbers: numbers_256,
    minus: minus_256,
    pairs: __m256i, load_pairs: _mm256_loadu_si256, splat_integer: _mm256_set1_epi32,
    zero_pairs: _mm256_setzero_si256, add_pairs: add_pairs_256, pair_numbers: _mm256_cvtepi32_ps,
});

/// # Safety
/// Sixteen numbers can be read from `from`.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load_bf16_512(from: *const u16) -> __m512 {
    // SAFETY: the caller guarantees the numbers; the load needs no alignment.
    let halves = unsafe { _mm256_loadu_si256(from.cast()) };
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(halves)))
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
/// 64 bytes can be read from `from`.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load_bytes_512(from: *const i8) -> __m512i {
    // SAFETY: the caller guarantees the bytes; the load needs no alignment.
    unsafe { _mm512_loadu_si512(from.cast()) }
}

/// # Safety
/// Sixteen integers can be read from `from`.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn minus_512(sums: __m512i, from: *const i32) -> __m512 {
    // SAFETY: as in `load_bytes_512`.
    let less = unsafe { _mm512_loadu_si512(from.cast()) };
    _mm512_cvtepi32_ps(_mm512_sub_epi32(sums, less))
}

/// Widens bytes to 16 bits, as AVX2 would add products of bytes with saturation.
///
/// # Safety
/// 32 bytes can be read from `from`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load_bytes_256(from: *const i8) -> [__m256i; 2] {
    // SAFETY: as in `load_bytes_512`.
    unsafe {
        [
            _mm256_cvtepi8_epi16(_mm_loadu_si128(from.cast())),
            _mm256_cvtepi8_epi16(_mm_loadu_si128(from.add(16).cast())),
        ]
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn splat_bytes_256(bytes: i32) -> [__m256i; 2] {
    [_mm256_cvtepu8_epi16(_mm_set1_epi32(bytes)); 2]
}

/// The sum of an output stays in two parts, side by side.
#[inline]
#[target_feature(enable = "avx2")]
fn add_products_256(sums: [__m256i; 2], a: [__m256i; 2], b: [__m256i; 2]) -> [__m256i; 2] {
    [
        _mm256_add_epi32(sums[0], _mm256_madd_epi16(a[0], b[0])),
        _mm256_add_epi32(sums[1], _mm256_madd_epi16(a[1], b[1])),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn add_pairs_256(sums: __m256i, a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi32(sums, _mm256_madd_epi16(a, b))
}

/// Adds the parts of each sum, and puts the sums in the order of the outputs.
#[inline]
#[target_feature(enable = "avx2")]
fn add_up_256(sums: [__m256i; 2]) -> __m256i {
    _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(sums[0], sums[1]))
}

#[inline]
#[target_feature(enable = "avx2")]
fn numbers_256(sums: [__m256i; 2]) -> __m256 {
    _mm256_cvtepi32_ps(add_up_256(sums))
}

/// # Safety
/// Eight integers can be read from `from`.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn minus_256(sums: [__m256i; 2], from: *const i32) -> __m256 {
    // SAFETY: as in `load_bytes_512`.
    let less = unsafe { _mm256_loadu_si256(from.cast()) };
    _mm256_cvtepi32_ps(_mm256_sub_epi32(add_up_256(sums), less))
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
#[target_feature(enable = "avx512f,avx2,fma")]
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
