//! What a fetch tells of itself while it goes on.
//!
//! It must not know how that is shown.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Location;

/// What happens to a file that is being fetched. Whatever is in a cache already causes no event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchEvent<'a> {
    /// Another process is at the same file, and this one waits for it.
    Waiting {
        /// The file.
        location: &'a Location,
    },
    /// Bytes are about to come: after those of an earlier attempt, or from the start.
    Started {
        /// The file.
        location: &'a Location,
        /// Bytes that are there already.
        done_bytes: u64,
        /// Bytes of the whole file, if the server told.
        total_bytes: Option<u64>,
    },
    /// Bytes came.
    Received {
        /// The file.
        location: &'a Location,
        /// How many.
        bytes: u64,
        /// How many are there now.
        done_bytes: u64,
    },
    /// A request failed for the moment and will be made again.
    Retrying {
        /// The file.
        location: &'a Location,
        /// Why it failed.
        reason: &'a str,
        /// When it will be made again.
        delay: Duration,
    },
    /// The file is whole and in its place.
    Finished {
        /// The file.
        location: &'a Location,
        /// Its size.
        total_bytes: u64,
    },
    /// The fetch failed; its error says why.
    Failed {
        /// The file.
        location: &'a Location,
    },
}

/// Whoever wants to know how fetches go on. Any closure that takes a [`FetchEvent`] is one.
pub trait FetchObserver: Send + Sync {
    /// Takes note of an event. It is called between two parts of a transfer, so it should be quick.
    fn observe(&self, event: &FetchEvent<'_>);
}

impl<F: Fn(&FetchEvent<'_>) + Send + Sync> FetchObserver for F {
    fn observe(&self, event: &FetchEvent<'_>) {
        self(event);
    }
}

/// A shared [`FetchObserver`], or nobody, which is the default.
#[derive(Clone, Default)]
pub struct Observer(Option<Arc<dyn FetchObserver>>);

impl Observer {
    /// Wraps an observer.
    pub fn new(observer: impl FetchObserver + 'static) -> Self {
        Self(Some(Arc::new(observer)))
    }

    pub(super) fn tell(&self, event: &FetchEvent<'_>) {
        if let Some(observer) = &self.0 {
            observer.observe(event);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Observer" } else { "nobody" })
    }
}
