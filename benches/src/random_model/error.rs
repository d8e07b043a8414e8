//! The error of writing a random model.

use std::error::Error;

/// Why a random model can't be written.
pub type RandomModelError = Box<dyn Error + Send + Sync>;
