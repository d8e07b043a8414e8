//! Helpers of this workspace's golden and end-to-end tests: golden data, comparison, modified models.
//!
//! Nothing here is part of the product. A helper panics with a message if a test cannot continue; none returns early
//! because data is missing.

#![forbid(unsafe_code)]

mod compare;
mod golden;
mod model_copy;
mod requests;
mod tensor_file;

pub use compare::{TOLERANCE, assert_error, assert_near, difference};
pub use golden::{About, FullRun, Golden, Goldens, Outcome};
pub use model_copy::ModelCopy;
pub use requests::{Collected, collect, wait_until};
pub use tensor_file::{RawTensor, TensorFile};

/// The examples of the workspace's README run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
