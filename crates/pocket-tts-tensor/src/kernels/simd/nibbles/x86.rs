//! AVX-512 and AVX2.

use std::arch::x86_64::{
    __m256, __m256i, __m512, __m512i, _mm_loadl_epi64, _mm_loadu_si128, _mm256_add_epi16, _mm256_add_epi32,
    _mm256_and_si256, _mm256_cvtepi8_epi32, _mm256_cvtepi32_ps, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256,
    _mm256_srli_epi16, _mm512_and_si512, _mm512_cvtepi8_epi32, _mm512_cvtepi32_ps, _mm512_dpbusd_epi32,
    _mm512_loadu_si512, _mm512_set1_epi32, _mm512_srli_epi32,
};

use super::Nibbles;
use crate::kernels::simd::x86::{Avx2, Avx512};

impl Nibbles for Avx512 {
    type Weights = __m512i;
    type Activations = __m512i;
    type NibbleSums = __m512i;

    #[inline(always)]
    unsafe fn load_nibbles(self, from: *const u8) -> [__m512i; 2] {
        // SAFETY: `self` proves the instructions, the caller guarantees the memory; the load needs no alignment.
        unsafe {
            let bytes = _mm512_loadu_si512(from.cast());
            let lower = _mm512_set1_epi32(0x0F0F_0F0F);
            [_mm512_and_si512(bytes, lower), _mm512_and_si512(_mm512_srli_epi32::<4>(bytes), lower)]
        }
    }
    #[inline(always)]
    unsafe fn splat_activations(self, from: *const i8) -> __m512i {
        // SAFETY: as above.
        unsafe { _mm512_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }
    #[inline(always)]
    fn start_nibble_sums(self, start: i32) -> __m512i {
        // SAFETY: `self` proves the instruction.
        unsafe { _mm512_set1_epi32(start) }
    }
    #[inline(always)]
    fn add_nibble_products(self, sums: __m512i, weights: __m512i, activations: __m512i) -> __m512i {
        // SAFETY: as above.
        unsafe { _mm512_dpbusd_epi32(sums, weights, activations) }
    }
    #[inline(always)]
    fn nibble_sums_to_numbers(self, sums: __m512i, _: i32) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_cvtepi32_ps(sums) }
    }
    #[inline(always)]
    unsafe fn load_signed_bytes(self, from: *const i8) -> __m512 {
        // SAFETY: as in `load_nibbles`.
        unsafe { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(from.cast()))) }
    }
}

/// The greatest sum of a lane of 16 bits is 8 x 2 x 15 x 128 = 30,720.
impl Nibbles for Avx2 {
    type Weights = __m256i;
    type Activations = __m256i;
    /// The sum of an output is two neighbours of 16 bits.
    type NibbleSums = __m256i;

    #[inline(always)]
    unsafe fn load_nibbles(self, from: *const u8) -> [__m256i; 2] {
        // SAFETY: `self` proves the instructions, the caller guarantees the memory; the load needs no alignment.
        unsafe {
            let bytes = _mm256_loadu_si256(from.cast());
            let lower = _mm256_set1_epi8(0x0F);
            [_mm256_and_si256(bytes, lower), _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), lower)]
        }
    }
    #[inline(always)]
    unsafe fn splat_activations(self, from: *const i8) -> __m256i {
        // SAFETY: as above.
        unsafe { _mm256_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }
    #[inline(always)]
    fn start_nibble_sums(self, _: i32) -> __m256i {
        // SAFETY: `self` proves the instruction.
        unsafe { _mm256_setzero_si256() }
    }
    #[inline(always)]
    fn add_nibble_products(self, sums: __m256i, weights: __m256i, activations: __m256i) -> __m256i {
        // SAFETY: as above.
        unsafe { _mm256_add_epi16(sums, _mm256_maddubs_epi16(weights, activations)) }
    }
    #[inline(always)]
    fn nibble_sums_to_numbers(self, sums: __m256i, start: i32) -> __m256 {
        // SAFETY: as above.
        unsafe {
            let sums = _mm256_madd_epi16(sums, _mm256_set1_epi16(1));
            _mm256_cvtepi32_ps(_mm256_add_epi32(sums, _mm256_set1_epi32(start)))
        }
    }
    #[inline(always)]
    unsafe fn load_signed_bytes(self, from: *const i8) -> __m256 {
        // SAFETY: as in `load_nibbles`; this reads eight bytes.
        unsafe { _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(from.cast()))) }
    }
}
