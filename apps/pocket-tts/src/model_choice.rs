//! The model and voice as a user writes them, and their loader.
//!
//! Shared by the subcommands. It must not know settings or print.

use std::fmt;

use pocket_tts_core::{
    Location, LocationError, TtsModel, TtsModelBuilder, VoiceSource, default_weight_cache_dir,
};

/// The chosen model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ModelChoice {
    /// The default model.
    Default,
    /// A released one, by name.
    Language(String),
    /// One that a configuration file describes.
    Config(Location),
}

impl ModelChoice {
    /// Parses a name or a location, of which one may be given.
    pub(crate) fn parse(language: Option<String>, config: Option<String>) -> Result<Self, LocationError> {
        match (language, config) {
            (Some(language), _) => {
                let name = pocket_tts_core::model_name(&language).map(str::to_owned);
                Ok(Self::Language(name.unwrap_or(language)))
            }
            (None, Some(config)) => Ok(Self::Config(Location::parse(&config)?)),
            (None, None) => Ok(Self::Default),
        }
    }

    /// The loader of this model.
    pub(crate) fn builder(&self, offline: bool) -> TtsModelBuilder {
        let builder = TtsModel::builder().offline(offline);
        let builder = match default_weight_cache_dir() {
            Some(folder) => builder.weight_cache_dir(folder),
            None => builder,
        };
        match self {
            #[cfg(feature = "tiny")]
            Self::Default => builder.embedded(),
            #[cfg(not(feature = "tiny"))]
            Self::Default => builder,
            Self::Language(name) => builder.language(name),
            Self::Config(location) => builder.config(location.clone()),
        }
    }

    /// The language that its name says.
    pub(crate) fn language(&self) -> Option<&str> {
        match self {
            Self::Language(name) => Some(name),
            Self::Default | Self::Config(_) => None,
        }
    }
}

impl fmt::Display for ModelChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default if cfg!(feature = "tiny") => formatter.write_str("tiny"),
            Self::Default => formatter.write_str(pocket_tts_core::DEFAULT_LANGUAGE),
            Self::Language(name) => formatter.write_str(name),
            Self::Config(location) => write!(formatter, "{location}"),
        }
    }
}

/// A voice as a user would write it.
pub(crate) fn voice_name(voice: &VoiceSource) -> String {
    match voice {
        VoiceSource::Named(name) => name.clone(),
        VoiceSource::File(location) => location.to_string(),
        _ => "a recording".to_owned(),
    }
}
