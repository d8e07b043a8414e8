//! What the server shall do, decided: built-in defaults, under a settings file, under `POCKET_TTS_SERVER_*`
//! variables, under flags; then checked as a whole.
//!
//! It must not load models or listen.

mod default_voices;
mod error;
mod layers;
mod limits;
mod listen;
mod raw;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use pocket_tts_core::{Location, MOST_THREADS, Precision, VoiceSource};

use default_voices::default_voices;
pub use error::SettingsError;
pub(crate) use limits::Limits;
use limits::{FIRST_CHUNK_VARIABLE, check_limits, first_chunk_length_of};
pub(crate) use listen::Listen;
use listen::where_to_listen;
pub use raw::ServeArguments;
use raw::{AccessArguments, ModelArguments, VoiceArguments};

use crate::{
    guard::{
        hosts::AllowedHosts,
        keys::{ApiKeys, label_and_key},
        proxies::TrustedProxies,
    },
    models::ModelChoice,
    voices::store::problem_of_name,
};

/// How settings are given, for `--help`.
const HELP: &str = "\
Each option can also be a variable, as POCKET_TTS_SERVER_MAX_STREAMS, with commas between several values, or a key \
of the settings file, as max_streams. Flags are stronger than variables, and variables than the file; an empty variable \
counts as none.

The settings file also takes a list of keys, `api_keys: [KEY, KEY]`; lists of one may be written as that one, and pairs \
such as voice_map as a mapping, `voice_map: {alloy: eve}`.

POCKET_TTS_WEIGHT_CACHE names the folder in which loaded weights are kept, so that they load sooner the next time; off \
keeps none.";

const DEFAULT_MAX_VOICES: usize = 100;
const DEFAULT_MAX_VOICE_BYTES: usize = 10 << 20;
/// The repositories that the released voices and their recordings are in.
const DEFAULT_REPOSITORIES: [&str; 3] =
    ["kyutai/tts-voices", "kyutai/pocket-tts", "kyutai/pocket-tts-without-voice-cloning"];
/// What the server shall do, with nothing left to doubt but what only models can tell.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) listen: Listen,
    pub(crate) log: LogFormat,
    /// Names and models, the default one first.
    pub(crate) models: Vec<(String, ModelChoice)>,
    pub(crate) model_memory_bytes: Option<u64>,
    pub(crate) precision: Precision,
    /// Threads that compute; one for each core unless told.
    pub(crate) threads: Option<usize>,
    pub(crate) offline: bool,
    /// The operator's choices by the names of models.
    pub(crate) default_voices: BTreeMap<String, VoiceSource>,
    pub(crate) voices: VoiceSettings,
    pub(crate) limits: Limits,
    pub(crate) keys: ApiKeys,
    /// Requests a minute.
    pub(crate) rate_limit: Option<u32>,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) cors_origins: Vec<String>,
    pub(crate) hosts: AllowedHosts,
    /// Options that were given and mean nothing here.
    pub(crate) idle_options: Vec<&'static str>,
}

/// What the log looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
    Off,
}

/// Which voices clients may ask for.
#[derive(Debug, Clone)]
pub(crate) struct VoiceSettings {
    /// Where created voices are kept, if anywhere.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) max_voices: usize,
    pub(crate) max_voice_bytes: usize,
    pub(crate) map: BTreeMap<String, String>,
    pub(crate) strict: bool,
    pub(crate) allow_urls: bool,
    pub(crate) repositories: Vec<String>,
}

impl Settings {
    /// Takes the settings from all their places and checks them. The arguments hold flags.
    ///
    /// # Errors
    ///
    /// If a setting is unknown or outside its range, or a file can't be read.
    pub fn gather(arguments: &ServeArguments) -> Result<Self, SettingsError> {
        let variables = layers::of_variables(std::env::vars_os())?;
        let file = layers::file_of(arguments, &variables, |name| std::env::var_os(name));
        let mut merged = layers::merge(arguments.clone(), &variables, file.as_deref())?;
        let keys = layers::keys_of(std::env::var_os(layers::KEYS_VARIABLE));
        merged.access.api_keys.0.extend(keys.0);
        if merged.limits.first_chunk_length.is_none() {
            merged.limits.first_chunk_length = first_chunk_length_of(std::env::var_os(FIRST_CHUNK_VARIABLE))?;
        }
        Self::check(merged).map_err(|error| layers::blame(error, arguments, &variables))
    }

    /// The settings of these arguments alone, whatever this machine's files say.
    ///
    /// # Errors
    ///
    /// If a setting is outside its range.
    pub fn of_arguments(arguments: &ServeArguments) -> Result<Self, SettingsError> {
        let no_variables = ServeArguments::default();
        Self::check(layers::merge(arguments.clone(), &no_variables, arguments.settings.as_deref())?)
    }

    fn check(raw: ServeArguments) -> Result<Self, SettingsError> {
        let ServeArguments { listen, models, voices, limits, access, reload, .. } = raw;
        let log = log_format(listen.log_format.as_deref())?;
        let rate_limit = access.rate_limit;
        if rate_limit == Some(0) {
            return Err(value("rate_limit", "0", "it must be 1 or more"));
        }
        let origins = access.cors_origin.clone();
        if let Some(origin) = origins.iter().find(|origin| *origin != "*" && !origin.contains("://")) {
            return Err(value(
                "cors_origin",
                origin,
                "it must be an origin such as https://example.org, or *",
            ));
        }
        let trusted_proxies = TrustedProxies::parse(&access.trusted_proxy).map_err(|text| {
            value("trusted_proxy", &text, "it must be an address, a network such as 10.0.0.0/8, or `unix`")
        })?;
        let hosts = access.allowed_host.clone();
        if let Some((host, problem)) =
            hosts.iter().find_map(|host| Some((host, AllowedHosts::problem_of(host)?)))
        {
            return Err(value("allowed_host", host, problem));
        }
        let memory = models.model_memory_mb.map(|mebibytes| mebibytes.saturating_mul(1 << 20));
        let (precision, threads) = (precision(&models)?, threads(models.threads)?);
        let offline = models.offline.unwrap_or_default();
        let models = names_and_models(models)?;
        let (listen, keys) = (where_to_listen(listen)?, check_keys(access)?);
        Ok(Self {
            hosts: AllowedHosts::new(&hosts, &listen.host, !keys.is_empty()),
            listen,
            log,
            model_memory_bytes: memory,
            precision,
            threads,
            offline,
            default_voices: default_voices(&voices.default_voice, &models)?,
            models,
            voices: check_voices(voices)?,
            limits: check_limits(&limits)?,
            keys,
            rate_limit,
            trusted_proxies,
            cors_origins: origins,
            idle_options: if reload { vec!["--reload"] } else { Vec::new() },
        })
    }
}

fn value(setting: &'static str, found: &str, problem: &str) -> SettingsError {
    SettingsError::Value { setting, found: found.to_owned(), problem: problem.to_owned() }
}

fn log_format(text: Option<&str>) -> Result<LogFormat, SettingsError> {
    match text.unwrap_or("text") {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        "off" => Ok(LogFormat::Off),
        other => Err(value("log_format", other, "it must be text, json or off")),
    }
}

fn precision(raw: &ModelArguments) -> Result<Precision, SettingsError> {
    let quantize = raw.quantize.unwrap_or_default() && !raw.no_quantize;
    let Some(name) = &raw.precision else {
        return Ok(if quantize { Precision::Int8 } else { Precision::F32 });
    };
    Precision::named(name)
        .ok_or_else(|| value("precision", name, &format!("it must be {}", raw::PRECISIONS.join(" or "))))
}

fn threads(given: Option<usize>) -> Result<Option<usize>, SettingsError> {
    match given {
        Some(count) if !(1..=MOST_THREADS).contains(&count) => {
            Err(value("threads", &count.to_string(), &format!("it must be from 1 to {MOST_THREADS}")))
        }
        given => Ok(given),
    }
}

fn names_and_models(raw: ModelArguments) -> Result<Vec<(String, ModelChoice)>, SettingsError> {
    let first = match (raw.language, raw.config) {
        (Some(_), Some(_)) => return Err(SettingsError::TwoModels),
        (Some(language), None) => (language.clone(), ModelChoice::Language(language)),
        (None, Some(config)) => ("default".to_owned(), choice("config", &config)?),
        (None, None) => (ModelChoice::built_in().to_string(), ModelChoice::built_in()),
    };
    let mut models = vec![first];
    for text in raw.model {
        let (name, config) = text
            .split_once('=')
            .filter(|(name, config)| !name.is_empty() && !config.is_empty())
            .ok_or_else(|| value("model", &text, "it must be NAME=LANGUAGE or NAME=LOCATION"))?;
        if let Some(problem) = problem_of_name(name) {
            return Err(value("model", &text, &problem.replace("`name`", "its name")));
        }
        models.push((name.to_owned(), choice("model", config)?));
    }
    let mut seen = BTreeSet::new();
    match models.iter().find(|(name, _)| !seen.insert(name.clone())) {
        Some((name, _)) => Err(value("model", name, "there are two models of this name")),
        None => Ok(models),
    }
}

fn choice(setting: &'static str, text: &str) -> Result<ModelChoice, SettingsError> {
    let choice = ModelChoice::parse(text).map_err(|error| value(setting, text, &error.to_string()))?;
    // Others are known to be missing only once they are loaded.
    if let ModelChoice::Config(Location::Path(path)) = &choice
        && !path.exists()
    {
        let known = pocket_tts_core::model_names().collect::<Vec<_>>().join(", ");
        let problem = format!("that is neither a file that exists nor one of the models {known}");
        return Err(value(setting, text, &problem));
    }
    Ok(choice)
}

fn check_voices(raw: VoiceArguments) -> Result<VoiceSettings, SettingsError> {
    let mut map = BTreeMap::new();
    for text in raw.voice_map {
        let (name, voice) =
            text.split_once('=').ok_or_else(|| value("voice_map", &text, "it must be NAME=VOICE"))?;
        map.insert(name.to_owned(), voice.to_owned());
    }
    if let Some(repo) =
        raw.hf_repo.iter().find(|repo| repo.split('/').filter(|part| !part.is_empty()).count() != 2)
    {
        return Err(value("hf_repo", repo, "it must be OWNER/NAME"));
    }
    let repositories =
        if raw.hf_repo.is_empty() { DEFAULT_REPOSITORIES.map(str::to_owned).into() } else { raw.hf_repo };
    Ok(VoiceSettings {
        folder: raw.voices_dir,
        max_voices: raw.max_voices.unwrap_or(DEFAULT_MAX_VOICES),
        max_voice_bytes: raw.max_voice_bytes.unwrap_or(DEFAULT_MAX_VOICE_BYTES),
        map,
        strict: raw.strict_voices.unwrap_or_default(),
        allow_urls: raw.allow_voice_urls.unwrap_or_default(),
        repositories,
    })
}

fn check_keys(raw: AccessArguments) -> Result<ApiKeys, SettingsError> {
    let mut keys = raw.api_keys.0;
    if let Some(path) = raw.api_key_file {
        let text = layers::read_text(&path)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let before = keys.len();
        keys.extend(lines.map(str::to_owned));
        // A server that was meant to be locked must not stand open.
        if keys.len() == before {
            return Err(value("api_key_file", &path.display().to_string(), "there is no key in this file"));
        }
    }
    if let Some(text) = keys.iter().find(|text| label_and_key(text).1.is_empty()) {
        return Err(value("api_keys", text, "there is no key after the label"));
    }
    Ok(ApiKeys::new(keys.iter().map(String::as_str)))
}
