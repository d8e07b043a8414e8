//! Threads and coroutines that share the work of a kernel.
#![expect(
    unsafe_code,
    reason = "threads and coroutines borrow from each other's stacks; each block argues its safety"
)]

// Where `corosensei` can change stacks, as in Cargo.toml. Miri runs no instructions of a processor.
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
#[expect(unreachable_pub, reason = "it is public where there is no other")]
mod overlap_sequential;
pub(crate) mod panics;
pub(crate) mod parallel;
mod sync;
pub(crate) mod work_sharing;
