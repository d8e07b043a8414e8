//! The choice of an instruction set.

use std::io::{Write, stderr};

use crate::kernels::{Isa, Kernels};

/// The instruction sets that kernels are compiled for on this architecture, best first.
const COMPILED: &[Isa] = &[
    #[cfg(target_arch = "x86_64")]
    Isa::Avx512,
    #[cfg(target_arch = "x86_64")]
    Isa::Avx2,
    #[cfg(target_arch = "aarch64")]
    Isa::NeonDotprod,
    #[cfg(target_arch = "aarch64")]
    Isa::Neon,
    Isa::Portable,
];

#[test]
fn instruction_sets_that_this_processor_lacks_are_reported() {
    let available = Isa::available();
    assert!(available.iter().all(|isa| COMPILED.contains(isa)) && available.contains(&Isa::Portable));
    let untested: Vec<&Isa> = COMPILED.iter().filter(|isa| !available.contains(isa)).collect();
    if !untested.is_empty() {
        // Not by `eprintln!`, which the test harness captures unless the test fails.
        writeln!(stderr(), "warning: not tested, as this processor lacks the instructions: {untested:?}")
            .unwrap();
    }
}

#[test]
fn vector_instructions_are_used_where_every_processor_has_them() {
    if cfg!(all(target_arch = "aarch64", target_endian = "little")) {
        assert_ne!(Kernels::best().isa(), Isa::Portable);
    }
}
