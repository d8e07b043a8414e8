//! What the benchmarks measure: models that anybody has.
//!
//! Nothing here is part of the product, and nothing here measures.

#![forbid(unsafe_code)]

mod random_model;
mod subject;

pub use random_model::{RandomModelError, write_random_model};
pub use subject::{FRAME_MS, NOTHING_ENDS, Subject, TEXT, endless, noise, subjects};
