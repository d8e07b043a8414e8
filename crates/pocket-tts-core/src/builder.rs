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

/// The model that is loaded by default.
pub const DEFAULT_LANGUAGE: &str = pocket_tts_text::DEFAULT_LANGUAGE;

/// The upper limit of [`TtsModelBuilder::threads`].
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
    replacement: Option<PathBuf>,
}

impl TtsModel {
    /// A loader. Without further calls it loads the model `english`.
    pub fn builder() -> TtsModelBuilder {
        TtsModelBuilder::default()
    }
}

impl TtsModelBuilder {
    /// Loads the model of this name, such as `english` or `french_24l`; [`model_names`] lists them. Upper case and the
    /// code of a language (`fr`, `fr-CA`) are accepted too. The name `tiny` is the embedded model.
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

    /// Never opens a connection: a file that isn't on this machine is an error. Default: the variable `HF_HUB_OFFLINE`.
    pub fn offline(mut self, offline: bool) -> Self {
        self.offline = offline;
        self
    }

    /// Reports downloads to `observer`, including later ones of voices.
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

    /// Keeps the language model's weights in fewer bits: [`Precision::Bf16`] halves what a step reads, and with it much
    /// of the time and memory, [`Precision::Int8`] halves it again, and [`Precision::Q4`] nearly once more, whatever the
    /// file holds. The codec's
    /// decoder then computes in [`Precision::Int16`], with an error 70 dB below the sound. The encoder of voices and the EOS
    /// head stay in f32. Default: [`Precision::F32`].
    pub fn precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// The number of threads that compute, for all requests together. Default: one per core that this process may use.
    /// Results don't depend on it.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// The bytes of prepared voices that the model keeps in memory. The least recently used are removed first. Default:
    /// 256 MiB; 0 keeps none.
    ///
    /// A voice is found by the content of its file or samples, or by its name if it is predefined. Voices in use don't count, as
    /// they are shared with their users.
    pub fn voice_cache_bytes(mut self, bytes: usize) -> Self {
        self.voice_cache_bytes = Some(bytes);
        self
    }

    /// Keeps the voices of recordings in this folder too, so that encoding one again, even by another process,
    /// only reads a file. Default: none.
    ///
    /// The folder is created if needed, accessible to its owner only, as it holds people's voices. No file is ever removed from
    /// it. A damaged file is replaced. If the folder can't be written, the voice is prepared anyway and
    /// [`Voice::warnings`](crate::Voice::warnings) says so.
    pub fn voice_cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.voice_cache_folder = Some(folder.into());
        self
    }

    /// Keeps packed weights in this folder, so that loading them again, even by another process, only maps a file. Processes
    /// that map it share the memory. Default: none. The command and the server use [`default_weight_cache_dir`](crate::default_weight_cache_dir).
    ///
    /// The folder is created if needed. It takes as much space as the loaded weights of each model and precision; small models
    /// are not kept. If it can't be written, the model is loaded anyway and [`TtsModel::weight_cache_problem`] says why.
    pub fn weight_cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.weight_cache_folder = Some(folder.into());
        self
    }

    /// Takes weights from this `.safetensors` file instead of the model's own: of the language model, of the codec or of both,
    /// under the names of the released models (`flow_lm.…`, `mimi.…`), such as a training run's. Default: none.
    ///
    /// The voices that the model has by name don't fit other weights of the language model.
    pub fn weights(mut self, file: impl Into<PathBuf>) -> Self {
        self.replacement = Some(file.into());
        self
    }

    /// Reads configuration, tokenizer and weights, fetching what isn't on this machine.
    ///
    /// # Errors
    ///
    /// If a file isn't available or doesn't match the others; the message names it.
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
        if let Some(file) = &self.replacement {
            sources.replace_weights(file.clone())?;
        }
        sources.weight_cache = self.weight_cache_folder.map(WeightCache::new);
        let memory_bytes = self.voice_cache_bytes.unwrap_or(DEFAULT_VOICE_CACHE_BYTES);
        let model = with_threads(threads, || TtsModel::load(source, sources, fetcher))?;
        let model = model.replaced_by(self.replacement).on_threads(threads);
        Ok(model.keeping_voices(memory_bytes, self.voice_cache_folder))
    }

    /// Downloads what [`build`](Self::build), a first request and these voices need, without loading it. Files on this machine
    /// are not requested again.
    ///
    /// # Errors
    ///
    /// If a file isn't available; the message names it.
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
