//! The models that this server speaks with, loaded when they are first asked for.

mod choice;
pub(crate) mod language;
mod registry;

use std::sync::{Arc, Mutex, PoisonError};

use pocket_tts_core::{Precision, TtsModel, TtsModelBuilder, Voice};

pub(crate) use choice::ModelChoice;
pub(crate) use registry::{Lease, LoadError};

use crate::{api_error::ApiError, settings::Settings};
use registry::{Registry, Source, mib};

/// Names that stand for the default model, so that clients of other services need no change.
const ALIASES: [&str; 4] = ["pocket-tts", "tts-1", "tts-1-hd", "gpt-4o-mini-tts"];

/// The models, the default one first.
#[derive(Debug)]
pub(crate) struct Models {
    names: Vec<String>,
    choices: Vec<ModelChoice>,
    registry: Registry<LoadedModel>,
}

/// A model in memory, with the voice of requests that name none.
#[derive(Debug, Clone)]
pub(crate) struct LoadedModel {
    model: TtsModel,
    default_voice: Arc<Mutex<Option<Voice>>>,
}

/// Loads models.
struct Loader {
    choices: Vec<ModelChoice>,
    precision: Precision,
    threads: Option<usize>,
    offline: bool,
}

impl Models {
    pub(crate) fn new(settings: &Settings) -> Self {
        let (names, choices): (Vec<String>, Vec<ModelChoice>) = settings.models.iter().cloned().unzip();
        let loader = Loader {
            choices: choices.clone(),
            precision: settings.precision,
            threads: settings.threads,
            offline: settings.offline,
        };
        let registry = Registry::new(names.clone(), settings.model_memory_bytes, Box::new(loader));
        Self { names, choices, registry }
    }

    /// Warns of further models that may not fit into the memory for models, by the sizes of their files.
    pub(crate) fn warn_of_sizes(&self, limit_bytes: Option<u64>) {
        let Some(limit) = limit_bytes else { return };
        for (model, choice) in self.names.iter().zip(&self.choices).skip(1) {
            if let Some(bytes) = choice.builder().weight_file_bytes().filter(|bytes| *bytes > limit) {
                let (files_mib, limit_mib) = (mib(bytes), mib(limit));
                tracing::warn!(
                    model,
                    files_mib,
                    limit_mib,
                    "this model may be too large for --model-memory-mb"
                );
            }
        }
    }

    /// The names of all models, the default one first.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The model that speaks if nobody says which.
    pub(crate) fn default_name(&self) -> &str {
        &self.names[0]
    }

    /// What the model of this name is loaded from.
    pub(crate) fn choice(&self, name: &str) -> Option<&ModelChoice> {
        self.names.iter().position(|known| known == name).map(|index| &self.choices[index])
    }

    /// Whether a model speaks with the voices of recordings; known of those in memory, and of those that never do.
    pub(crate) fn clones_voices(&self, name: &str) -> Option<bool> {
        let index = self.names.iter().position(|known| known == name)?;
        if self.choices[index].knows_one_voice() {
            return Some(false);
        }
        self.registry.peek(index).map(|loaded| loaded.model.can_clone_voices())
    }

    /// Models in memory.
    pub(crate) fn loaded(&self) -> usize {
        self.registry.loaded()
    }

    /// The model that a request means, by `model` and by `language`.
    pub(crate) fn select(&self, model: Option<&str>, language: Option<&str>) -> Result<&str, ApiError> {
        let named = match model {
            Some(model) if self.names.iter().any(|name| name == model) => Some(model),
            Some(model) if !ALIASES.contains(&model) => {
                return Err(ApiError::refused(
                    404,
                    format!(
                        "there is no model `{}`; this server has {}",
                        model.escape_debug(),
                        self.names.join(", ")
                    ),
                )
                .param("model")
                .code("model_not_found"));
            }
            _ => None,
        };
        let named = named.and_then(|model| self.names.iter().find(|name| *name == model));
        let Some(language) = language else { return Ok(named.map_or(self.default_name(), |name| name)) };
        let wanted = language::parse(language)?;
        let speaks = |name: &&String| self.choice(name).and_then(ModelChoice::language) == Some(wanted);
        let found = match named {
            Some(name) => Some(name).filter(speaks),
            None => self.names.iter().find(speaks),
        };
        found.map(String::as_str).ok_or_else(|| {
            let who =
                named.map_or("no model of this server".to_owned(), |name| format!("`{name}` isn't known to"));
            let message = format!("{who} speak{} {wanted}", if named.is_some() { "" } else { "s" });
            ApiError::bad_request(message).param("language")
        })
    }

    /// The model of this name, loaded now if it isn't in memory. May take seconds.
    ///
    /// # Errors
    ///
    /// If it can't be loaded.
    pub(crate) fn acquire(&self, name: &str) -> Result<Lease<LoadedModel>, LoadError> {
        let index = self.names.iter().position(|known| known == name).unwrap_or(0);
        self.registry.acquire(index)
    }
}

impl LoadedModel {
    /// The model.
    pub(crate) fn model(&self) -> &TtsModel {
        &self.model
    }

    /// The default voice, prepared at the first call, so that later ones depend on no file.
    pub(crate) fn default_voice(
        &self,
        prepare: impl FnOnce(&TtsModel) -> pocket_tts_core::Result<Voice>,
    ) -> pocket_tts_core::Result<Voice> {
        // A panic while preparing leaves the place empty.
        let mut place = self.default_voice.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(voice) = place.as_ref() {
            return Ok(voice.clone());
        }
        let voice = prepare(&self.model)?;
        *place = Some(voice.clone());
        Ok(voice)
    }
}

impl Loader {
    fn builder(&self, index: usize) -> TtsModelBuilder {
        let builder = self.choices[index].builder().offline(self.offline).precision(self.precision);
        self.threads.into_iter().fold(builder, TtsModelBuilder::threads)
    }
}

impl Source<LoadedModel> for Loader {
    fn estimated_bytes(&self, index: usize) -> Option<u64> {
        self.builder(index).weight_file_bytes()
    }

    fn load(&self, index: usize) -> pocket_tts_core::Result<(LoadedModel, u64)> {
        let model = self.builder(index).build()?;
        if let Some(problem) = model.weight_cache_problem() {
            tracing::warn!(problem, "the loaded weights could not be kept to load sooner next time");
        }
        let bytes = model.memory_bytes();
        Ok((LoadedModel { model, default_voice: Arc::default() }, bytes))
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;
    use crate::settings::ServeArguments;

    fn models(options: &[&str]) -> Models {
        let command = ServeArguments::augment_args(Command::new("serve"));
        let matches = command.try_get_matches_from([&["serve"], options].concat()).unwrap();
        let arguments = ServeArguments::from_arg_matches(&matches).unwrap();
        Models::new(&Settings::of_arguments(&arguments).unwrap())
    }

    #[test]
    fn a_request_means_a_model_by_name_by_language_or_not_at_all() {
        let own = tempfile::NamedTempFile::new().unwrap();
        let further = format!("fr=french,own={},de=german_24l", own.path().display());
        let models = models(&["--language", "english", "--model", &further]);
        for (model, language, expected) in [
            (None, None, "english"),
            (Some("tts-1"), None, "english"),
            (Some("fr"), None, "fr"),
            (None, Some("de"), "de"),
            (Some("gpt-4o-mini-tts"), Some("French"), "fr"),
            (Some("fr"), Some("fr-CA"), "fr"),
        ] {
            assert_eq!(models.select(model, language).unwrap(), expected, "{model:?} {language:?}");
        }
        for (model, language, message) in [
            (Some("gpt-9"), None, "there is no model `gpt-9`; this server has english, fr, own, de"),
            (Some("fr"), Some("en"), "`fr` isn't known to speak english"),
            (Some("own"), Some("en"), "`own` isn't known to speak english"),
            (None, Some("it"), "no model of this server speaks italian"),
        ] {
            assert_eq!(models.select(model, language).unwrap_err().to_string(), message);
        }
        assert_eq!(models.loaded(), 0);
    }
}
