//! The places that settings come from, and how they are laid over each other. It must not know what a setting
//! means.

use std::{
    ffi::OsString,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use clap::{Args, Command};
use figment::{
    Figment, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    SettingsError,
    raw::{Secrets, ServeArguments},
};

/// What the names of the variables begin with.
const PREFIX: &str = "POCKET_TTS_SERVER_";
/// The variable of keys, which has no option.
pub(super) const KEYS_VARIABLE: &str = "POCKET_TTS_SERVER_API_KEYS";
/// The setting of keys, which has no option.
const KEYS: &str = "api_keys";
/// Options that mean nothing in a file.
const NOT_IN_FILES: [&str; 3] = ["settings", "reload", "no_quantize"];
/// Largest settings file, and largest file of keys, that is read.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The settings of one place.
#[derive(Debug, Clone)]
struct Layer {
    name: String,
    values: Dict,
}

/// The settings file of the arguments, or else the user's own if there is one.
pub(super) fn file_of(
    arguments: &ServeArguments,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    arguments.settings.clone().or_else(|| {
        let folder = variable("XDG_CONFIG_HOME")
            .filter(|folder| folder.is_absolute())
            .or_else(|| variable("HOME").map(|home| home.join(".config")));
        folder.map(|folder| folder.join("pocket-tts").join("server.yaml")).filter(|path| path.exists())
    })
}

/// Refuses variables of this program's prefix that mean nothing.
pub(super) fn check_variables(names: impl Iterator<Item = OsString>) -> Result<(), SettingsError> {
    let mut known: Vec<String> = options().map(|id| format!("{PREFIX}{}", id.to_ascii_uppercase())).collect();
    known.push(KEYS_VARIABLE.to_owned());
    for name in names {
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && !known.iter().any(|known| *known == *name) {
            return Err(SettingsError::UnknownVariable { name: name.into_owned(), known: known.join(", ") });
        }
    }
    Ok(())
}

/// The arguments, over a file if there is one.
pub(super) fn merge(arguments: ServeArguments, file: Option<&Path>) -> Result<ServeArguments, SettingsError> {
    let given = of_arguments(&arguments)?;
    let mut figment = Figment::new();
    if let Some(path) = file {
        let mut layer = read(path)?;
        // A model of a stronger place replaces that of a weaker one, whichever way each is named.
        if given.values.contains_key("language") || given.values.contains_key("config") {
            layer.values.remove("language");
            layer.values.remove("config");
        }
        figment = figment.merge(layer);
    }
    let figment = figment.merge(given);
    Ok(ServeArguments {
        listen: extract(&figment)?,
        models: extract(&figment)?,
        voices: extract(&figment)?,
        limits: extract(&figment)?,
        access: extract(&figment)?,
        ..arguments
    })
}

/// A small text file.
pub(super) fn read_text(path: &Path) -> Result<String, SettingsError> {
    let mut text = String::new();
    let outcome = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text));
    match outcome {
        Err(source) => Err(SettingsError::Read { path: path.to_owned(), source }),
        Ok(length) if length as u64 > MAX_FILE_BYTES => Err(SettingsError::Syntax {
            path: path.to_owned(),
            problem: format!("it is larger than {MAX_FILE_BYTES} bytes"),
        }),
        Ok(_) => Ok(text),
    }
}

fn read(path: &Path) -> Result<Layer, SettingsError> {
    let text = read_text(path)?;
    let syntax = |problem: String| SettingsError::Syntax { path: path.to_owned(), problem };
    let content: serde_norway::Value =
        serde_norway::from_str(&text).map_err(|error| syntax(error.to_string()))?;
    let values: Dict = match content {
        serde_norway::Value::Null => Dict::new(),
        mapping @ serde_norway::Value::Mapping(_) => {
            serde_norway::from_value(mapping).map_err(|error| syntax(error.to_string()))?
        }
        _ => return Err(syntax("it holds something else".to_owned())),
    };
    let mut known: Vec<String> =
        options().filter(|option| !NOT_IN_FILES.contains(&option.as_str())).collect();
    known.push(KEYS.to_owned());
    if let Some(key) = values.keys().find(|key| !known.contains(key)) {
        let (path, key) = (path.to_owned(), key.clone());
        return Err(SettingsError::UnknownKey { path, key, known: known.join(", ") });
    }
    Ok(Layer { name: path.display().to_string(), values: present(values) })
}

fn of_arguments(arguments: &ServeArguments) -> Result<Layer, SettingsError> {
    let mut values = Dict::new();
    values.append(&mut dict(&arguments.listen)?);
    values.append(&mut dict(&arguments.models)?);
    values.append(&mut dict(&arguments.voices)?);
    values.append(&mut dict(&arguments.limits)?);
    values.append(&mut dict(&arguments.access)?);
    Ok(Layer { name: "the arguments".to_owned(), values: present(values) })
}

fn dict(section: &impl Serialize) -> Result<Dict, SettingsError> {
    let value = Value::serialize(section).map_err(|error| SettingsError::Type(error.to_string()))?;
    Ok(value.into_dict().unwrap_or_default())
}

/// Without what was left out: an option, or a list with nothing in it.
fn present(values: Dict) -> Dict {
    let absent = |value: &Value| {
        matches!(value, Value::Empty(..)) || value.as_array().is_some_and(<[Value]>::is_empty)
    };
    values.into_iter().filter(|(_, value)| !absent(value)).collect()
}

fn extract<T: DeserializeOwned>(figment: &Figment) -> Result<T, SettingsError> {
    figment.extract().map_err(|error| SettingsError::Type(error.to_string()))
}

/// The names of all options, as keys.
fn options() -> impl Iterator<Item = String> {
    let command = ServeArguments::augment_args(Command::new(""));
    let names: Vec<String> =
        command.get_arguments().map(|argument| argument.get_id().as_str().to_owned()).collect();
    names.into_iter()
}

/// The keys of the variable.
pub(super) fn keys_of(variable: Option<OsString>) -> Secrets {
    let text = variable.map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
    Secrets(text.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect())
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}
