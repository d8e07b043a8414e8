//! The server's settings, merged from all sources and checked as a whole.
//!
//! It must not load models or listen.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use pocket_tts_core::{Location, MOST_THREADS, Precision, VoiceSource};
use pocket_tts_settings::{InvalidValue, Names, SettingsError, Stack, read_text};

use super::{
    arguments::{AccessArguments, ModelArguments, PRECISIONS, ServeArguments, VoiceArguments},
    default_voices::default_voices,
    layers,
    limits::{FIRST_CHUNK_VARIABLE, check_limits, first_chunk_length_of},
    listen::{Listen, where_to_listen},
    reading::check_reading,
};
use crate::{
    guard::{
        hosts::AllowedHosts,
        keys::{ApiKeys, label_and_key},
        proxies::TrustedProxies,
    },
    intake::reading::Reading,
    limits::Limits,
    log::LogFormat,
    models::choice::ModelChoice,
    voices::store::problem_of_name,
};

const DEFAULT_MAX_VOICES: usize = 100;
const DEFAULT_MAX_VOICE_BYTES: usize = 10 << 20;
/// The repositories that the released voices and their recordings are in.
const DEFAULT_REPOSITORIES: [&str; 3] =
    ["kyutai/tts-voices", "kyutai/pocket-tts", "kyutai/pocket-tts-without-voice-cloning"];

/// The checked settings. Only models can show further errors.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) listen: Listen,
    pub(crate) log: LogFormat,
    /// Names and models, the default one first.
    pub(crate) models: Vec<(String, ModelChoice)>,
    pub(crate) model_memory_bytes: Option<u64>,
    pub(crate) precision: Precision,
    /// Threads that compute; one for each core if absent.
    pub(crate) threads: Option<usize>,
    pub(crate) offline: bool,
    /// The operator's choices by the names of models.
    pub(crate) default_voices: BTreeMap<String, VoiceSource>,
    pub(crate) voices: VoiceSettings,
    pub(crate) limits: Limits,
    pub(crate) reading: Reading,
    pub(crate) keys: ApiKeys,
    /// Requests a minute.
    pub(crate) rate_limit: Option<u32>,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) cors_origins: Vec<String>,
    pub(crate) hosts: AllowedHosts,
    /// Options that were given and have no effect.
    pub(crate) idle_options: Vec<&'static str>,
    /// How the settings were given, for errors that only models can show.
    pub(crate) names: Names,
}

/// Which voices clients may use.
#[derive(Debug, Clone)]
pub(crate) struct VoiceSettings {
    /// The folder of created voices, if they are stored.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) max_voices: usize,
    pub(crate) max_voice_bytes: usize,
    pub(crate) map: BTreeMap<String, String>,
    pub(crate) strict: bool,
    pub(crate) allow_urls: bool,
    pub(crate) repositories: Vec<String>,
}

impl Settings {
    /// Merges the settings of all sources, of which the arguments take precedence, and checks them.
    ///
    /// # Errors
    ///
    /// If a setting is unknown or out of range, or a file cannot be read.
    pub fn gather(arguments: &ServeArguments) -> Result<Self, SettingsError> {
        let stack = layers::stack(arguments, std::env::vars_os(), |name| std::env::var_os(name))?;
        let mut merged = layers::merge(arguments, &stack)?;
        merged.access.api_keys.0.extend(layers::keys_of(std::env::var_os(layers::KEYS_VARIABLE)).0);
        if merged.limits.first_chunk_length.is_none() {
            merged.limits.first_chunk_length = first_chunk_length_of(std::env::var_os(FIRST_CHUNK_VARIABLE))?;
        }
        Self::check(merged, &stack)
    }

    /// Checks the settings of these arguments alone, without the user's own file and variables.
    ///
    /// # Errors
    ///
    /// If a setting is out of range.
    pub fn of_arguments(arguments: &ServeArguments) -> Result<Self, SettingsError> {
        let stack = layers::stack(arguments, [], |_| None)?;
        Self::check(layers::merge(arguments, &stack)?, &stack)
    }

    pub(super) fn check(raw: ServeArguments, stack: &Stack) -> Result<Self, SettingsError> {
        if raw.models.language.is_some() && raw.models.config.is_some() {
            return Err(SettingsError::Conflict {
                first: stack.name("language"),
                second: stack.name("config"),
                advice: "each says which model to load, so leave one out".to_owned(),
            });
        }
        let key_file = raw.access.api_key_file.as_deref().map(read_text).transpose()?;
        let names = stack.names();
        Self::decide(raw, key_file.as_deref(), names.clone()).map_err(|invalid| names.error(invalid))
    }

    fn decide(raw: ServeArguments, key_file: Option<&str>, names: Names) -> Result<Self, InvalidValue> {
        let ServeArguments { listen, models, voices, texts, limits, access, reload, .. } = raw;
        let log = log_format(listen.log_format.as_deref())?;
        let rate_limit = access.rate_limit;
        if rate_limit == Some(0) {
            return Err(InvalidValue::new("rate_limit", "0", "it must be 1 or more"));
        }
        let origins = access.cors_origin.clone();
        if let Some(origin) = origins.iter().find(|origin| *origin != "*" && !origin.contains("://")) {
            return Err(InvalidValue::new(
                "cors_origin",
                origin,
                "it must be an origin such as https://example.org, or *",
            ));
        }
        let trusted_proxies = TrustedProxies::parse(&access.trusted_proxy).map_err(|text| {
            InvalidValue::new(
                "trusted_proxy",
                &text,
                "it must be an address, a network such as 10.0.0.0/8, or `unix`",
            )
        })?;
        let hosts = access.allowed_host.clone();
        if let Some((host, problem)) =
            hosts.iter().find_map(|host| Some((host, AllowedHosts::problem_of(host)?)))
        {
            return Err(InvalidValue::new("allowed_host", host, problem));
        }
        let memory = models.model_memory_mb.map(|mebibytes| mebibytes.saturating_mul(1 << 20));
        let (precision, threads) = (precision(&models)?, threads(models.threads)?);
        let offline = models.offline.unwrap_or_default();
        let models = names_and_models(models)?;
        let (listen, keys) = (where_to_listen(listen)?, check_keys(access, key_file)?);
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
            reading: check_reading(&texts)?,
            keys,
            rate_limit,
            trusted_proxies,
            cors_origins: origins,
            names,
            idle_options: if reload { vec!["--reload"] } else { Vec::new() },
        })
    }
}

fn log_format(text: Option<&str>) -> Result<LogFormat, InvalidValue> {
    match text.unwrap_or("text") {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        "off" => Ok(LogFormat::Off),
        other => Err(InvalidValue::new("log_format", other, "it must be text, json or off")),
    }
}

fn precision(raw: &ModelArguments) -> Result<Precision, InvalidValue> {
    let quantize = raw.quantize.unwrap_or_default() && !raw.no_quantize;
    let Some(name) = &raw.precision else {
        return Ok(if quantize { Precision::Int8 } else { Precision::F32 });
    };
    Precision::named(name).ok_or_else(|| {
        InvalidValue::new("precision", name, format!("it must be {}", PRECISIONS.join(" or ")))
    })
}

fn threads(given: Option<usize>) -> Result<Option<usize>, InvalidValue> {
    match given {
        Some(count) if !(1..=MOST_THREADS).contains(&count) => Err(InvalidValue::new(
            "threads",
            count.to_string(),
            format!("it must be from 1 to {MOST_THREADS}"),
        )),
        given => Ok(given),
    }
}

fn names_and_models(raw: ModelArguments) -> Result<Vec<(String, ModelChoice)>, InvalidValue> {
    let first = match (raw.language, raw.config) {
        (Some(language), _) => (language.clone(), ModelChoice::Language(language)),
        (None, Some(config)) => ("default".to_owned(), choice("config", &config)?),
        (None, None) => (ModelChoice::built_in().to_string(), ModelChoice::built_in()),
    };
    let mut models = vec![first];
    for text in raw.model {
        let (name, config) = text
            .split_once('=')
            .filter(|(name, config)| !name.is_empty() && !config.is_empty())
            .ok_or_else(|| InvalidValue::new("model", &text, "it must be NAME=LANGUAGE or NAME=LOCATION"))?;
        if let Some(problem) = problem_of_name(name) {
            return Err(InvalidValue::new("model", &text, problem.replace("`name`", "its name")));
        }
        models.push((name.to_owned(), choice("model", config)?));
    }
    let mut seen = BTreeSet::new();
    match models.iter().find(|(name, _)| !seen.insert(name.clone())) {
        Some((name, _)) => Err(InvalidValue::new("model", name, "there are two models with this name")),
        None => Ok(models),
    }
}

fn choice(setting: &'static str, text: &str) -> Result<ModelChoice, InvalidValue> {
    let choice =
        ModelChoice::parse(text).map_err(|error| InvalidValue::new(setting, text, error.to_string()))?;
    // Whether other locations exist shows only when they are loaded.
    if let ModelChoice::Config(Location::Path(path)) = &choice
        && !path.exists()
    {
        let known = pocket_tts_core::model_names().collect::<Vec<_>>().join(", ");
        let problem = format!("there is no such file, nor a model of this name; known models are {known}");
        // A word is more likely a wrong name than a file.
        let is_word = path.extension().is_none() && path.components().count() == 1;
        let invalid = if is_word { InvalidValue::new } else { InvalidValue::missing_file };
        return Err(invalid(setting, text, problem));
    }
    Ok(choice)
}

fn check_voices(raw: VoiceArguments) -> Result<VoiceSettings, InvalidValue> {
    let mut map = BTreeMap::new();
    for text in raw.voice_map {
        let (name, voice) = text
            .split_once('=')
            .ok_or_else(|| InvalidValue::new("voice_map", &text, "it must be NAME=VOICE"))?;
        map.insert(name.to_owned(), voice.to_owned());
    }
    if let Some(repo) =
        raw.hf_repo.iter().find(|repo| repo.split('/').filter(|part| !part.is_empty()).count() != 2)
    {
        return Err(InvalidValue::new("hf_repo", repo, "it must be OWNER/NAME"));
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

/// The keys of the settings and of a file with one key on each line.
fn check_keys(raw: AccessArguments, file: Option<&str>) -> Result<ApiKeys, InvalidValue> {
    let mut keys = raw.api_keys.0;
    if let (Some(path), Some(text)) = (raw.api_key_file, file) {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let before = keys.len();
        keys.extend(lines.map(str::to_owned));
        // A server that was meant to need keys must not run without any.
        if keys.len() == before {
            let path = path.display().to_string();
            return Err(InvalidValue::new("api_key_file", path, "there is no key in this file"));
        }
    }
    if let Some(text) = keys.iter().find(|text| label_and_key(text).1.is_empty()) {
        return Err(InvalidValue::new("api_keys", text.as_str(), "there is no key after the label"));
    }
    Ok(ApiKeys::new(keys.iter().map(String::as_str)))
}
