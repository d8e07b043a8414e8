//! The places that settings come from, weakest first, and how each is read. It must not know what a setting
//! means.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use figment::value::{Dict, Map};
use figment::{Metadata, Profile, Provider};
use pocket_tts_core::config::check_yaml_bounds;

use super::SettingsError;
use super::raw::{is_absent, kind};

/// What the names of the variables begin with.
pub(super) const PREFIX: &str = "POCKET_TTS_";
/// The variable that names the settings file.
const FILE_VARIABLE: &str = "POCKET_TTS_SETTINGS";
/// Variables of that prefix that are no settings: the one above, the library's own, and those of this project's compose
/// file, benchmarks and tests.
const OTHER_VARIABLES: [&str; 7] = [
    FILE_VARIABLE,
    "POCKET_TTS_WEIGHT_CACHE",
    "POCKET_TTS_API_KEYS",
    "POCKET_TTS_ALLOWED_HOST",
    "POCKET_TTS_BENCH_MODEL",
    "POCKET_TTS_GOLDENS",
    "POCKET_TTS_SOAK_DISCONNECTS",
];
/// What the names of the server's variables begin with, which mean nothing here.
const SERVER_PREFIX: &str = "POCKET_TTS_SERVER_";
/// Largest settings file that is read.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Where settings come from; the later is the stronger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    BuiltIn,
    File(PathBuf),
    Environment,
    Arguments,
}

/// The settings of one place.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    pub(super) origin: Origin,
    pub(super) values: Dict,
}

impl Origin {
    /// How the setting `key` is called there.
    pub(super) fn name_of(&self, key: &str) -> String {
        match self {
            Self::BuiltIn => format!("the built-in `{key}`"),
            Self::File(path) => format!("`{key}` in {}", path.display()),
            Self::Environment => format!("{PREFIX}{}", key.to_ascii_uppercase()),
            Self::Arguments => format!("--{}", key.replace('_', "-")),
        }
    }
}

impl Layer {
    /// The settings file that `argument` names, or else the variable, or else the user's own if there is one.
    pub(super) fn of_file(
        argument: Option<&Path>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, SettingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(path) = argument.map(Path::to_path_buf).or_else(|| variable(FILE_VARIABLE)) {
            return Self::read(path).map(Some);
        }
        let folder = variable("XDG_CONFIG_HOME")
            .filter(|folder| folder.is_absolute())
            .or_else(|| variable("HOME").map(|home| home.join(".config")));
        let path = folder.map(|folder| folder.join("pocket-tts").join("settings.yaml"));
        path.filter(|path| path.exists()).map(Self::read).transpose()
    }

    /// The settings among `variables`.
    pub(super) fn of_environment(
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError> {
        let mut values = Dict::new();
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            if OTHER_VARIABLES.contains(&name) || name.starts_with(SERVER_PREFIX) || value.is_empty() {
                continue;
            }
            let key = name[PREFIX.len()..].to_ascii_lowercase();
            let Some(kind) = kind(&key).filter(|_| Origin::Environment.name_of(&key) == name) else {
                return Err(SettingsError::UnknownVariable { name: name.to_owned() });
            };
            let value = value.to_str().ok_or_else(|| SettingsError::Value {
                setting: name.to_owned(),
                found: format!("{}", value.display()),
                problem: "it must be UTF-8".to_owned(),
            })?;
            let value = kind.read(value).map_err(|problem| SettingsError::Value {
                setting: name.to_owned(),
                found: value.to_owned(),
                problem,
            })?;
            values.insert(key, value);
        }
        Ok(Self { origin: Origin::Environment, values })
    }

    fn read(path: PathBuf) -> Result<Self, SettingsError> {
        let mut text = String::new();
        let outcome =
            File::open(&path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text));
        match outcome {
            Err(source) => Err(SettingsError::Read { path, source }),
            Ok(length) if length as u64 > MAX_FILE_BYTES => Err(SettingsError::Syntax {
                path,
                problem: format!("it is larger than {MAX_FILE_BYTES} bytes"),
            }),
            Ok(_) => Self::parse(path, &text),
        }
    }

    /// The settings of the file `path`, whose content is `text`.
    pub(super) fn parse(path: PathBuf, text: &str) -> Result<Self, SettingsError> {
        let syntax = |problem: String| SettingsError::Syntax { path: path.clone(), problem };
        // Editors of some systems put a mark in front of UTF-8 text.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        check_yaml_bounds(text).map_err(|error| syntax(error.to_string()))?;
        let content: serde_norway::Value =
            serde_norway::from_str(text).map_err(|error| syntax(error.to_string()))?;
        let values: Dict = match content {
            serde_norway::Value::Null => Dict::new(),
            mapping @ serde_norway::Value::Mapping(_) => {
                serde_norway::from_value(mapping).map_err(|error| syntax(error.to_string()))?
            }
            _ => return Err(syntax("it holds something else".to_owned())),
        };
        if let Some(key) = values.keys().find(|key| kind(key).is_none()) {
            return Err(SettingsError::UnknownKey { path, key: key.clone() });
        }
        let values = values.into_iter().filter(|(_, value)| !is_absent(value)).collect();
        Ok(Self { origin: Origin::File(path), values })
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(format!("{:?}", self.origin))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}
