//! The state that all requests share.

use std::sync::Arc;

use actix_web::web;

use crate::{
    admission::Admission,
    guard::{keys::ApiKeys, rates::RateLimiter},
    intake::upload::UploadRoom,
    metrics::Metrics,
    models::catalog::Models,
    phase::PhaseCell,
    settings::check::Settings,
    speech::{hooks::Hooks, spool::SpoolSpace},
    voices::{catalog::Voices, store::VoiceStore},
};

/// The state that all requests share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) models: Models,
    pub(crate) voices: Voices,
    pub(crate) admission: Arc<Admission>,
    /// Disk space for audio that clients have not read yet.
    pub(crate) spool_space: Arc<SpoolSpace>,
    pub(crate) upload_room: UploadRoom,
    pub(crate) metrics: Metrics,
    pub(crate) keys: ApiKeys,
    pub(crate) rates: Option<RateLimiter>,
    pub(crate) phase: PhaseCell,
    pub(crate) hooks: Hooks,
}

impl App {
    /// Updates the list of created voices, which other servers may share. If the disk fails, the known list stays in use.
    pub(crate) async fn refresh_voices(self: &Arc<Self>) {
        if self.voices.store().is_none() {
            return;
        }
        let app = Arc::clone(self);
        let outcome = web::block(move || app.voices.store().map(VoiceStore::refresh)).await;
        if let Ok(Some(Err(error))) = outcome {
            tracing::warn!(%error, "cannot read the folder of voices");
        }
    }
}
