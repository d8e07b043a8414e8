//! The choice of an instruction set, made once per process.

use std::sync::OnceLock;

#[cfg(target_arch = "aarch64")]
use super::simd::neon;
#[cfg(target_arch = "x86_64")]
use super::simd::x86;
use super::{
    activation::Activation,
    attention::{many_queries, operands::Attention},
    elementwise,
    gemm::{
        float,
        int8::Int8Gemm,
        int16::Int16Gemm,
        integer_tiles,
        operands::Gemm,
        q4::{self, Q4Gemm},
    },
    norm::{self, Normalization},
    quantization::{self, Quantization},
    simd::portable,
    tile_sizes::{self, TileSizes},
};

/// An instruction set that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isa {
    /// AVX-512F with VNNI, for sums of products of bytes. Processors without VNNI do as well with AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX2 with FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// NEON with `dotprod`, for sums of products of bytes.
    #[cfg(target_arch = "aarch64")]
    NeonDotprod,
    /// NEON, which every aarch64 processor has.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// Plain code, as the compiler vectorizes it.
    Portable,
}

/// The kernels compiled for one instruction set of this processor.
#[derive(Debug, Clone, Copy)]
pub struct Kernels {
    isa: Isa,
    gemm: unsafe fn(&mut Gemm<'_>),
    gemm_int8: unsafe fn(&mut Int8Gemm<'_>),
    gemm_int16: unsafe fn(&mut Int16Gemm<'_>),
    gemm_q4: unsafe fn(&mut Q4Gemm<'_>),
    quantize: unsafe fn(&mut Quantization<'_>),
    attention: unsafe fn(&mut Attention<'_>),
    normalize: unsafe fn(&mut Normalization<'_>),
    activate: unsafe fn(Activation, &mut [f32]),
}

impl Isa {
    /// The usual name of the instruction set; `None` for plain code.
    pub fn name(self) -> Option<&'static str> {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => Some("AVX-512"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => Some("AVX2"),
            #[cfg(target_arch = "aarch64")]
            Self::NeonDotprod => Some("NEON with dot products"),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => Some("NEON"),
            Self::Portable => None,
        }
    }

    /// The instruction sets of this processor, best first.
    pub fn available() -> Vec<Self> {
        let mut available = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let has_avx512 = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni");
            // Sums of lanes use AVX2 for the second half.
            if has_avx512 && has_avx2 {
                available.push(Self::Avx512);
            }
            if has_avx2 {
                available.push(Self::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        // The order of lanes in vectors is only tested on little-endian processors.
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
    /// The kernels for the best instruction set of this processor.
    pub fn best() -> Self {
        static BEST: OnceLock<Kernels> = OnceLock::new();
        *BEST.get_or_init(|| Self::detected(Isa::available()[0]))
    }

    /// The kernels for `isa`, if this processor has it.
    pub fn for_isa(isa: Isa) -> Option<Self> {
        Isa::available().contains(&isa).then(|| Self::detected(isa))
    }

    /// The instruction set.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Computes a matrix product in floating point.
    ///
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say.
    pub fn gemm(&self, mut gemm: Gemm<'_>) {
        gemm.check();
        // SAFETY: the operands are checked, and the instruction set was detected.
        unsafe { (self.gemm)(&mut gemm) }
    }

    /// Computes a matrix product with weights of 8 bits.
    ///
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say.
    pub fn gemm_int8(&self, mut gemm: Int8Gemm<'_>) {
        gemm.check();
        // SAFETY: as in `gemm`.
        unsafe { (self.gemm_int8)(&mut gemm) }
    }

    /// Computes a matrix product with weights of 16 bits.
    ///
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say, or something isn't made of whole blocks.
    pub fn gemm_int16(&self, mut gemm: Int16Gemm<'_>) {
        gemm.check();
        // SAFETY: as in `gemm`.
        unsafe { (self.gemm_int16)(&mut gemm) }
    }

    /// Computes a matrix product with weights of 4 bits.
    ///
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say, or something isn't made of whole blocks.
    pub fn gemm_q4(&self, mut gemm: Q4Gemm<'_>) {
        gemm.check();
        // SAFETY: as in `gemm`.
        unsafe { (self.gemm_q4)(&mut gemm) }
    }

    /// Quantizes blocks of numbers to 16 bits.
    ///
    /// # Panics
    ///
    /// If the sizes disagree.
    pub fn quantize(&self, mut quantization: Quantization<'_>) {
        quantization.check();
        // SAFETY: as in `gemm`.
        unsafe { (self.quantize)(&mut quantization) }
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

    /// Normalizes rows.
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
        // SAFETY: the instruction set was detected.
        unsafe { (self.activate)(activation, elements) }
    }

    /// The kernels of an instruction set that was detected. It must not be called for any other.
    fn detected(isa: Isa) -> Self {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => for_avx512::kernels(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => for_avx2::kernels(),
            #[cfg(target_arch = "aarch64")]
            Isa::NeonDotprod => for_neon_dotprod::kernels(),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => for_neon::kernels(),
            Isa::Portable => for_portable::kernels(),
        }
    }
}

/// Compiles every kernel for one instruction set.
macro_rules! compile_kernels {
    ($module:ident, $isa:expr, $simd:expr, $tiles:expr, $(#[$feature:meta])*) => {
        mod $module {
            use super::*;

            const TILES: TileSizes = $tiles;

            $(#[$feature])*
            unsafe fn gemm(call: &mut Gemm<'_>) {
                // SAFETY: the caller checked the call and detected the instructions.
                unsafe {
                    float::run::<
                        _,
                        { TILES.float.single_row },
                        { TILES.float.few },
                        { TILES.float.wide },
                        { TILES.float.narrow },
                    >($simd, call)
                }
            }
            $(#[$feature])*
            unsafe fn gemm_int8(call: &mut Int8Gemm<'_>) {
                // SAFETY: as in `gemm`.
                unsafe {
                    integer_tiles::run::<
                        _,
                        _,
                        { TILES.int8.single_row },
                        { TILES.int8.wide },
                        { TILES.int8.rows },
                    >($simd, call)
                }
            }
            $(#[$feature])*
            unsafe fn gemm_int16(call: &mut Int16Gemm<'_>) {
                // SAFETY: as in `gemm`.
                unsafe {
                    integer_tiles::run::<
                        _,
                        _,
                        { TILES.int16.single_row },
                        { TILES.int16.wide },
                        { TILES.int16.rows },
                    >($simd, call)
                }
            }
            $(#[$feature])*
            unsafe fn gemm_q4(call: &mut Q4Gemm<'_>) {
                // SAFETY: as in `gemm`.
                unsafe {
                    q4::run::<
                        _,
                        { TILES.q4.few },
                        { TILES.q4.wide },
                        { TILES.q4.rows },
                    >($simd, call)
                }
            }
            $(#[$feature])*
            unsafe fn quantize(call: &mut Quantization<'_>) {
                quantization::run(call);
            }
            $(#[$feature])*
            unsafe fn attention(call: &mut Attention<'_>) {
                // SAFETY: as in `gemm`.
                unsafe {
                    many_queries::run::<
                        _,
                        { TILES.attention.many_queries },
                        { TILES.attention.one_query },
                    >($simd, call)
                }
            }
            $(#[$feature])*
            unsafe fn normalize(call: &mut Normalization<'_>) {
                // SAFETY: as in `gemm`.
                unsafe { norm::run($simd, call) }
            }
            $(#[$feature])*
            unsafe fn activate(activation: Activation, elements: &mut [f32]) {
                // SAFETY: as in `gemm`. With a constant activation the loop has no branch.
                unsafe {
                    match activation {
                        Activation::Elu => elementwise::run($simd, Activation::Elu, elements),
                        Activation::GeluTanh => elementwise::run($simd, Activation::GeluTanh, elements),
                        Activation::Silu => elementwise::run($simd, Activation::Silu, elements),
                    }
                }
            }

            pub(super) fn kernels() -> Kernels {
                Kernels { isa: $isa, gemm, gemm_int8, gemm_int16, gemm_q4, quantize, attention, normalize, activate }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
compile_kernels!(
    for_avx512,
    Isa::Avx512,
    x86::Avx512::assume(),
    tile_sizes::AVX512,
    #[target_feature(enable = "avx512f,avx512vnni,avx2,fma")]
);
#[cfg(target_arch = "x86_64")]
compile_kernels!(
    for_avx2,
    Isa::Avx2,
    x86::Avx2::assume(),
    tile_sizes::AVX2,
    #[target_feature(enable = "avx2,fma")]
);
#[cfg(target_arch = "aarch64")]
compile_kernels!(
    for_neon_dotprod,
    Isa::NeonDotprod,
    neon::Neon::<neon::DotProducts>::assume(),
    tile_sizes::NEON_DOTPROD,
    #[target_feature(enable = "neon,dotprod")]
);
#[cfg(target_arch = "aarch64")]
compile_kernels!(
    for_neon,
    Isa::Neon,
    neon::Neon::<neon::Widening>::assume(),
    tile_sizes::NEON,
    #[target_feature(enable = "neon")]
);
compile_kernels!(for_portable, Isa::Portable, portable::Portable, tile_sizes::PORTABLE,);
