//! The model: loaded once, shared by every request.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use pocket_tts_audio::Audio;
use pocket_tts_hub::Fetcher;
use pocket_tts_tensor::available_threads;
use pocket_tts_text::{ReadText, read_text};

use crate::{
    CloningRefusal, GenerateOptions, ModelSource, Result, SpeechStream, TextReport, Voice, VoiceSource,
    config::Config,
    options::Resolved,
    parts::{Parts, Sources},
    scheduler::Scheduler,
    stream::About,
    synthesis::RequestPlan,
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
        Ok(Self { id, source, tag, parts, scheduler, fetcher: Arc::new(fetcher), caches })
    }

    /// The model with another number of threads.
    pub(crate) fn on_threads(self, threads: usize) -> Self {
        let scheduler = Arc::new(Scheduler::new(&self.parts, threads));
        Self { scheduler, ..self }
    }

    /// The model with an empty cache of voices: `memory_bytes` in memory, and a folder if one is given.
    pub(crate) fn keeping_voices(self, memory_bytes: usize, folder: Option<PathBuf>) -> Self {
        let caches = Arc::new(VoiceCaches::new(memory_bytes, folder, &self.parts));
        Self { caches, ..self }
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

    /// Speaks `text` to its end.
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream), and any error that ends a stream early: audio is returned complete or not at all.
    pub fn generate(&self, text: &str, voice: &Voice, options: &GenerateOptions) -> Result<Audio> {
        let mut samples = Vec::new();
        for chunk in self.stream(text, voice, options)? {
            samples.extend(chunk?.samples);
        }
        Ok(Audio { samples, sample_rate_hz: self.sample_rate_hz() })
    }

    /// Speaks `text` and returns each frame as soon as it is generated. Characters that the model can't read are left out;
    /// [`SpeechStream::text_report`] lists them.
    ///
    /// # Errors
    ///
    /// Before any audio is generated: if the text holds nothing to say ([`Error::is_nothing_to_say`](crate::Error::is_nothing_to_say)), an option is outside its range or
    /// the voice belongs to another model.
    pub fn stream(&self, text: &str, voice: &Voice, options: &GenerateOptions) -> Result<SpeechStream> {
        let (plan, about) = self.plan(text, voice, options)?;
        SpeechStream::start(&self.scheduler, plan, about)
    }

    /// A request that has passed all checks.
    pub(crate) fn plan(
        &self,
        text: &str,
        voice: &Voice,
        options: &GenerateOptions,
    ) -> Result<(RequestPlan, About)> {
        let parts = &self.parts;
        let options = options.resolve(&parts.config)?;
        let voice = voice.fork(self.id)?;
        let read = self.read(text, &options)?;
        let about = About { seed: options.seed, report: TextReport::new(&read, options.max_tokens) };
        Ok((RequestPlan::new(parts, voice, read.sentences, options), about))
    }

    /// The number of threads that the model computes on.
    pub fn threads(&self) -> usize {
        self.scheduler.workers()
    }

    /// How many tokens (word pieces) the model reads of `text`.
    ///
    /// # Errors
    ///
    /// If the text holds nothing to say.
    pub fn token_count(&self, text: &str) -> Result<usize> {
        Ok(self.check_text(text, &GenerateOptions::default())?.token_count)
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

    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    pub(crate) fn caches(&self) -> &VoiceCaches {
        &self.caches
    }

    /// The problems of `text` as this model reads it, without speaking. Time and memory are linear in the length of the text.
    ///
    /// ```
    /// # fn main() -> pocket_tts_core::Result<()> {
    /// # #[cfg(feature = "tiny")] {
    /// # use pocket_tts_core::{GenerateOptions, TtsModel};
    /// let model = TtsModel::builder().embedded().build()?;
    /// let report = model.check_text("It costs 22 pounds, or 4 \u{a3}.", &GenerateOptions::default())?;
    /// let left_out: Vec<(char, usize)> =
    ///     report.unknown_characters.iter().map(|unknown| (unknown.character, unknown.count)).collect();
    /// assert_eq!(left_out, [('2', 2), ('4', 1), ('\u{a3}', 1)]);
    /// for warning in report.warnings() {
    ///     eprintln!("{warning}");
    /// }
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream): if the text holds nothing to say, or an option is outside its range.
    pub fn check_text(&self, text: &str, options: &GenerateOptions) -> Result<TextReport> {
        let options = options.resolve(self.config())?;
        let read = self.read(text, &options)?;
        Ok(TextReport::new(&read, options.max_tokens))
    }

    /// A text as the model reads it.
    pub(crate) fn read(&self, text: &str, options: &Resolved) -> Result<ReadText> {
        let parts = self.parts();
        Ok(read_text(&parts.tokenizer, &text.into(), &parts.text_options, options.reading())?)
    }
}
