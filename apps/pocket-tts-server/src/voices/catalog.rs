//! Which voice a request means, and where it comes from.
//!
//! A request can name voices that the model or the server has, send a recording, or point to one on the web
//! or the hub within the operator's limits. Nothing in a request ever becomes a path on this machine.

use std::collections::HashMap;

use pocket_tts_core::{ErrorKind, Location, Voice, VoiceOptions, VoiceSource, is_voice_mix};
use pocket_tts_settings::{InvalidValue, Names, SettingsError};
use url::Url;

use super::{
    choice::VoiceChoice,
    remote::{self, MAX_RECORDING_BYTES, RemoteVoices},
    stock::{STOCK_NAMES, StandIn, StockVoices, is_of_another_service},
    store::{VoiceStore, may_be_stored},
};
use crate::{
    api_error::ApiError,
    error::ServerError,
    models::{catalog::Models, choice::ModelChoice, loaded::LoadedModel},
    settings::check::Settings,
};

/// The name of every model's default voice.
const DEFAULT: &str = "default";
/// What messages call an uploaded recording.
const UPLOAD: &str = "the recording that was sent";
/// The extensions of files that can be voices; nothing else is fetched from repositories.
const VOICE_FILES: [&str; 10] =
    ["wav", "mp3", "flac", "ogg", "opus", "webm", "m4a", "aac", "mp4", VOICE_STATE];
/// The same for a voice beside a model's configuration, the most specific first.
const DEFAULT_VOICE_FILES: [&str; 10] =
    [VOICE_STATE, "wav", "flac", "mp3", "ogg", "opus", "webm", "m4a", "aac", "mp4"];
/// The extension of exported voices.
const VOICE_STATE: &str = "safetensors";
/// Largest exported voice that is fetched: 30 s take 74 MB with the released models of 24 layers.
const MAX_STATE_BYTES: usize = 100_000_000;
/// The message of the reference for anything else.
const NOT_A_VOICE: &str = "voice_url must start with http://, https://, or hf://";

/// The voices of this server.
#[derive(Debug)]
pub(crate) struct Voices {
    /// The default voices that are not the models' own.
    defaults: HashMap<String, VoiceSource>,
    /// The names of each model's voices.
    names: HashMap<String, Vec<String>>,
    /// The names of the voices of all released models.
    released: Vec<String>,
    stock: StockVoices,
    store: Option<VoiceStore>,
    /// Fetches voices from the web, if that is allowed.
    web: Option<RemoteVoices>,
    repositories: Vec<String>,
}

impl Voices {
    /// # Errors
    ///
    /// If the folder of created voices cannot be used, or a voice of the operator's map cannot exist.
    pub(crate) fn new(settings: &Settings, models: &Models) -> Result<Self, ServerError> {
        let voices = &settings.voices;
        let names_of = |name: &String| {
            let names = models.choice(name).map(ModelChoice::voice_names).unwrap_or_default();
            (name.clone(), names)
        };
        let released = pocket_tts_core::voices(pocket_tts_core::DEFAULT_LANGUAGE);
        let released = released.unwrap_or_default().into_iter().map(|voice| voice.name).collect();
        let store = voices.folder.as_ref().map(|folder| {
            VoiceStore::open(folder, voices.max_voices, voices.max_voice_bytes)
                .map_err(|source| ServerError::Folder { path: folder.clone(), source })
        });
        let voices = Self {
            defaults: defaults(settings, models),
            names: models.names().iter().map(names_of).collect(),
            released,
            stock: StockVoices::new(voices.map.clone(), voices.strict),
            store: store.transpose()?,
            web: voices.allow_urls.then(RemoteVoices::default),
            repositories: voices.repositories.clone(),
        };
        voices.check_chosen(models, &settings.names)?;
        Ok(voices)
    }

    /// The created voices, if they are allowed.
    pub(crate) fn store(&self) -> Option<&VoiceStore> {
        self.store.as_ref()
    }

    /// The listed names of a model's own voices: `default` if they have none.
    pub(crate) fn listed(&self, model: &str) -> Vec<String> {
        match self.names(model) {
            [] => vec![DEFAULT.to_owned()],
            names => names.to_vec(),
        }
    }

    /// The names of a model's own voices.
    pub(crate) fn names(&self, model: &str) -> &[String] {
        self.names.get(model).map_or(&[], Vec::as_slice)
    }

    /// Whether no voice of this name may be created.
    pub(crate) fn is_reserved(&self, name: &str) -> bool {
        name == DEFAULT
            || STOCK_NAMES.contains(&name)
            || self.released.iter().any(|known| known == name)
            || self.names.values().flatten().any(|known| known == name)
    }

    /// The voice that the field `voice` of OpenAI's API means.
    pub(crate) fn by_name(&self, model: &str, name: &str) -> Result<VoiceChoice, ApiError> {
        if let Some(choice) = self.known(model, name) {
            return Ok(choice);
        }
        match self.stock.target(name) {
            Some(StandIn::Chosen(target)) => self.chosen(model, name, target),
            // Few models have all voices, and clients that send OpenAI's names accept any voice.
            Some(StandIn::BuiltIn(target)) => Ok(self.known(model, target).unwrap_or(VoiceChoice::Default)),
            None if is_voice_mix(name) => Err(no_mixing("voice")),
            None => {
                let (known, advice) = (self.in_words(model), self.mapping_advice(model, name));
                let message = format!("there is no voice `{}`; {known}{advice}", name.escape_debug());
                self.perhaps_stored(name, not_found(message))
            }
        }
    }

    /// The voice that the operator maps `name` to.
    fn chosen(&self, model: &str, name: &str, target: &str) -> Result<VoiceChoice, ApiError> {
        if let Some(choice) = self.known(model, target) {
            return Ok(choice);
        }
        if self.released.iter().any(|known| known == target) {
            return Ok(VoiceChoice::Named(target.to_owned()));
        }
        if let Ok(source @ VoiceSource::File(_)) = VoiceSource::parse(target) {
            return Ok(VoiceChoice::Chosen(source));
        }
        let message = format!(
            "the voice `{target}`, to which --voice-map maps `{}`, does not exist; {}",
            name.escape_debug(),
            self.in_words(model)
        );
        self.perhaps_stored(target, not_found(message))
    }

    /// Rejects mappings to voices that cannot exist.
    fn check_chosen(&self, models: &Models, names: &Names) -> Result<(), SettingsError> {
        // The voices of models with a configuration of their own are known only once they are loaded.
        let may_have_others =
            models.names().iter().any(|name| matches!(models.choice(name), Some(ModelChoice::Config(_))));
        for (name, target) in self.stock.chosen() {
            let is_known = models.names().iter().any(|model| self.known(model, target).is_some());
            let is_released = self.released.iter().any(|known| known == target);
            if is_known || (may_have_others && is_released) {
                continue;
            }
            let mut invalid: fn(&'static str, String, String) -> InvalidValue = InvalidValue::new;
            let problem = match VoiceSource::parse(target) {
                Ok(VoiceSource::File(Location::Path(path))) if !path.exists() => {
                    invalid = InvalidValue::missing_file;
                    "there is no such file"
                }
                Ok(VoiceSource::File(_)) => continue,
                _ if self.store.is_some() && may_be_stored(target) && !is_released => {
                    tracing::warn!(name, target, "a voice of --voice-map does not exist yet");
                    continue;
                }
                _ => "no model of this server has this voice, and no file has this name",
            };
            let found = format!("{name}={target}");
            let known: Vec<String> = models.names().iter().map(|model| self.in_words(model)).collect();
            let problem = format!("{problem}; {}", known.join(", "));
            return Err(names.error(invalid("voice_map", found, problem)));
        }
        Ok(())
    }

    /// The named voices of a model, for messages.
    fn in_words(&self, model: &str) -> String {
        match self.names(model) {
            [] => format!("`{model}` has no named voices"),
            names => format!("`{model}` has {}", names.join(", ")),
        }
    }

    /// What the operator can do for clients with the voice names of another service; empty for other names.
    fn mapping_advice(&self, model: &str, name: &str) -> String {
        if !is_of_another_service(name) {
            return String::new();
        }
        let target = self.names(model).first().map_or(DEFAULT, String::as_str);
        let name = name.escape_debug();
        format!("; the server's option `--voice-map {name}={target}` lets one of them stand for this name")
    }

    /// The voice that the field `voice_url` of the reference's API means.
    pub(crate) fn by_url(&self, model: &str, text: &str) -> Result<VoiceChoice, ApiError> {
        if let Some(choice) = self.known(model, text) {
            return Ok(choice);
        }
        if self.released.iter().any(|known| known == text) {
            return Ok(VoiceChoice::Named(text.to_owned()));
        }
        let refuse =
            |message: String| Err(ApiError::bad_request(message).param("voice_url").code("invalid_value"));
        match text.split_once("://").map(|(scheme, _)| scheme) {
            Some("hf") => self.repository(text),
            Some("https") if self.web.is_none() => refuse(
                "voice_url: this server fetches no voices from the web (its operator can allow that with \
                 --allow-voice-urls); send the recording as voice_wav"
                    .to_owned(),
            ),
            Some("https") => remote::check(text)
                .map(VoiceChoice::Web)
                .or_else(|problem| refuse(format!("voice_url cannot be fetched: {problem}"))),
            Some("http") => refuse(
                "voice_url: http:// is not encrypted; use https://, or send the recording as voice_wav"
                    .to_owned(),
            ),
            None if is_voice_mix(text) => Err(no_mixing("voice_url")),
            _ => self.perhaps_stored(
                text,
                ApiError::bad_request(NOT_A_VOICE).param("voice_url").code("invalid_value"),
            ),
        }
    }

    /// The default voice of a model.
    pub(crate) fn default_voice(
        &self,
        model_name: &str,
        loaded: &LoadedModel,
    ) -> pocket_tts_core::Result<Voice> {
        loaded.default_voice(|model| match self.defaults.get(model_name) {
            Some(source) => model.voice(source),
            None => model.voice(&model.default_voice()),
        })
    }

    /// Prepares the voice. May fetch files, and read files that the server itself names.
    pub(crate) fn voice(
        &self,
        choice: &VoiceChoice,
        model_name: &str,
        loaded: &LoadedModel,
    ) -> Result<Voice, ApiError> {
        let source = match choice {
            VoiceChoice::Default => {
                return self.default_voice(model_name, loaded).map_err(|error| no_default(model_name, error));
            }
            VoiceChoice::Named(name) => VoiceSource::Named(name.clone()),
            VoiceChoice::Chosen(source) => source.clone(),
            VoiceChoice::Stored(text, missing) => self.stored(text, missing)?,
            VoiceChoice::Encoded(file) => VoiceSource::from_bytes(UPLOAD, file.bytes.to_vec()),
            VoiceChoice::Repository(location) => {
                let is_state = location.extension().is_some_and(|extension| extension == VOICE_STATE);
                let limit = if is_state { MAX_STATE_BYTES } else { MAX_RECORDING_BYTES };
                let options = VoiceOptions::default().max_file_bytes(limit);
                return Ok(loaded.model().voice_with(&VoiceSource::File(location.clone()), &options)?);
            }
            VoiceChoice::Web(url) => self.fetched(url)?,
        };
        Ok(loaded.model().voice(&source)?)
    }

    fn stored(&self, text: &str, missing: &ApiError) -> Result<VoiceSource, ApiError> {
        let store = self.store.as_ref().ok_or_else(|| ApiError::internal("there is no store"))?;
        let bytes = store.read(text).map_err(|error| ApiError::internal(error.to_string()))?;
        Ok(VoiceSource::from_bytes(UPLOAD, bytes.ok_or_else(|| missing.clone())?))
    }

    /// A voice that another server may have created since the last refresh: the thread of the request checks that.
    fn perhaps_stored(&self, text: &str, missing: ApiError) -> Result<VoiceChoice, ApiError> {
        if self.store.is_some() && may_be_stored(text) {
            return Ok(VoiceChoice::Stored(text.to_owned(), missing));
        }
        Err(missing)
    }

    fn fetched(&self, url: &Url) -> Result<VoiceSource, ApiError> {
        let web = self.web.as_ref().ok_or_else(|| ApiError::internal("fetching from the web is disabled"))?;
        let bytes = web.fetch(url).map_err(|problem| {
            ApiError::bad_request(format!("voice_url cannot be fetched: {problem}"))
                .param("voice_url")
                .code("voice_not_fetched")
        })?;
        Ok(VoiceSource::from_bytes(UPLOAD, bytes))
    }

    fn known(&self, model: &str, name: &str) -> Option<VoiceChoice> {
        if name == DEFAULT {
            return Some(VoiceChoice::Default);
        }
        if self.names(model).iter().any(|known| known == name) {
            return Some(VoiceChoice::Named(name.to_owned()));
        }
        let voice = self.store.as_ref()?.find(name)?;
        let gone =
            ApiError::bad_request("this voice has just been deleted").param("voice").code("voice_not_found");
        Some(VoiceChoice::Stored(voice.id, gone.param("voice").code("voice_not_found")))
    }

    fn repository(&self, text: &str) -> Result<VoiceChoice, ApiError> {
        let refuse =
            |message: String| Err(ApiError::bad_request(message).param("voice_url").code("invalid_value"));
        match Location::parse(text) {
            Ok(Location::HuggingFace { repo, path, revision }) if self.repositories.contains(&repo) => {
                let location = Location::HuggingFace { repo, path, revision };
                if location.extension().is_some_and(|extension| VOICE_FILES.contains(&extension.as_str())) {
                    return Ok(VoiceChoice::Repository(location));
                }
                refuse(format!("voice_url: voices are files that end with {}", VOICE_FILES.join(", ")))
            }
            Ok(Location::HuggingFace { repo, .. }) => refuse(format!(
                "voice_url: this server takes no voices from the repository {repo}; allowed are {}",
                self.repositories.join(", ")
            )),
            Ok(_) => refuse(NOT_A_VOICE.to_owned()),
            Err(error) => refuse(format!("voice_url: {error}")),
        }
    }
}

fn not_found(message: String) -> ApiError {
    ApiError::bad_request(message).param("voice").code("voice_not_found")
}

/// The default voices: the operator's choices, and voice files beside the configurations of models.
fn defaults(settings: &Settings, models: &Models) -> HashMap<String, VoiceSource> {
    let mut defaults: HashMap<_, _> = settings.default_voices.clone().into_iter().collect();
    for model in models.names() {
        let Some(choice @ ModelChoice::Config(_)) = models.choice(model) else { continue };
        if defaults.contains_key(model) {
            continue;
        }
        if let Some(voice) = choice.voice_beside(&DEFAULT_VOICE_FILES) {
            defaults.insert(model.clone(), voice);
        } else if model != models.default_name() {
            // The default model's voice is prepared at startup, where its errors show.
            tracing::warn!(
                model,
                "this model has no voice of its own, so it takes a recording from the Hugging Face hub at its first use; \
                 choose a voice with --default-voice MODEL=VOICE"
            );
        }
    }
    defaults
}

/// The error if a model's default voice cannot be prepared.
fn no_default(model: &str, error: pocket_tts_core::Error) -> ApiError {
    if error.kind() == ErrorKind::Internal {
        return error.into();
    }
    let message = format!(
        "the default voice of the model `{model}` is unavailable; use another voice or send a recording, or have the \
         operator choose one with --default-voice {model}=VOICE"
    );
    ApiError::unavailable_for_good(message, "default_voice_unavailable").with_detail(error.to_string())
}

fn no_mixing(param: &'static str) -> ApiError {
    let message = "voices cannot be mixed: a voice is the model's state after one recording, and two states have no mean; \
                   use one voice, or send a recording";
    ApiError::bad_request(message).param(param).code("voice_mixing_unsupported")
}
