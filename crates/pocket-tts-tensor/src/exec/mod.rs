//! How work runs on several threads.
//!
//! Nothing here depends on what the work computes.
#![expect(
    unsafe_code,
    reason = "helpers borrow from the stack of another thread; each block argues its safety"
)]

pub(crate) mod panics;
pub(crate) mod parallel;
mod sync;
pub(crate) mod work_sharing;
