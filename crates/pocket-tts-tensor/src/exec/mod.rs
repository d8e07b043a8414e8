//! How work runs: on several threads, or as two overlapped tasks on one thread.
//!
//! Nothing here depends on what the work computes.
#![expect(
    unsafe_code,
    reason = "helpers and coroutines borrow from the stack of another; each block argues its safety"
)]

// The overlap needs coroutines, as in Cargo.toml. Miri doesn't support them.
#[cfg(all(
    not(miri),
    any(
        all(unix, any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")),
        all(unix, any(target_arch = "riscv64", target_arch = "loongarch64")),
        all(windows, any(target_arch = "x86_64", target_arch = "x86")),
    )
))]
pub(crate) mod overlap;
#[cfg(not(all(
    not(miri),
    any(
        all(unix, any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")),
        all(unix, any(target_arch = "riscv64", target_arch = "loongarch64")),
        all(windows, any(target_arch = "x86_64", target_arch = "x86")),
    )
)))]
#[path = "overlap_sequential.rs"]
pub(crate) mod overlap;
#[cfg(test)]
#[expect(unreachable_pub, reason = "its items are public where it replaces the overlap")]
mod overlap_sequential;
pub(crate) mod panics;
pub(crate) mod parallel;
mod sync;
pub(crate) mod work_sharing;
