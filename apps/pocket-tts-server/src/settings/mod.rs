//! What the server shall do, decided: built-in defaults, under a settings file, under `POCKET_TTS_SERVER_*`
//! variables, under flags; then checked as a whole.
//!
//! It must not load models or listen.

mod error;
mod layers;
mod raw;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::PathBuf,
    thread::available_parallelism,
    time::Duration,
};

use pocket_tts_core::{Location, MOST_THREADS, Precision, VoiceSource};

pub use error::SettingsError;
pub use raw::ServeArguments;
use raw::{AccessArguments, LimitArguments, ListenArguments, ModelArguments, VoiceArguments};

use crate::{guard::keys::ApiKeys, models::ModelChoice, voices::store::problem_of_name, zeroconf};

/// How settings are given, for `--help`.
const HELP: &str = "\
Each option can also be a variable, as POCKET_TTS_SERVER_MAX_STREAMS, with commas between several values, or a key \
of the settings file, as max_streams. Flags are stronger than variables, and variables than the file; an empty variable \
counts as none.

The settings file also takes a list of keys, `api_keys: [KEY, KEY]`; lists of one may be written as that one.

POCKET_TTS_WEIGHT_CACHE names the folder in which loaded weights are kept, so that they load sooner the next time; off \
keeps none.";

const DEFAULT_HOST: &str = "localhost";
const DEFAULT_PORT: u16 = 8000;
const DEFAULT_MAX_QUEUE: usize = 64;
const DEFAULT_MAX_TEXT_CHARACTERS: usize = 10_000;
const DEFAULT_MAX_UPLOAD_BYTES: usize = 20_000_000;
const DEFAULT_MAX_VOICES: usize = 100;
const DEFAULT_MAX_VOICE_BYTES: usize = 10 << 20;
/// The repositories that the released voices and their recordings are in.
const DEFAULT_REPOSITORIES: [&str; 3] =
    ["kyutai/tts-voices", "kyutai/pocket-tts", "kyutai/pocket-tts-without-voice-cloning"];
/// Streams for each of the processor's threads: most readers are slower than the model.
const STREAMS_PER_THREAD: usize = 2;
const MAX_STREAMS: usize = 10_000;
const LONGEST_TIMEOUT_S: f64 = 86_400.0;
/// What a stream may hold back, so that many of them don't fill the memory.
const LONGEST_FIRST_CHUNK_S: f64 = 60.0;
/// The Python package's name for the same.
const FIRST_CHUNK_VARIABLE: &str = "FIRST_CHUNK_LENGTH_SECONDS";

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
    pub(crate) default_voice: Option<VoiceSource>,
    pub(crate) voices: VoiceSettings,
    pub(crate) limits: Limits,
    pub(crate) keys: ApiKeys,
    /// Requests a minute.
    pub(crate) rate_limit: Option<u32>,
    pub(crate) cors_origins: Vec<String>,
    /// Options that were given and mean nothing here.
    pub(crate) idle_options: Vec<&'static str>,
}

/// Where to listen.
#[derive(Debug, Clone)]
pub(crate) struct Listen {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) unix_socket: Option<PathBuf>,
    /// Host and port of the Wyoming protocol, if it is spoken.
    pub(crate) wyoming: Option<(String, u16)>,
    /// The name under which the network is told of that port, if it is.
    pub(crate) wyoming_zeroconf: Option<String>,
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

/// How much, and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_streams: usize,
    pub(crate) max_queue: usize,
    pub(crate) max_text_characters: usize,
    pub(crate) max_upload_bytes: usize,
    pub(crate) queue_timeout: Duration,
    pub(crate) first_audio_timeout: Duration,
    pub(crate) request_timeout: Duration,
    /// How much sound is waited for before any is sent; may be zero.
    pub(crate) first_chunk_length: Duration,
    pub(crate) stall_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) body_timeout: Duration,
    pub(crate) header_timeout: Duration,
    pub(crate) drain_timeout: Duration,
    /// May be zero.
    pub(crate) drain_delay: Duration,
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
        let default_voice = voices.default_voice.as_deref().map(|voice| {
            VoiceSource::parse(voice).map_err(|error| value("default_voice", voice, &error.to_string()))
        });
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
        let memory = models.model_memory_mb.map(|mebibytes| mebibytes.saturating_mul(1 << 20));
        Ok(Self {
            listen: where_to_listen(listen)?,
            log,
            model_memory_bytes: memory,
            precision: precision(&models)?,
            threads: threads(models.threads)?,
            offline: models.offline.unwrap_or_default(),
            models: names_and_models(models)?,
            default_voice: default_voice.transpose()?,
            voices: check_voices(voices)?,
            limits: check_limits(&limits)?,
            keys: check_keys(access)?,
            rate_limit,
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

fn where_to_listen(raw: ListenArguments) -> Result<Listen, SettingsError> {
    let host = raw.host.unwrap_or_else(|| DEFAULT_HOST.to_owned());
    let wyoming = raw.wyoming.map(|text| wyoming_address(&text, &host)).transpose()?;
    let wyoming_zeroconf = raw.wyoming_zeroconf.map(|text| zeroconf_name(&text)).transpose()?.flatten();
    if let (None, Some(name)) = (&wyoming, &wyoming_zeroconf) {
        return Err(value(
            "wyoming_zeroconf",
            name,
            "there is no Wyoming port to tell of; give one that other machines reach, as `wyoming` 0.0.0.0:10200, or \
             leave this out",
        ));
    }
    let port = raw.port.unwrap_or(DEFAULT_PORT);
    Ok(Listen { host, port, unix_socket: raw.unix_socket, wyoming, wyoming_zeroconf })
}

/// A name, or whether there shall be one.
fn zeroconf_name(text: &str) -> Result<Option<String>, SettingsError> {
    match text.trim() {
        "true" => Ok(Some(zeroconf::default_name())),
        "false" => Ok(None),
        name => match zeroconf::problem_of_name(name) {
            Some(problem) => Err(value("wyoming_zeroconf", name, &problem)),
            None => Ok(Some(name.to_owned())),
        },
    }
}

/// `PORT`, `HOST:PORT` or `[IPV6]:PORT`.
fn wyoming_address(text: &str, default_host: &str) -> Result<(String, u16), SettingsError> {
    let (host, port) = text.rsplit_once(':').unwrap_or((default_host, text));
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match port.parse() {
        Ok(port) if !host.is_empty() => Ok((host.to_owned(), port)),
        _ => Err(value(
            "wyoming",
            text,
            "it must be a port such as 10200, or a host and a port such as 0.0.0.0:10200",
        )),
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

fn check_limits(raw: &LimitArguments) -> Result<Limits, SettingsError> {
    let threads = available_parallelism().map_or(1, std::num::NonZero::get);
    let max_streams = raw.max_streams.unwrap_or(threads * STREAMS_PER_THREAD);
    if !(1..=MAX_STREAMS).contains(&max_streams) {
        let problem = format!("it must be from 1 to {MAX_STREAMS}");
        return Err(value("max_streams", &max_streams.to_string(), &problem));
    }
    let seconds = |setting: &'static str, given: Option<f64>, default: f64| {
        let seconds = given.unwrap_or(default);
        if seconds > 0.0 && seconds <= LONGEST_TIMEOUT_S {
            return Ok(Duration::from_secs_f64(seconds));
        }
        let problem = format!("it must be more than 0 and at most {LONGEST_TIMEOUT_S} (seconds)");
        Err(value(setting, &seconds.to_string(), &problem))
    };
    Ok(Limits {
        max_streams,
        max_queue: raw.max_queue.unwrap_or(DEFAULT_MAX_QUEUE).min(MAX_STREAMS),
        max_text_characters: raw.max_text_chars.unwrap_or(DEFAULT_MAX_TEXT_CHARACTERS),
        max_upload_bytes: raw.max_upload_bytes.unwrap_or(DEFAULT_MAX_UPLOAD_BYTES),
        queue_timeout: seconds("queue_timeout", raw.queue_timeout, 60.0)?,
        first_audio_timeout: seconds("first_audio_timeout", raw.first_audio_timeout, 120.0)?,
        request_timeout: seconds("request_timeout", raw.request_timeout, 3_600.0)?,
        first_chunk_length: first_chunk_length(raw.first_chunk_length)?,
        stall_timeout: seconds("stall_timeout", raw.stall_timeout, 60.0)?,
        idle_timeout: seconds("idle_timeout", raw.idle_timeout, 60.0)?,
        body_timeout: seconds("body_timeout", raw.body_timeout, 30.0)?,
        header_timeout: seconds("header_timeout", raw.header_timeout, 10.0)?,
        drain_timeout: seconds("drain_timeout", raw.drain_timeout, 30.0)?,
        drain_delay: match raw.drain_delay {
            None | Some(0.0) => Duration::ZERO,
            given => seconds("drain_delay", given, 0.0)?,
        },
    })
}

fn first_chunk_length(given: Option<f64>) -> Result<Duration, SettingsError> {
    let seconds = given.unwrap_or_default();
    if (0.0..=LONGEST_FIRST_CHUNK_S).contains(&seconds) {
        return Ok(Duration::from_secs_f64(seconds));
    }
    let problem = format!("it must be from 0 to {LONGEST_FIRST_CHUNK_S} (seconds)");
    Err(value("first_chunk_length", &seconds.to_string(), &problem))
}

/// The Python package's variable, whose value is a number in Python's writing.
fn first_chunk_length_of(variable: Option<OsString>) -> Result<Option<f64>, SettingsError> {
    let text =
        variable.map(|value| value.to_string_lossy().trim().to_owned()).filter(|text| !text.is_empty());
    let number =
        text.map(|text| text.parse().map_err(|_| value(FIRST_CHUNK_VARIABLE, &text, "it must be a number")));
    number.transpose()
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
    Ok(ApiKeys::new(keys.iter().map(String::as_str)))
}
