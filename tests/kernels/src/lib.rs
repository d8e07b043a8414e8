//! The kernels of `pocket-tts-tensor` by themselves: the same files, without the crate's large dependencies.
//!
//! Some tools need everything compiled for them. `cargo xtask asan` runs the kernels' own tests under `AddressSanitizer`,
//! `cargo xtask loom` explores how threads share work, and with a nightly toolchain
//! `cargo miri test -p pocket-tts-kernel-tests --features kernels` interprets the plain kernels. Otherwise this crate is
//! empty.

#[cfg(all(feature = "kernels", not(loom)))]
#[allow(dead_code, unreachable_pub, unused_imports, reason = "the rest of pocket-tts-tensor uses it")]
#[path = "../../../crates/pocket-tts-tensor/src/kernels/mod.rs"]
pub mod kernels;
#[cfg(all(feature = "kernels", not(loom)))]
#[path = "../../../crates/pocket-tts-tensor/src/random_numbers.rs"]
pub mod random_numbers;

#[cfg(all(loom, test))]
#[allow(unsafe_code, unreachable_pub, dead_code, reason = "these are files of the kernels")]
#[path = "../../../crates/pocket-tts-tensor/src/kernels"]
mod kernels {
    mod crew;
    mod sync;
    mod tests_in_loom;
}
