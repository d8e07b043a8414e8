//! The choice of instruction set, made once per process.

use std::sync::OnceLock;

#[cfg(target_arch = "aarch64")]
use super::simd::neon;
#[cfg(target_arch = "x86_64")]
use super::simd::x86;
use super::{
    activation::Activation,
    attention::{many_queries, operands::Attention},
    elementwise,
    gemm::{float, int8::Int8Gemm, int16::Int16Gemm, integer_tiles, operands::Gemm},
    norm::{self, Normalization},
    quantization::{self, Rounding},
    simd::portable as portable_simd,
};

/// An instruction set that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isa {
    /// AVX-512F with VNNI, which adds up products of bytes; processors with less of AVX-512 do as well with AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX2 with FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// NEON with `dotprod`, which adds up products of bytes.
    #[cfg(target_arch = "aarch64")]
    NeonDotprod,
    /// NEON, which every aarch64 processor has.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// Whatever the compiler makes of plain code.
    Portable,
}

/// The kernels compiled for one instruction set that this processor has.
#[derive(Debug, Clone, Copy)]
pub struct Kernels {
    isa: Isa,
    gemm: unsafe fn(&mut Gemm<'_>),
    gemm_int8: unsafe fn(&mut Int8Gemm<'_>),
    gemm_int16: unsafe fn(&mut Int16Gemm<'_>),
    round: unsafe fn(&mut Rounding<'_>),
    attention: unsafe fn(&mut Attention<'_>),
    normalize: unsafe fn(&mut Normalization<'_>),
    activate: unsafe fn(Activation, &mut [f32]),
}

impl Isa {
    /// Those that this processor has, best first.
    pub fn available() -> Vec<Self> {
        let mut available = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let has_avx512 = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni");
            // Sums of lanes go on in vectors of half the width.
            if has_avx512 && has_avx2 {
                available.push(Self::Avx512);
            }
            if has_avx2 {
                available.push(Self::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        // The order of bytes in vectors is only known to be right on processors that begin with the lowest.
        if cfg!(target_endian = "little") && std::arch::is_aarch64_feature_detected!("neon") {
            if std::arch::is_aarch64_feature_detected!("dotprod") {
                available.push(Self::NeonDotprod);
            }
            available.push(Self::Neon);
        }
        available.push(Self::Portable);
        available
    }
}

impl Kernels {
    /// The best that this processor has.
    pub fn best() -> Self {
        static BEST: OnceLock<Kernels> = OnceLock::new();
        *BEST.get_or_init(|| Self::table(Isa::available()[0]))
    }

    /// Those for `isa`, if this processor has it.
    pub fn for_isa(isa: Isa) -> Option<Self> {
        Isa::available().contains(&isa).then(|| Self::table(isa))
    }

    /// The instruction set.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Computes a matrix product.
    ///
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say.
    pub fn gemm(&self, mut gemm: Gemm<'_>) {
        gemm.check();
        // SAFETY: checked; a table is only made for an instruction set that was detected.
        unsafe { (self.gemm)(&mut gemm) }
    }

    /// Computes a matrix product in integers.
    ///
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say.
    pub fn gemm_int8(&self, mut gemm: Int8Gemm<'_>) {
        gemm.check();
        // SAFETY: as in `gemm`.
        unsafe { (self.gemm_int8)(&mut gemm) }
    }

    /// Computes a matrix product in integers of 16 bits.
    ///
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say, or something isn't made of whole cells.
    pub fn gemm_int16(&self, mut gemm: Int16Gemm<'_>) {
        gemm.check();
        // SAFETY: as in `gemm`.
        unsafe { (self.gemm_int16)(&mut gemm) }
    }

    /// Rounds cells of numbers to integers of 16 bits.
    ///
    /// # Panics
    ///
    /// If the sizes disagree.
    pub fn round(&self, mut rounding: Rounding<'_>) {
        rounding.check();
        // SAFETY: as in `gemm`.
        unsafe { (self.round)(&mut rounding) }
    }

    /// Computes attention.
    ///
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say.
    pub fn attention(&self, mut attention: Attention<'_>) {
        attention.check();
        // SAFETY: as in `gemm`.
        unsafe { (self.attention)(&mut attention) }
    }

    /// Normalises rows.
    ///
    /// # Panics
    ///
    /// If the sizes disagree.
    pub fn normalize(&self, mut normalization: Normalization<'_>) {
        normalization.check();
        // SAFETY: as in `gemm`.
        unsafe { (self.normalize)(&mut normalization) }
    }

    /// Applies an activation function to each element.
    pub fn activate(&self, activation: Activation, elements: &mut [f32]) {
        // SAFETY: a table is only made for an instruction set that was detected.
        unsafe { (self.activate)(activation, elements) }
    }

    /// Must only be called for an instruction set that was detected.
    fn table(isa: Isa) -> Self {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512::table(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2::table(),
            #[cfg(target_arch = "aarch64")]
            Isa::NeonDotprod => neon_dotprod::table(),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => neon::table(),
            Isa::Portable => portable::table(),
        }
    }
}

/// Compiles every kernel for one instruction set.
macro_rules! compile_kernels {
    ($module:ident, $isa:expr, $simd:expr, [$single:literal, $wide:literal, $narrow:literal], [$many:literal, $one:literal], [$int_single:literal, $int_wide:literal, $int_rows:literal], [$pair_single:literal, $pair_wide:literal, $pair_rows:literal], $(#[$feature:meta])*) => {
        mod $module {
            use super::*;

            $(#[$feature])*
            unsafe fn gemm(call: &mut Gemm<'_>) {
                // SAFETY: the caller checked the call and detected the instructions.
                unsafe { float::run::<_, $single, $wide, $narrow>($simd, call) }
            }
            $(#[$feature])*
            unsafe fn gemm_int8(call: &mut Int8Gemm<'_>) {
                // SAFETY: as in `gemm`.
                unsafe { integer_tiles::walk::<_, _, $int_single, $int_wide, $int_rows>($simd, call) }
            }
            $(#[$feature])*
            unsafe fn gemm_int16(call: &mut Int16Gemm<'_>) {
                // SAFETY: as in `gemm`.
                unsafe { integer_tiles::walk::<_, _, $pair_single, $pair_wide, $pair_rows>($simd, call) }
            }
            $(#[$feature])*
            unsafe fn round(call: &mut Rounding<'_>) {
                quantization::round(call);
            }
            $(#[$feature])*
            unsafe fn attention(call: &mut Attention<'_>) {
                // SAFETY: as in `gemm`.
                unsafe { many_queries::run::<_, $many, $one>($simd, call) }
            }
            $(#[$feature])*
            unsafe fn normalize(call: &mut Normalization<'_>) {
                // SAFETY: as in `gemm`.
                unsafe { norm::run($simd, call) }
            }
            $(#[$feature])*
            unsafe fn activate(activation: Activation, elements: &mut [f32]) {
                // SAFETY: as in `gemm`. A constant activation leaves no choice in the loop.
                unsafe {
                    match activation {
                        Activation::Elu => elementwise::run($simd, Activation::Elu, elements),
                        Activation::GeluTanh => elementwise::run($simd, Activation::GeluTanh, elements),
                        Activation::Silu => elementwise::run($simd, Activation::Silu, elements),
                    }
                }
            }

            pub(super) fn table() -> Kernels {
                Kernels { isa: $isa, gemm, gemm_int8, gemm_int16, round, attention, normalize, activate }
            }
        }
    };
}

// Vectors per tile: 32 registers hold 6 x 4 sums on AVX-512, 16 hold 6 x 2 on AVX2.
#[cfg(target_arch = "x86_64")]
compile_kernels!(avx512, Isa::Avx512, x86::Avx512::assume(), [4, 4, 1], [4, 4], [4, 4, 3], [4, 4, 6], #[target_feature(enable = "avx512f,avx512vnni,avx2,fma")]);
#[cfg(target_arch = "x86_64")]
compile_kernels!(avx2, Isa::Avx2, x86::Avx2::assume(), [8, 2, 2], [2, 8], [2, 1, 2], [8, 2, 4], #[target_feature(enable = "avx2,fma")]);
// 32 registers hold 6 x 4 sums of numbers on NEON. Sums of bytes are as many with `dotprod`, else twice as many.
#[cfg(target_arch = "aarch64")]
compile_kernels!(neon_dotprod, Isa::NeonDotprod, neon::Neon::<neon::DotProducts>::assume(), [16, 4, 4], [4, 8], [8, 4, 3], [8, 2, 6], #[target_feature(enable = "neon,dotprod")]);
#[cfg(target_arch = "aarch64")]
compile_kernels!(neon, Isa::Neon, neon::Neon::<neon::Widening>::assume(), [16, 4, 4], [4, 8], [4, 2, 2], [8, 2, 6], #[target_feature(enable = "neon")]);
compile_kernels!(portable, Isa::Portable, portable_simd::Portable, [4, 4, 4], [2, 4], [2, 2, 2], [2, 2, 4],);
