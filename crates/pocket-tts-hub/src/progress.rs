//! Progress events of a fetch.
//!
//! It must not know how they are displayed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Location;

/// The progress of a fetch. A cached file causes no event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchEvent<'a> {
    /// Another process is fetching the same file, and this one waits for it.
    Waiting {
        /// The file.
        location: &'a Location,
    },
    /// A transfer starts, or resumes after an earlier attempt.
    Started {
        /// The file.
        location: &'a Location,
        /// Bytes of earlier attempts.
        done_bytes: u64,
        /// Size of the complete file, if the server announced it.
        total_bytes: Option<u64>,
    },
    /// Bytes were received.
    Received {
        /// The file.
        location: &'a Location,
        /// Number of received bytes.
        bytes: u64,
        /// Total bytes so far, earlier attempts included.
        done_bytes: u64,
    },
    /// A request failed temporarily and will be retried.
    Retrying {
        /// The file.
        location: &'a Location,
        /// Why it failed.
        reason: &'a str,
        /// The time until the retry.
        delay: Duration,
    },
    /// The file is complete and has its final name.
    Finished {
        /// The file.
        location: &'a Location,
        /// Its size.
        total_bytes: u64,
    },
    /// The fetch failed; it returns the reason.
    Failed {
        /// The file.
        location: &'a Location,
    },
}

/// A receiver of progress events. Any closure that takes a [`FetchEvent`] implements it.
pub trait FetchObserver: Send + Sync {
    /// Receives an event. The transfer waits for the call, so it should be quick.
    fn observe(&self, event: &FetchEvent<'_>);
}

impl<F: Fn(&FetchEvent<'_>) + Send + Sync> FetchObserver for F {
    fn observe(&self, event: &FetchEvent<'_>) {
        self(event);
    }
}

/// A shared [`FetchObserver`], or none, which is the default.
#[derive(Clone, Default)]
pub struct Observer(Option<Arc<dyn FetchObserver>>);

impl Observer {
    /// Wraps an observer.
    pub fn new(observer: impl FetchObserver + 'static) -> Self {
        Self(Some(Arc::new(observer)))
    }

    pub(super) fn notify(&self, event: &FetchEvent<'_>) {
        if let Some(observer) = &self.0 {
            observer.observe(event);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Observer" } else { "no observer" })
    }
}
