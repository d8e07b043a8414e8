//! Which voice a request means, and where it comes from.
//!
//! A request can name voices that the model or the server has, send a recording, or point to one on the web
//! or the hub within the operator's limits. Nothing in a request ever becomes a path on this machine.

mod address;
mod remote;
mod stock;
pub(crate) mod store;

use std::collections::HashMap;

use pocket_tts_core::{ErrorKind, Location, Voice, VoiceOptions, VoiceSource, VoiceWarning, is_voice_mix};
use url::Url;

use crate::{
    api_error::ApiError,
    error::ServerError,
    intake::Upload,
    models::{LoadedModel, ModelChoice, Models},
    settings::{Settings, SettingsError},
};
use remote::RemoteVoices;
use stock::{STOCK_NAMES, StandIn, StockVoices};
use store::{VoiceStore, may_be_stored};

/// The name that any model's default voice has.
const DEFAULT: &str = "default";
/// What messages call a recording that came with a request.
const UPLOAD: &str = "the recording that was sent";
/// The extensions of files that can be voices; nothing else is fetched from repositories.
const VOICE_FILES: [&str; 10] =
    ["wav", "mp3", "flac", "ogg", "opus", "webm", "m4a", "aac", "mp4", VOICE_STATE];
/// The same for a voice beside a model's configuration, the most specific first.
const DEFAULT_VOICE_FILES: [&str; 10] =
    [VOICE_STATE, "wav", "flac", "mp3", "ogg", "opus", "webm", "m4a", "aac", "mp4"];
/// The extension of exported voices.
const VOICE_STATE: &str = "safetensors";
/// Largest recording that is fetched for a request.
const MAX_RECORDING_BYTES: usize = 20_000_000;
/// Largest exported voice that is: 30 s take 74 MB in the released models of 24 layers.
const MAX_STATE_BYTES: usize = 100_000_000;
/// The message of the reference for anything else.
const NOT_A_VOICE: &str = "voice_url must start with http://, https://, or hf://";

/// The voice of a request.
#[derive(Debug, Clone)]
pub(crate) enum VoiceChoice {
    /// The model's default.
    Default,
    /// One that the model has by name.
    Named(String),
    /// One that the operator has stand in for a name.
    Chosen(VoiceSource),
    /// One that was created here, or on a server that shares the folder, by id or name; and what to say if there is
    /// none.
    Stored(String, ApiError),
    /// The bytes of a recording or an exported voice.
    Encoded(Upload),
    /// A file of an allowed repository on the hub.
    Repository(Location),
    /// An address on the web.
    Web(Url),
}

impl VoiceChoice {
    /// Whether the client has brought the voice, or told where it is.
    pub(crate) fn is_of_the_client(&self) -> bool {
        matches!(self, Self::Stored(..) | Self::Encoded(_) | Self::Repository(_) | Self::Web(_))
    }
}

/// What a client should know of a voice that it brought.
pub(crate) fn voice_warnings(voice: &Voice) -> impl Iterator<Item = String> {
    voice.warnings().iter().filter_map(|warning| match warning {
        VoiceWarning::OneVoice => Some(
            "this model knows only its own voice, and what it says does not sound like the recording; ask for another \
             model"
                .to_owned(),
        ),
        VoiceWarning::Truncated => Some("only the first 30 s of the recording are heard".to_owned()),
        VoiceWarning::Cache(_) => None,
        other => Some(other.to_string()),
    })
}

/// The voices of this server.
#[derive(Debug)]
pub(crate) struct Voices {
    /// The voice of each model for requests that name none, where it isn't the model's own.
    defaults: HashMap<String, VoiceSource>,
    /// The names of each model's voices.
    names: HashMap<String, Vec<String>>,
    /// The names of all released voices, whichever model has them.
    released: Vec<String>,
    stock: StockVoices,
    store: Option<VoiceStore>,
    /// Whether addresses on the web may be given, and who fetches them.
    web: Option<RemoteVoices>,
    repositories: Vec<String>,
}

impl Voices {
    /// # Errors
    ///
    /// If the folder of created voices can't be used, or a voice that shall stand in for another can't exist.
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
        voices.check_chosen(models)?;
        Ok(voices)
    }

    /// The voices that were created here, if that is possible at all.
    pub(crate) fn store(&self) -> Option<&VoiceStore> {
        self.store.as_ref()
    }

    /// The names under which a model's own voices are listed: `default` where they have none.
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

    /// Whether a name is taken, so that no voice of that name may be created.
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
            // Few models have all voices; whoever asks for a stock voice wants speech, not that very voice.
            Some(StandIn::BuiltIn(target)) => Ok(self.known(model, target).unwrap_or(VoiceChoice::Default)),
            None if is_voice_mix(name) => Err(no_mixing("voice")),
            None => {
                let message =
                    format!("there is no voice `{}`; {}", name.escape_debug(), self.in_words(model));
                self.perhaps_stored(name, not_found(message))
            }
        }
    }

    /// The voice that the operator has stand in for `name`.
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
            "the voice `{target}`, which stands for `{}` here (--voice-map), isn't there; {}",
            name.escape_debug(),
            self.in_words(model)
        );
        self.perhaps_stored(target, not_found(message))
    }

    /// Refuses what the operator has stand in if no request could ever speak with it.
    fn check_chosen(&self, models: &Models) -> Result<(), SettingsError> {
        // What further voices the models of configurations have shows once they are loaded.
        let may_have_others =
            models.names().iter().any(|name| matches!(models.choice(name), Some(ModelChoice::Config(_))));
        for (name, target) in self.stock.chosen() {
            let is_known = models.names().iter().any(|model| self.known(model, target).is_some());
            let is_released = self.released.iter().any(|known| known == target);
            if is_known || (may_have_others && is_released) {
                continue;
            }
            let problem = match VoiceSource::parse(target) {
                Ok(VoiceSource::File(Location::Path(path))) if !path.exists() => "there is no such file",
                Ok(VoiceSource::File(_)) => continue,
                _ if self.store.is_some() && may_be_stored(target) && !is_released => {
                    tracing::warn!(name, target, "a voice of --voice-map isn't there yet");
                    continue;
                }
                _ => "no model of this server has this voice, and no file has this name",
            };
            let found = format!("{name}={target}");
            let known: Vec<String> = models.names().iter().map(|model| self.in_words(model)).collect();
            let problem = format!("{problem}; {}", known.join(", "));
            return Err(SettingsError::Value { setting: "voice_map", found, problem });
        }
        Ok(())
    }

    /// Which voices a model has by name.
    fn in_words(&self, model: &str) -> String {
        match self.names(model) {
            [] => format!("`{model}` has none by name"),
            names => format!("`{model}` has {}", names.join(", ")),
        }
    }

    /// The voice that the field `voice_url` of the reference's API means.
    pub(crate) fn by_url(&self, model: &str, text: &str) -> Result<VoiceChoice, ApiError> {
        if let Some(choice) = self.known(model, text) {
            return Ok(choice);
        }
        if self.released.iter().any(|known| known == text) {
            return Ok(VoiceChoice::Named(text.to_owned()));
        }
        let refuse = |message: String| Err(ApiError::bad_request(message).param("voice_url"));
        match text.split_once("://").map(|(scheme, _)| scheme) {
            Some("hf") => self.repository(text),
            Some("https") if self.web.is_none() => refuse(
                "voice_url: this server fetches no voices from the web (its operator can allow that with \
                 --allow-voice-urls); send the recording as voice_wav"
                    .to_owned(),
            ),
            Some("https") => remote::check(text).map(VoiceChoice::Web).or_else(|problem| {
                refuse(format!("voice_url can't be fetched: {problem}"))
            }),
            Some("http") => refuse(
                "voice_url: http:// would travel unprotected; use https://, or send the recording as voice_wav"
                    .to_owned(),
            ),
            None if is_voice_mix(text) => Err(no_mixing("voice_url")),
            _ => self.perhaps_stored(text, ApiError::bad_request(NOT_A_VOICE).param("voice_url")),
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

    /// The voice, prepared. May fetch or read files, but only such as the server itself names.
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

    /// A voice that another server may have created since this one last looked: the thread of the request will see.
    fn perhaps_stored(&self, text: &str, missing: ApiError) -> Result<VoiceChoice, ApiError> {
        if self.store.is_some() && may_be_stored(text) {
            return Ok(VoiceChoice::Stored(text.to_owned(), missing));
        }
        Err(missing)
    }

    fn fetched(&self, url: &Url) -> Result<VoiceSource, ApiError> {
        let web = self.web.as_ref().ok_or_else(|| ApiError::internal("the web is closed"))?;
        let bytes = web.fetch(url).map_err(|problem| {
            ApiError::bad_request(format!("voice_url can't be fetched: {problem}")).param("voice_url")
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
        let gone = ApiError::bad_request("this voice has just been deleted");
        Some(VoiceChoice::Stored(voice.id, gone.param("voice").code("voice_not_found")))
    }

    fn repository(&self, text: &str) -> Result<VoiceChoice, ApiError> {
        let refuse = |message: String| Err(ApiError::bad_request(message).param("voice_url"));
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

/// The voices of requests that name none: the operator's choices, and voices beside the configurations of models.
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
            // That of the default model is made at the start, so that its errors show then.
            tracing::warn!(
                model,
                "this model has no voice of its own: it takes a recording from the Hugging Face hub when it is first asked \
                 for; choose a voice with --default-voice MODEL=VOICE"
            );
        }
    }
    defaults
}

/// What a client is told if a model's default voice can't be had.
fn no_default(model: &str, error: pocket_tts_core::Error) -> ApiError {
    if error.kind() == ErrorKind::Internal {
        return error.into();
    }
    let message = format!(
        "the default voice of the model `{model}` can't be had: ask for another voice or send a recording; the operator \
         of this server can choose one with --default-voice {model}=VOICE"
    );
    ApiError::default_voice_unavailable(message, error.to_string())
}

fn no_mixing(param: &'static str) -> ApiError {
    let message = "voices can't be mixed here: a voice is what the model remembers of one recording, and two such memories \
                   have no mean; ask for one voice, or send a recording";
    ApiError::bad_request(message).param(param).code("voice_mixing_unsupported")
}
