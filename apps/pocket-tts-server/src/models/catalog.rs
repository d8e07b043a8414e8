//! The models that this server speaks with, loaded when they are first asked for.

use super::{
    choice::ModelChoice,
    language,
    load_error::LoadError,
    loaded::{LoadedModel, Loader},
    registry::{Lease, Registry, mib},
};
use crate::{api_error::ApiError, settings::check::Settings};

/// Aliases of the default model, so that clients of other services work unchanged.
const ALIASES: [&str; 4] = ["pocket-tts", "tts-1", "tts-1-hd", "gpt-4o-mini-tts"];

/// The models, the default one first.
#[derive(Debug)]
pub(crate) struct Models {
    names: Vec<String>,
    choices: Vec<ModelChoice>,
    registry: Registry<LoadedModel>,
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

    /// Warns about further models whose files are larger than the memory limit.
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

    /// The model of requests that name none.
    pub(crate) fn default_name(&self) -> &str {
        &self.names[0]
    }

    /// What the model of this name is loaded from.
    pub(crate) fn choice(&self, name: &str) -> Option<&ModelChoice> {
        self.names.iter().position(|known| known == name).map(|index| &self.choices[index])
    }

    /// Whether a model can take voices from recordings, if that is known: for models in memory, and models that never can.
    pub(crate) fn clones_voices(&self, name: &str) -> Option<bool> {
        let index = self.names.iter().position(|known| known == name)?;
        if self.choices[index].knows_one_voice() {
            return Some(false);
        }
        self.registry.peek(index).map(|loaded| loaded.model.can_clone_voices())
    }

    /// The number of models in memory.
    pub(crate) fn loaded(&self) -> usize {
        self.registry.loaded()
    }

    /// The model that a request selects by `model` and `language`.
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
            ApiError::bad_request(message).param("language").code("language_not_found")
        })
    }

    /// The model with this name, loaded now if it is not in memory. May take seconds.
    ///
    /// # Errors
    ///
    /// If it cannot be loaded.
    pub(crate) fn acquire(&self, name: &str) -> Result<Lease<LoadedModel>, LoadError> {
        let index = self.names.iter().position(|known| known == name).unwrap_or(0);
        self.registry.acquire(index)
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;
    use crate::settings::arguments::ServeArguments;

    fn models(options: &[&str]) -> Models {
        let command = ServeArguments::augment_args(Command::new("serve"));
        let matches = command.try_get_matches_from([&["serve"], options].concat()).unwrap();
        let arguments = ServeArguments::from_arg_matches(&matches).unwrap();
        Models::new(&Settings::of_arguments(&arguments).unwrap())
    }

    #[test]
    fn a_request_selects_a_model_by_name_or_language() {
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
