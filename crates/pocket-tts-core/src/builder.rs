//! Which model to load, and from where.

use std::path::PathBuf;

use pocket_tts_hub::{FetchObserver, Fetcher, Observer};
use pocket_tts_tensor::{Precision, available_threads, with_threads};

use crate::{
    config::Location,
    download::{self, DownloadVoices, Downloaded},
    error::{Error, Result},
    model::{DEFAULT_VOICE_CACHE_BYTES, TtsModel},
    model_source::ModelSource,
    weight_cache::WeightCache,
};

/// The model that is loaded if nobody says which.
pub const DEFAULT_LANGUAGE: &str = pocket_tts_text::DEFAULT_LANGUAGE;

/// Most threads that [`TtsModelBuilder::threads`] takes; beyond the cores of any machine that this runs on.
pub const MOST_THREADS: usize = 1_024;

/// Loads a [`TtsModel`].
#[derive(Debug, Default)]
#[must_use]
pub struct TtsModelBuilder {
    source: Option<ModelSource>,
    offline: bool,
    observer: Observer,
    precision: Precision,
    threads: Option<usize>,
    voice_cache_bytes: Option<usize>,
    voice_cache_folder: Option<PathBuf>,
    weight_cache_folder: Option<PathBuf>,
}

impl TtsModel {
    /// A loader. Without further calls it loads the model `english`.
    pub fn builder() -> TtsModelBuilder {
        TtsModelBuilder::default()
    }
}

impl TtsModelBuilder {
    /// Loads the model of this name, such as `english` or `french_24l`; [`model_names`] lists them. Upper case and the
    /// code of a language (`fr`, `fr-CA`) are understood too. The name `tiny` stands for the embedded model.
    ///
    /// [`model_names`]: crate::model_names
    pub fn language(mut self, name: impl Into<String>) -> Self {
        self.source = Some(ModelSource::named(name.into()));
        self
    }

    /// Loads the model that a configuration file describes: a path, or an `https://` or `hf://` location. A
    /// folder stands for its `config.yaml`, or for the first release's model if it holds those files.
    pub fn config(mut self, location: Location) -> Self {
        self.source = Some(ModelSource::Config(location));
        self
    }

    /// Loads the small model that is compiled in.
    #[cfg(feature = "tiny")]
    pub fn embedded(mut self) -> Self {
        self.source = Some(ModelSource::Tiny);
        self
    }

    /// Never opens a connection: what isn't on this machine is an error. Default: only if the variable
    /// `HF_HUB_OFFLINE` says so.
    pub fn offline(mut self, offline: bool) -> Self {
        self.offline = offline;
        self
    }

    /// Tells `observer` how the fetching of files goes on, those of voices too that the model is asked for later.
    ///
    /// ```
    /// # use pocket_tts_core::{FetchEvent, TtsModel};
    /// let builder = TtsModel::builder().on_fetch(|event: &FetchEvent<'_>| {
    ///     if let FetchEvent::Finished { location, total_bytes } = event {
    ///         eprintln!("{location}: {total_bytes} bytes");
    ///     }
    /// });
    /// ```
    pub fn on_fetch(mut self, observer: impl FetchObserver + 'static) -> Self {
        self.observer = Observer::new(observer);
        self
    }

    /// Keeps the language model's weights in fewer bits: [`Precision::Bf16`] or [`Precision::Int8`] halve or
    /// quarter what a step reads, and with it much of the time and memory, whatever the file holds. The codec's
    /// decoder then computes in [`Precision::Int16`], some 70 dB below the sound. Voices are made as ever, and the
    /// little that decides when speech ends is left alone. Default: [`Precision::F32`].
    pub fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// How many threads compute, for all requests together. Default: one for each core that this process may use.
    /// Results don't depend on it.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// How many bytes of prepared voices the model keeps in memory, so that preparing one again costs nothing;
    /// those used longest ago are forgotten first. Default: 256 MiB; with 0 none is kept.
    ///
    /// A voice is found by the content of its file or samples, or by the name of a predefined one. Voices in
    /// use don't count, as they are shared with whoever uses them.
    pub fn voice_cache_bytes(mut self, bytes: usize) -> Self {
        self.voice_cache_bytes = Some(bytes);
        self
    }

    /// Keeps the voices of recordings in this folder too, so that encoding one again, even by another process,
    /// is only a matter of reading a file. Default: none.
    ///
    /// The folder is made if it isn't there, for its owner only: it will hold people's voices. Nothing is
    /// ever removed from it. A file in it that is damaged is replaced; if the folder can't be written, the voice is prepared all the
    /// same and [`Voice::warnings`](crate::Voice::warnings) say so.
    pub fn voice_cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.voice_cache_folder = Some(folder.into());
        self
    }

    /// Keeps the weights in this folder as they are computed with, so that loading them again, even by another process,
    /// is only a matter of mapping a file; processes that do so share the memory. Default: none. The folder that the
    /// command and the server use is [`default_weight_cache_dir`](crate::default_weight_cache_dir).
    ///
    /// The folder is made if it isn't there. It takes as much space as the loaded weights, for each model and
    /// precision; small models are not kept. If it can't be written, the model is loaded all the same and
    /// [`TtsModel::weight_cache_problem`] tells why.
    pub fn weight_cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.weight_cache_folder = Some(folder.into());
        self
    }

    /// Reads configuration, tokenizer and weights, fetching what isn't on this machine.
    ///
    /// # Errors
    ///
    /// If a file can't be had or doesn't fit the others; the message names it.
    pub fn build(self) -> Result<TtsModel> {
        let threads = self.threads.unwrap_or_else(available_threads);
        if !(1..=MOST_THREADS).contains(&threads) {
            let problem = format!("is {threads}, but must be from 1 to {MOST_THREADS}");
            return Err(Error::InvalidOption { option: "threads", problem });
        }
        let fetcher = self.fetcher();
        let source = self.source.unwrap_or_else(default_source);
        let mut sources = source.open(&fetcher)?;
        sources.precision = self.precision;
        sources.weight_cache = self.weight_cache_folder.map(WeightCache::new);
        let memory_bytes = self.voice_cache_bytes.unwrap_or(DEFAULT_VOICE_CACHE_BYTES);
        let model = with_threads(threads, || TtsModel::load(source, sources, fetcher))?;
        Ok(model.on_threads(threads).keeping_voices(memory_bytes, self.voice_cache_folder))
    }

    /// Fetches what [`build`](Self::build) and a first request would, and these voices, without loading any of
    /// it. What is on this machine already is not asked for again.
    ///
    /// # Errors
    ///
    /// If a file can't be had; the message names it.
    pub fn download(self, voices: DownloadVoices) -> Result<Downloaded> {
        let fetcher = self.fetcher();
        download::run(&self.source.unwrap_or_else(default_source), voices, &fetcher)
    }

    /// Which model.
    pub(crate) fn source(&self) -> ModelSource {
        self.source.clone().unwrap_or_else(default_source)
    }

    fn fetcher(&self) -> Fetcher {
        let fetcher = Fetcher::from_environment().observed_by(self.observer.clone());
        if self.offline { fetcher.offline(true) } else { fetcher }
    }
}

fn default_source() -> ModelSource {
    ModelSource::Language(DEFAULT_LANGUAGE.to_owned())
}
