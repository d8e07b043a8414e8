//! The signals that ask the program to end.

#[cfg(target_os = "linux")]
mod linux;
mod number;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(crate) use linux::{end_by, on_each};
pub(crate) use number::Signal;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::{end_by, on_each};
