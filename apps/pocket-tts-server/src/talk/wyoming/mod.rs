//! The Wyoming protocol over TCP, as Home Assistant speaks it.

mod dialogue;
mod frame;
mod info;
pub(crate) mod serve;
