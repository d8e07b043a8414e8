//! Which model, as an operator writes it. Requests never lead here.

use std::fmt;

use pocket_tts_core::{
    Location, LocationError, TtsModel, TtsModelBuilder, VoiceSource, default_weight_cache_dir,
};

use super::language;

/// The model that is compiled in.
const EMBEDDED: &str = "tiny";

/// Which model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ModelChoice {
    /// A released one, or `tiny`, by name.
    Language(String),
    /// One that a configuration file describes.
    Config(Location),
}

impl ModelChoice {
    /// The default model.
    pub(crate) fn built_in() -> Self {
        let name = if cfg!(feature = "tiny") { EMBEDDED } else { pocket_tts_core::DEFAULT_LANGUAGE };
        Self::Language(name.to_owned())
    }

    /// A released model's name, or else the location of a configuration.
    pub(crate) fn parse(text: &str) -> Result<Self, LocationError> {
        if let Some(name) = pocket_tts_core::model_name(text) {
            return Ok(Self::Language(name.to_owned()));
        }
        Location::parse(text).map(Self::Config)
    }

    /// The model's loader.
    pub(crate) fn builder(&self) -> TtsModelBuilder {
        let builder = match default_weight_cache_dir() {
            Some(folder) => TtsModel::builder().weight_cache_dir(folder),
            None => TtsModel::builder(),
        };
        match self {
            Self::Language(name) => builder.language(name),
            Self::Config(location) => builder.config(location.clone()),
        }
    }

    /// The names of its voices. Does not load it.
    pub(crate) fn voice_names(&self) -> Vec<String> {
        match self {
            Self::Language(name) => pocket_tts_core::voices(name)
                .map(|voices| voices.into_iter().map(|voice| voice.name).collect())
                .unwrap_or_default(),
            Self::Config(_) => Vec::new(),
        }
    }

    /// A voice file beside its local configuration: `voice` with the first of these extensions that exists.
    pub(crate) fn voice_beside(&self, extensions: &[&str]) -> Option<VoiceSource> {
        let Self::Config(Location::Path(path)) = self else { return None };
        let folder = if path.is_dir() { path.as_path() } else { path.parent()? };
        let files = extensions.iter().map(|extension| folder.join("voice").with_extension(extension));
        files.into_iter().find(|file| file.is_file()).map(|file| VoiceSource::File(Location::Path(file)))
    }

    /// Whether its name says that it has a single voice.
    pub(crate) fn knows_one_voice(&self) -> bool {
        matches!(self, Self::Language(name) if name == EMBEDDED)
    }

    /// The language that its name says.
    pub(crate) fn language(&self) -> Option<&'static str> {
        match self {
            Self::Language(name) => language::of_model(name),
            Self::Config(_) => None,
        }
    }
}

impl fmt::Display for ModelChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Language(name) => formatter.write_str(name),
            Self::Config(location) => write!(formatter, "{location}"),
        }
    }
}
