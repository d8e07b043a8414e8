//! Models for benchmarks that are available to everyone.
//!
//! Nothing here is part of the product, and nothing here measures.

#![forbid(unsafe_code)]

mod noise;
mod random_model;
mod subject;

pub use noise::noise;
pub use random_model::{RandomModelError, write_random_model};
pub use subject::{FRAME_MS, NOTHING_ENDS, Subject, TEXT, endless, subjects};
