//! Where tests make things go wrong. No option, file or request leads here.

use std::{fmt, sync::Arc};

/// Called at fixed points of every request, but for what says otherwise.
#[doc(hidden)]
#[derive(Clone, Default)]
pub struct Hooks {
    /// Called in the request's thread before each frame, with the request's text and the frame's number.
    pub before_frame: Option<BeforeFrame>,
    /// Called before the first model is loaded.
    pub before_load: Option<Arc<dyn Fn() + Send + Sync>>,
    /// So many connections are open before those that wait have to go.
    pub comfortable_connections: Option<usize>,
    /// Tells the machine itself of the Wyoming port, over the loopback interface, where tests listen.
    pub advertises_loopback: bool,
}

type BeforeFrame = Arc<dyn Fn(&str, usize) + Send + Sync>;

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hooks").finish_non_exhaustive()
    }
}
