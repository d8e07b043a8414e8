//! The model: loaded once, shared by every request.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use pocket_tts_hub::Fetcher;
use pocket_tts_normalize::Language;
use pocket_tts_tensor::available_threads;

use crate::{
    CloningRefusal, ModelSource, Result, VoiceSource,
    config::Config,
    parts::{Parts, Sources},
    scheduler::Scheduler,
    voices::{ModelTag, VoiceCaches},
};

/// The default for the bytes of prepared voices that a model keeps. A voice of 10 s takes 6 MiB in models of six layers, and
/// four times as much in models of 24.
pub(crate) const DEFAULT_VOICE_CACHE_BYTES: usize = 256 << 20;

/// A text-to-speech model: weights and configuration, no request's state.
///
/// Cheap to clone and safe to share. Any number of threads can speak through one model at once, and no result depends on
/// the others.
#[derive(Clone)]
pub struct TtsModel {
    id: u64,
    source: ModelSource,
    tag: Arc<ModelTag>,
    parts: Arc<Parts>,
    scheduler: Arc<Scheduler>,
    fetcher: Arc<Fetcher>,
    caches: Arc<VoiceCaches>,
    /// The file whose weights replace the model's own.
    replacement: Option<PathBuf>,
}

impl fmt::Debug for TtsModel {
    /// Names the model; its weights would fill a book.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TtsModel").field("source", &self.source).finish_non_exhaustive()
    }
}

impl TtsModel {
    pub(crate) fn load(source: ModelSource, sources: Sources, fetcher: Fetcher) -> Result<Self> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let parts = Arc::new(Parts::load(sources)?);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let tag = Arc::new(parts.fingerprints.tag(source.public_name()));
        let caches = Arc::new(VoiceCaches::new(DEFAULT_VOICE_CACHE_BYTES, None, &parts));
        let scheduler = Arc::new(Scheduler::new(&parts, available_threads()));
        let fetcher = Arc::new(fetcher);
        Ok(Self { id, source, tag, parts, scheduler, fetcher, caches, replacement: None })
    }

    /// The model with another number of threads.
    pub(crate) fn on_threads(self, threads: usize) -> Self {
        let scheduler = Arc::new(Scheduler::new(&self.parts, threads));
        Self { scheduler, ..self }
    }

    /// The model, whose weights this file has replaced.
    pub(crate) fn replaced_by(self, replacement: Option<PathBuf>) -> Self {
        Self { replacement, ..self }
    }

    /// The model with an empty cache of voices: `memory_bytes` in memory, and a folder if one is given.
    pub(crate) fn keeping_voices(self, memory_bytes: usize, folder: Option<PathBuf>) -> Self {
        let caches = Arc::new(VoiceCaches::new(memory_bytes, folder, &self.parts));
        Self { caches, ..self }
    }

    /// Whether the attention heads are known that tell when each word is spoken, and whether each is; see
    /// [`GenerateOptions::timings`](crate::GenerateOptions::timings).
    pub fn has_word_times(&self) -> bool {
        self.parts().timestamp_heads().is_some()
    }

    /// Samples per second of the speech.
    pub fn sample_rate_hz(&self) -> u32 {
        self.parts.config.mimi.sample_rate
    }

    /// Samples of one frame, the smallest unit of speech.
    pub fn samples_per_frame(&self) -> usize {
        self.parts.decoder.samples_per_frame()
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.parts.config
    }

    /// The model's name and the fingerprint of its language model, which exported voices carry.
    pub fn tag(&self) -> &ModelTag {
        &self.tag
    }

    /// Why packed weights could not be written to the folder of
    /// [`TtsModelBuilder::weight_cache_dir`](crate::TtsModelBuilder::weight_cache_dir), if so.
    pub fn weight_cache_problem(&self) -> Option<&str> {
        self.parts.weight_cache_problem.as_deref()
    }

    /// Whether the model can clone voices from recordings.
    pub fn can_clone_voices(&self) -> bool {
        self.parts.cloning_refusal.is_none()
    }

    /// Why the model can't clone voices from recordings, if so: its weights are the open ones.
    pub fn cloning_refusal(&self) -> Option<&CloningRefusal> {
        self.parts.cloning_refusal.as_ref()
    }

    /// The names of the voices that this model has.
    pub fn voice_names(&self) -> Vec<String> {
        self.source.voice_names()
    }

    /// The voice that speaks by default.
    pub fn default_voice(&self) -> VoiceSource {
        self.source.default_voice()
    }

    /// The number of threads that the model computes on.
    pub fn threads(&self) -> usize {
        self.scheduler.workers()
    }

    /// The loaded parts, for this workspace's own tests and benchmarks.
    #[doc(hidden)]
    pub fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn source(&self) -> &ModelSource {
        &self.source
    }

    pub(crate) fn replacement(&self) -> Option<&PathBuf> {
        self.replacement.as_ref()
    }

    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    pub(crate) fn caches(&self) -> &VoiceCaches {
        &self.caches
    }

    pub(crate) fn scheduler(&self) -> &Arc<Scheduler> {
        &self.scheduler
    }

    /// The language that the model speaks, by its name; English if that tells none.
    pub fn language(&self) -> Language {
        self.source.language()
    }
}
