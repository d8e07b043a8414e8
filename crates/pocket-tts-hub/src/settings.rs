//! Settings of a fetcher, by default from the environment.
//!
//! It knows the variables of the Python package `huggingface_hub`. It must not touch the network.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEFAULT_ENDPOINT: &str = "https://huggingface.co";
const STALL_TIMEOUT: Duration = Duration::from_mins(1);
const SIZE_LIMIT_BYTES: u64 = 8 << 30;
const LEAST_BYTES_PER_SECOND: u64 = 1 << 10;
const SPEED_WINDOW: Duration = Duration::from_secs(30);
const RETRIES: u32 = 3;
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Settings of a fetcher.
///
/// [`FetcherSettings::default`] has no cache folders, so it accepts local files only.
#[derive(Clone, PartialEq, Eq)]
pub struct FetcherSettings {
    /// Whether the network is forbidden.
    pub offline: bool,
    /// The cache of the Hugging Face hub, the folder that contains `models--OWNER--NAME`; `None` if unknown.
    pub hub_cache: Option<PathBuf>,
    /// The folder for files of plain web servers; `None` if unknown.
    pub web_cache: Option<PathBuf>,
    /// The hub's address, without a slash at its end.
    pub endpoint: String,
    /// The hub's access token.
    pub token: Option<String>,
    /// The time-out for each read from a server.
    pub stall_timeout: Duration,
    /// The largest accepted file from a plain web server, in bytes.
    pub size_limit_bytes: u64,
    /// The largest accepted file from the hub, in bytes.
    pub hub_size_limit_bytes: u64,
    /// A slower transfer is aborted, measured over each [`speed_window`](Self::speed_window).
    pub least_bytes_per_second: u64,
    /// The period over which the speed of a transfer is measured.
    pub speed_window: Duration,
    /// The number of retries after temporary failures. An attempt that receives a mebibyte resets the count.
    pub retries: u32,
    /// The delay before the first retry; it doubles with each retry.
    pub retry_delay: Duration,
    /// Whether processes use locks, so that each file is fetched once. Locks don't work on some network file systems;
    /// without them a file may be fetched several times, but is complete all the same.
    pub locks: bool,
}

/// Looks up variables; an empty one counts as unset.
struct Variables<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
}

impl FetcherSettings {
    /// The settings from the environment.
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `HF_HUB_OFFLINE`, else `TRANSFORMERS_OFFLINE` | 1, true, yes or on forbids the network |
    /// | `HF_HUB_CACHE`, else `HUGGINGFACE_HUB_CACHE`, else `$HF_HOME/hub` | the hub's cache |
    /// | `HF_HOME`, else `$XDG_CACHE_HOME/huggingface`, else `~/.cache/huggingface` | cache and token |
    /// | `HF_ENDPOINT` | the hub's address |
    /// | `HF_TOKEN`, else `HUGGING_FACE_HUB_TOKEN`, else the file `HF_TOKEN_PATH` or `$HF_HOME/token` | the token |
    /// | `HF_HUB_DISABLE_IMPLICIT_TOKEN` | 1, true, yes or on sends no token |
    /// | `HF_HUB_DOWNLOAD_TIMEOUT` | the time-out for each read from a server, in seconds |
    /// | `XDG_CACHE_HOME`, else `~/.cache` | its folder `pocket-tts` contains files of plain web servers |
    ///
    /// # Source
    /// `huggingface_hub/constants.py` and `huggingface_hub/utils/_auth.py`, `get_token`
    pub fn from_environment() -> Self {
        Self::from_variables(&|name| env::var_os(name), env::home_dir())
    }

    /// The settings from these variables.
    pub(super) fn from_variables(lookup: &dyn Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Self {
        let home = home.filter(|home| !home.as_os_str().is_empty());
        let variables = Variables { lookup, home };
        let user_cache = || {
            let default = || Some(variables.home.as_ref()?.join(".cache"));
            variables.path("XDG_CACHE_HOME").or_else(default)
        };
        let hub_home = variables.path("HF_HOME").or_else(|| Some(user_cache()?.join("huggingface")));
        let hub_cache = variables
            .path("HF_HUB_CACHE")
            .or_else(|| variables.path("HUGGINGFACE_HUB_CACHE"))
            .or_else(|| Some(hub_home.as_ref()?.join("hub")));
        let token_file = variables.path("HF_TOKEN_PATH").or_else(|| Some(hub_home.as_ref()?.join("token")));
        let endpoint = variables.text("HF_ENDPOINT");
        let stall_timeout = variables.text("HF_HUB_DOWNLOAD_TIMEOUT").and_then(|text| text.parse().ok());
        Self {
            offline: variables.is_true(&["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"]),
            hub_cache,
            web_cache: user_cache().map(|folder| folder.join("pocket-tts")),
            endpoint: endpoint.as_deref().unwrap_or(DEFAULT_ENDPOINT).trim_end_matches('/').to_owned(),
            token: variables.token(token_file.as_deref()),
            stall_timeout: stall_timeout
                .filter(|seconds: &u64| *seconds > 0)
                .map_or(STALL_TIMEOUT, Duration::from_secs),
            ..Self::default()
        }
    }
}

impl Default for FetcherSettings {
    fn default() -> Self {
        Self {
            offline: false,
            hub_cache: None,
            web_cache: None,
            endpoint: DEFAULT_ENDPOINT.to_owned(),
            token: None,
            stall_timeout: STALL_TIMEOUT,
            size_limit_bytes: SIZE_LIMIT_BYTES,
            hub_size_limit_bytes: u64::MAX,
            least_bytes_per_second: LEAST_BYTES_PER_SECOND,
            speed_window: SPEED_WINDOW,
            retries: RETRIES,
            retry_delay: RETRY_DELAY,
            locks: true,
        }
    }
}

impl fmt::Debug for FetcherSettings {
    /// Omits the token, which must not get into logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FetcherSettings")
            .field("offline", &self.offline)
            .field("hub_cache", &self.hub_cache)
            .field("web_cache", &self.web_cache)
            .field("endpoint", &self.endpoint)
            .field("token", &self.token.as_ref().map(|_| "hidden"))
            .field("stall_timeout", &self.stall_timeout)
            .field("size_limit_bytes", &self.size_limit_bytes)
            .field("hub_size_limit_bytes", &self.hub_size_limit_bytes)
            .field("least_bytes_per_second", &self.least_bytes_per_second)
            .field("speed_window", &self.speed_window)
            .field("retries", &self.retries)
            .field("retry_delay", &self.retry_delay)
            .field("locks", &self.locks)
            .finish()
    }
}

impl Variables<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name)?.into_string().ok().filter(|text| !text.is_empty())
    }

    /// Whether the first of `names` that is set has a true value.
    fn is_true(&self, names: &[&str]) -> bool {
        let value = names.iter().find_map(|name| self.text(name)).unwrap_or_default();
        ["1", "on", "yes", "true"].contains(&value.to_ascii_lowercase().as_str())
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        let value = (self.lookup)(name).filter(|value| !value.is_empty())?;
        // A value that is not Unicode cannot be expanded, but can be a path.
        Some(match value.into_string() {
            Ok(text) => self.expand(&text),
            Err(value) => PathBuf::from(value),
        })
    }

    /// Replaces a leading `~` by the home folder, and `$NAME` and `${NAME}` by the values of set variables.
    fn expand(&self, text: &str) -> PathBuf {
        let mut rest = text;
        let mut expanded = String::new();
        if let (Some(after), Some(home)) =
            (text.strip_prefix('~'), self.home.as_ref().and_then(|h| h.to_str()))
            && (after.is_empty() || after.starts_with('/'))
        {
            expanded.push_str(home);
            rest = after;
        }
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            let (name, following) = split_name(after);
            if let Some(value) = name.and_then(|name| (self.lookup)(name)?.into_string().ok()) {
                expanded.push_str(&value);
                rest = following;
            } else {
                expanded.push('$');
                rest = after;
            }
        }
        expanded.push_str(rest);
        PathBuf::from(expanded)
    }

    fn token(&self, file: Option<&Path>) -> Option<String> {
        if self.is_true(&["HF_HUB_DISABLE_IMPLICIT_TOKEN"]) {
            return None;
        }
        let variable = self.text("HF_TOKEN").or_else(|| self.text("HUGGING_FACE_HUB_TOKEN"));
        variable
            .and_then(|token| clean_token(&token))
            .or_else(|| clean_token(&fs::read_to_string(file?).ok()?))
    }
}

fn clean_token(text: &str) -> Option<String> {
    let token = text.replace(['\r', '\n'], "").trim().to_owned();
    (!token.is_empty()).then_some(token)
}

/// Splits the text after a `$` into the variable's name, with or without braces, and the rest.
fn split_name(text: &str) -> (Option<&str>, &str) {
    if let Some((name, rest)) = text.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        return (Some(name).filter(|name| !name.is_empty()), rest);
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (Some(name).filter(|name| !name.is_empty()), rest)
}
