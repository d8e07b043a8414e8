//! Which model to load, and what follows from its name or configuration.

use std::path::Path;

use pocket_tts_hub::Fetcher;
use pocket_tts_normalize::Language;

#[cfg(feature = "tiny")]
use crate::names::{EMBEDDED_MODEL, embedded_voice_names};
use crate::{
    catalogue,
    config::{self, Location},
    description::Description,
    error::Result,
    names::model_name,
    parts::Sources,
    voices::VoiceSource,
};

/// The configuration in a model's folder.
const CONFIG_FILE: &str = "config.yaml";

/// Which model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelSource {
    /// A released model, by name.
    Language(String),
    /// A model with a configuration file.
    Config(Location),
    /// The small model that is compiled in.
    #[cfg(feature = "tiny")]
    Tiny,
}

impl ModelSource {
    pub(crate) fn named(name: String) -> Self {
        let name = model_name(&name).map_or(name, str::to_owned);
        #[cfg(feature = "tiny")]
        if name == EMBEDDED_MODEL {
            return Self::Tiny;
        }
        Self::Language(name)
    }

    pub(crate) fn open(&self, fetcher: &Fetcher) -> Result<Sources> {
        #[cfg(feature = "tiny")]
        if self.is_embedded() {
            return crate::embedded::sources();
        }
        let Description { name, config, folder } = self.description(fetcher)?;
        Sources::fetch(name, config, folder.as_deref(), fetcher)
    }

    /// The model's files, downloaded if needed.
    pub(crate) fn description(&self, fetcher: &Fetcher) -> Result<Description> {
        Ok(match self {
            Self::Language(name) => {
                Description { name: name.clone(), config: config::builtin(name)?, folder: None }
            }
            Self::Config(Location::Path(folder)) if folder.is_dir() => describe_folder(folder)?,
            Self::Config(location) => {
                let path = fetcher.fetch(location)?;
                let folder = matches!(location, Location::Path(_)).then(|| path.parent().unwrap_or(&path));
                Description {
                    name: location.to_string(),
                    config: config::read(&path)?,
                    folder: folder.map(Path::to_owned),
                }
            }
            #[cfg(feature = "tiny")]
            Self::Tiny => crate::embedded::description()?,
        })
    }

    pub(crate) fn voice_names(&self) -> Vec<String> {
        match self {
            Self::Language(_) | Self::Config(_) => catalogue::voice_names()
                .filter(|name| self.predefined_state(name).is_some())
                .map(str::to_owned)
                .collect(),
            #[cfg(feature = "tiny")]
            Self::Tiny => embedded_voice_names().map(str::to_owned).collect(),
        }
    }

    /// Where the state of a predefined voice is, if this model has one of this name.
    pub(crate) fn predefined_state(&self, name: &str) -> Option<Location> {
        match self {
            Self::Language(language) => catalogue::predefined_voice_location(language, name),
            Self::Config(_) => None,
            #[cfg(feature = "tiny")]
            Self::Tiny => None,
        }
    }

    /// Whether the model is compiled in.
    pub(crate) fn is_embedded(&self) -> bool {
        match self {
            Self::Language(_) | Self::Config(_) => false,
            #[cfg(feature = "tiny")]
            Self::Tiny => true,
        }
    }

    /// Whether the model speaks with its own voices only, whatever the recording.
    pub(crate) fn knows_one_voice(&self) -> bool {
        self.is_embedded()
    }

    /// The model's name in files that leave this machine: without folders and without the query of a web address.
    pub(crate) fn public_name(&self) -> String {
        match self {
            Self::Language(name) => name.clone(),
            Self::Config(Location::Path(path)) => {
                let name = path.file_name().unwrap_or(CONFIG_FILE.as_ref());
                name.to_string_lossy().into_owned()
            }
            Self::Config(Location::Https(url)) => url.split(['?', '#']).next().unwrap_or_default().to_owned(),
            Self::Config(location) => location.to_string(),
            #[cfg(feature = "tiny")]
            Self::Tiny => EMBEDDED_MODEL.to_owned(),
        }
    }

    /// The language in the model's name or path; English if there is none.
    pub(crate) fn language(&self) -> Language {
        let name = match self {
            Self::Language(name) => name.clone(),
            Self::Config(location) => location.to_string(),
            #[cfg(feature = "tiny")]
            Self::Tiny => String::new(),
        };
        let parts = name.rsplit(|character: char| !(character.is_alphanumeric() || character == '_'));
        parts
            .map(|part| part.strip_suffix(".yaml").unwrap_or(part))
            .find_map(Language::of_name)
            .unwrap_or(Language::English)
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
            Self::Tiny => VoiceSource::Named(embedded_voice_names().next().unwrap_or_default().to_owned()),
        }
    }
}

/// The model of a folder.
fn describe_folder(folder: &Path) -> Result<Description> {
    let file = folder.join(CONFIG_FILE);
    let config = match config::early_model_in_folder(folder) {
        Some(early) if !file.is_file() => early?,
        _ => config::read(&file)?,
    };
    Ok(Description { name: folder.display().to_string(), config, folder: Some(folder.to_owned()) })
}
