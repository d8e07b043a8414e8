//! Hooks for tests. No option, file or request sets them.

use std::{fmt, sync::Arc};

/// Hooks for tests, called for every request unless noted otherwise.
#[doc(hidden)]
#[derive(Clone, Default)]
pub struct Hooks {
    /// Called in the request's thread before each frame, with the request's text and the frame's number.
    pub before_frame: Option<BeforeFrame>,
    /// Called before the first model is loaded.
    pub before_load: Option<Arc<dyn Fn() + Send + Sync>>,
    /// The number of connections beyond which idle ones are evicted.
    pub eviction_threshold: Option<usize>,
    /// Advertises the Wyoming port over the loopback interface, where tests listen.
    pub advertises_loopback: bool,
}

type BeforeFrame = Arc<dyn Fn(&str, usize) + Send + Sync>;

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hooks").finish_non_exhaustive()
    }
}
