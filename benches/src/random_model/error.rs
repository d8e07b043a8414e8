//! Why a random model can't be written.

use std::error::Error;

/// What went wrong, in words.
pub type RandomModelError = Box<dyn Error + Send + Sync>;
