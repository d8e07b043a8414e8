//! What all requests share.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use actix_web::web;
use tokio::{sync::watch, time::timeout};

use crate::{
    admission::Admission,
    api_error::ApiError,
    guard::{keys::ApiKeys, rates::RateLimiter},
    intake::UploadRoom,
    metrics::Metrics,
    models::Models,
    settings::Settings,
    speech::{hooks::Hooks, spool::SpoolSpace},
    voices::{Voices, store::VoiceStore},
};

/// What all requests share; nothing in it belongs to one of them.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) models: Models,
    pub(crate) voices: Voices,
    pub(crate) admission: Arc<Admission>,
    /// Disk for sound that clients have not read yet.
    pub(crate) spool_space: Arc<SpoolSpace>,
    pub(crate) upload_room: UploadRoom,
    pub(crate) metrics: Metrics,
    pub(crate) keys: ApiKeys,
    pub(crate) rates: Option<RateLimiter>,
    pub(crate) phase: PhaseCell,
    pub(crate) hooks: Hooks,
}

impl App {
    /// Looks for voices that servers which share the folder have created or deleted. Should the disk fail, what is
    /// known is still the best answer.
    pub(crate) async fn refresh_voices(self: &Arc<Self>) {
        if self.voices.store().is_none() {
            return;
        }
        let app = Arc::clone(self);
        let outcome = web::block(move || app.voices.store().map(VoiceStore::refresh)).await;
        if let Ok(Some(Err(error))) = outcome {
            tracing::warn!(%error, "the folder of voices can't be read");
        }
    }
}

/// Where the server is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Phase {
    /// The first model is being loaded.
    Loading,
    /// It speaks.
    Ready,
    /// It still speaks, but will end soon: whoever shares out requests should send no more.
    Leaving,
    /// It ends what it began and takes nothing new.
    Draining,
}

/// The phase, for all to see.
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

    /// Goes on to a later phase, never back.
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

    /// How long ago the server began to end, if it did.
    pub(crate) fn draining_for(&self) -> Option<Duration> {
        self.draining_since.get().map(Instant::elapsed)
    }

    /// Waits until the server is about to end.
    pub(crate) async fn draining(&self) {
        self.reached(Phase::Draining).await;
    }

    /// Waits until the server has come to this phase, or a later one.
    pub(crate) async fn reached(&self, phase: Phase) {
        // The sender lives as long as this, so that no wait ends for another reason.
        drop(self.phase.subscribe().wait_for(|now| *now >= phase).await);
    }

    /// Waits until requests can be met, at most this long. The request that has a socket of systemd start the server
    /// must not fail because the model is still being loaded.
    pub(crate) async fn wait_ready(&self, limit: Duration) -> Result<(), ApiError> {
        // What the wait came to shows in the phase.
        drop(timeout(limit, self.reached(Phase::Ready)).await);
        self.demand_ready()
    }

    /// Turns requests away that won't be met at all. The others may have to wait, with [`wait_ready`](Self::wait_ready).
    pub(crate) fn demand_open(&self) -> Result<(), ApiError> {
        if self.get() == Phase::Draining { Err(ApiError::draining()) } else { Ok(()) }
    }

    /// Turns requests away that can't be met now.
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
    fn a_server_that_ends_never_becomes_ready_again() {
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
