//! The phase of the server's life.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use tokio::{sync::watch, time::timeout};

use crate::api_error::ApiError;

/// A phase of the server's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Phase {
    /// The first model is being loaded.
    Loading,
    /// Requests are served.
    Ready,
    /// Requests are still served, but load balancers should send no more: the server shuts down soon.
    Leaving,
    /// Graceful shutdown: running requests finish, and new ones are rejected.
    Draining,
}

/// The current phase, which can be waited for.
#[derive(Debug)]
pub(crate) struct PhaseCell {
    phase: watch::Sender<Phase>,
    draining_since: OnceLock<Instant>,
}

impl PhaseCell {
    pub(crate) fn new() -> Self {
        Self { phase: watch::Sender::new(Phase::Loading), draining_since: OnceLock::new() }
    }

    pub(crate) fn get(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Advances to a later phase; never goes back.
    pub(crate) fn advance(&self, phase: Phase) {
        if phase == Phase::Draining {
            self.draining_since.get_or_init(Instant::now);
        }
        self.phase.send_if_modified(|now| {
            let is_later = phase > *now;
            if is_later {
                *now = phase;
            }
            is_later
        });
    }

    /// The time since draining began, if it has.
    pub(crate) fn draining_for(&self) -> Option<Duration> {
        self.draining_since.get().map(Instant::elapsed)
    }

    /// Waits until draining begins.
    pub(crate) async fn draining(&self) {
        self.reached(Phase::Draining).await;
    }

    /// Waits until the server has reached this phase or a later one.
    pub(crate) async fn reached(&self, phase: Phase) {
        // The sender lives as long as `self`, so the wait cannot fail.
        drop(self.phase.subscribe().wait_for(|now| *now >= phase).await);
    }

    /// Waits until requests are served, for at most `limit`. With socket activation the first request arrives while the
    /// model is still being loaded, and must not fail.
    pub(crate) async fn wait_ready(&self, limit: Duration) -> Result<(), ApiError> {
        // The phase shows whether the wait succeeded.
        drop(timeout(limit, self.reached(Phase::Ready)).await);
        self.demand_ready()
    }

    /// Rejects requests during draining. Others may have to wait, with [`wait_ready`](Self::wait_ready).
    pub(crate) fn demand_open(&self) -> Result<(), ApiError> {
        if self.get() == Phase::Draining { Err(ApiError::draining()) } else { Ok(()) }
    }

    /// Rejects requests that cannot be served now.
    pub(crate) fn demand_ready(&self) -> Result<(), ApiError> {
        match self.get() {
            Phase::Ready | Phase::Leaving => Ok(()),
            Phase::Loading => {
                Err(ApiError::unavailable("the model is still being loaded; try again", 2).code("loading"))
            }
            Phase::Draining => Err(ApiError::draining()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_never_go_back() {
        let cell = PhaseCell::new();
        assert_eq!(cell.get(), Phase::Loading);
        cell.advance(Phase::Ready);
        cell.advance(Phase::Leaving);
        cell.advance(Phase::Ready);
        assert_eq!(cell.get(), Phase::Leaving);
        cell.demand_ready().unwrap();
        cell.advance(Phase::Draining);
        cell.advance(Phase::Leaving);
        assert_eq!(cell.get(), Phase::Draining);
        assert_eq!(cell.demand_ready().unwrap_err().status(), 503);
    }
}
