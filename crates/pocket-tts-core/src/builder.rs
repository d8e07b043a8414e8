//! Which model to load, and from where.

use std::path::Path;

use pocket_tts_hub::Fetcher;

use crate::{
    Result, TtsModel, VoiceSource, catalogue,
    config::{self, Location},
    parts::Sources,
};

/// The model that is loaded if nobody says which.
pub const DEFAULT_LANGUAGE: &str = pocket_tts_text::DEFAULT_LANGUAGE;

/// The configuration in a model's folder.
const CONFIG_FILE: &str = "config.yaml";

/// Loads a [`TtsModel`].
#[derive(Debug, Default)]
#[must_use]
pub struct TtsModelBuilder {
    source: Option<ModelSource>,
    offline: bool,
}

/// Which model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelSource {
    /// One of the models that the reference knows, by name.
    Language(String),
    /// One described by a configuration file.
    Config(Location),
    /// The small one that is compiled in.
    #[cfg(feature = "tiny")]
    Tiny,
}

impl TtsModelBuilder {
    /// Loads the model of this name, such as `english` or `french_24l`; [`model_names`] lists them.
    /// The name `tiny` stands for the embedded model.
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

    /// Reads configuration, tokenizer and weights, fetching what isn't on this machine.
    ///
    /// # Errors
    ///
    /// If a file can't be had or doesn't fit the others; the message names it.
    pub fn build(self) -> Result<TtsModel> {
        let mut fetcher = Fetcher::from_environment();
        if self.offline {
            fetcher = fetcher.offline(true);
        }
        let source = self.source.unwrap_or_else(|| ModelSource::Language(DEFAULT_LANGUAGE.to_owned()));
        let sources = source.open(&fetcher)?;
        TtsModel::load(source, sources, fetcher)
    }
}

impl ModelSource {
    fn named(name: String) -> Self {
        #[cfg(feature = "tiny")]
        if name == crate::embedded::NAME {
            return Self::Tiny;
        }
        Self::Language(name)
    }

    fn open(&self, fetcher: &Fetcher) -> Result<Sources> {
        match self {
            Self::Language(name) => Sources::fetch(name.clone(), config::builtin(name)?, None, fetcher),
            Self::Config(Location::Path(folder)) if folder.is_dir() => open_folder(folder, fetcher),
            Self::Config(location) => {
                let path = fetcher.fetch(location)?;
                let folder = matches!(location, Location::Path(_)).then(|| path.parent().unwrap_or(&path));
                Sources::fetch(location.to_string(), config::read(&path)?, folder, fetcher)
            }
            #[cfg(feature = "tiny")]
            Self::Tiny => crate::embedded::sources(),
        }
    }

    pub(crate) fn voice_names(&self) -> Vec<String> {
        match self {
            Self::Language(_) => catalogue::voice_names().map(str::to_owned).collect(),
            Self::Config(_) => Vec::new(),
            #[cfg(feature = "tiny")]
            Self::Tiny => vec![crate::embedded::VOICE.to_owned()],
        }
    }

    pub(crate) fn default_voice(&self) -> VoiceSource {
        let fallback = pocket_tts_text::default_voice(None);
        match self {
            Self::Language(name) => VoiceSource::Named(pocket_tts_text::default_voice(Some(name)).to_owned()),
            // Other weights can't continue a predefined state, but any can clone the recording behind it.
            Self::Config(_) => match catalogue::voice_recording(fallback) {
                Some(recording) => VoiceSource::File(recording),
                None => VoiceSource::Named(fallback.to_owned()),
            },
            #[cfg(feature = "tiny")]
            Self::Tiny => VoiceSource::Named(crate::embedded::VOICE.to_owned()),
        }
    }
}

/// The model of a folder.
fn open_folder(folder: &Path, fetcher: &Fetcher) -> Result<Sources> {
    let file = folder.join(CONFIG_FILE);
    let config = match config::early_model_in_folder(folder) {
        Some(early) if !file.is_file() => early?,
        _ => config::read(&file)?,
    };
    Sources::fetch(folder.display().to_string(), config, Some(folder), fetcher)
}
