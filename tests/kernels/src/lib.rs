//! The kernels of `pocket-tts-tensor` by themselves: the same files, without the crate's large dependencies.
//!
//! Some tools recompile everything that they examine. `cargo xtask asan` runs the kernels' own tests under
//! `AddressSanitizer`, `cargo xtask loom` explores how threads share work, and with a nightly toolchain
//! `cargo miri test -p pocket-tts-kernel-tests --features kernels` interprets the plain kernels. Without the feature
//! `kernels` and outside loom, this crate is empty.

#[cfg(all(feature = "kernels", not(loom)))]
#[allow(dead_code, unreachable_pub, unused_imports, reason = "the rest of pocket-tts-tensor uses it")]
#[path = "../../../crates/pocket-tts-tensor/src/exec/mod.rs"]
pub mod exec;
#[cfg(all(feature = "kernels", not(loom)))]
#[allow(dead_code, unreachable_pub, unused_imports, reason = "the rest of pocket-tts-tensor uses it")]
#[path = "../../../crates/pocket-tts-tensor/src/kernels/mod.rs"]
pub mod kernels;
#[cfg(all(feature = "kernels", not(loom)))]
#[path = "../../../crates/pocket-tts-tensor/src/random_numbers.rs"]
pub mod random_numbers;
#[cfg(all(feature = "kernels", not(loom)))]
#[allow(dead_code, reason = "the rest of pocket-tts-tensor uses it")]
#[path = "../../../crates/pocket-tts-tensor/src/storage"]
pub mod storage {
    //! The mapping of files, which is unsafe as well.
    pub mod mapped_file;
}

#[cfg(all(loom, test))]
#[allow(unsafe_code, unreachable_pub, dead_code, reason = "these are files of pocket-tts-tensor")]
#[path = "../../../crates/pocket-tts-tensor/src/exec"]
mod exec {
    mod loom_tests;
    mod panics;
    mod sync;
    mod work_sharing;
}
