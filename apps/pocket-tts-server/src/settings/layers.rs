//! The places that settings come from, and how they are laid over each other. It must not know what a setting
//! means.

use std::{
    error::Error,
    ffi::OsString,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use clap::{
    Args, Command, FromArgMatches,
    error::{ContextKind, ContextValue},
};
use figment::{
    Figment, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};
use pocket_tts_core::config::check_yaml_bounds;
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
/// The option that names the settings file, which means nothing in one.
const SETTINGS: &str = "settings";
/// Options that mean something on the command line only.
const FLAGS_ONLY: [&str; 2] = ["reload", "no_quantize"];
/// Names of settings that decide the same.
const ONE_DECISION: [&[&str]; 2] = [&["language", "config"], &["precision", "quantize"]];
/// Largest settings file, and largest file of keys, that is read.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The settings of one place.
#[derive(Debug, Clone)]
struct Layer {
    name: String,
    values: Dict,
}

/// The settings file that the arguments or else the variables name, or else the user's own if there is one.
pub(super) fn file_of(
    arguments: &ServeArguments,
    variables: &ServeArguments,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    arguments.settings.clone().or_else(|| variables.settings.clone()).or_else(|| {
        let folder = variable("XDG_CONFIG_HOME")
            .filter(|folder| folder.is_absolute())
            .or_else(|| variable("HOME").map(|home| home.join(".config")));
        folder.map(|folder| folder.join("pocket-tts").join("server.yaml")).filter(|path| path.exists())
    })
}

/// The settings of the variables, of which those that mean nothing are refused. An empty one counts as none.
pub(super) fn of_variables(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<ServeArguments, SettingsError> {
    let mut known: Vec<String> = options().map(|option| variable_of(&option)).collect();
    known.push(KEYS_VARIABLE.to_owned());
    let mut words = vec![OsString::new()];
    for (name, value) in variables {
        let name = name.to_string_lossy().into_owned();
        if !name.starts_with(PREFIX) {
            continue;
        }
        if !known.contains(&name) {
            return Err(SettingsError::UnknownVariable { name, known: known.join(", ") });
        }
        if name == KEYS_VARIABLE || value.is_empty() {
            continue;
        }
        let mut word =
            OsString::from(format!("--{}=", name[PREFIX.len()..].to_lowercase().replace('_', "-")));
        word.push(&value);
        // Each by itself first, so that the error can name it.
        if let Err(error) = parsed(&[OsString::new(), word.clone()]) {
            let found = value.to_string_lossy().into_owned();
            return Err(SettingsError::Variable { name, found, problem: problem_of(&error) });
        }
        words.push(word);
    }
    parsed(&words).map_err(|error| SettingsError::Type(format!("in the environment variables, {error}")))
}

/// The variable of an option.
fn variable_of(option: &str) -> String {
    format!("{PREFIX}{}", option.to_ascii_uppercase())
}

fn parsed(words: &[OsString]) -> Result<ServeArguments, clap::Error> {
    let command = ServeArguments::augment_args(Command::new("").disable_help_flag(true));
    ServeArguments::from_arg_matches(&command.try_get_matches_from(words)?)
}

/// What is wrong with the only value that was given.
fn problem_of(error: &clap::Error) -> String {
    if let Some(ContextValue::Strings(allowed)) = error.get(ContextKind::ValidValue)
        && !allowed.is_empty()
    {
        return format!("it must be {}", allowed.join(" or "));
    }
    error
        .source()
        .map_or_else(|| "that is no value of it".to_owned(), |source| format!("it can't be: {source}"))
}

/// Lets an error about a setting name the option or the variable that it comes from, if it comes from one.
pub(super) fn blame(
    error: SettingsError,
    arguments: &ServeArguments,
    variables: &ServeArguments,
) -> SettingsError {
    let holds = |given: &ServeArguments, setting: &str| {
        of_arguments(given).is_ok_and(|layer| layer.values.contains_key(setting))
    };
    match error {
        SettingsError::Value { setting, found, problem } if holds(arguments, setting) => {
            SettingsError::Option { name: format!("--{}", setting.replace('_', "-")), found, problem }
        }
        SettingsError::Value { setting, found, problem } if holds(variables, setting) => {
            SettingsError::Variable { name: variable_of(setting), found, problem }
        }
        other => other,
    }
}

/// The arguments, over the variables, over a file if there is one.
pub(super) fn merge(
    arguments: ServeArguments,
    variables: &ServeArguments,
    file: Option<&Path>,
) -> Result<ServeArguments, SettingsError> {
    let mut layers = vec![];
    layers.extend(file.map(read).transpose()?);
    layers.push(of_arguments(variables)?);
    layers.push(of_arguments(&arguments)?);
    let mut figment = Figment::new();
    let mut rest = layers.as_mut_slice();
    while let Some((layer, stronger)) = rest.split_first_mut() {
        // What a stronger place decides by one name, a weaker one doesn't by another.
        for names in ONE_DECISION {
            if stronger.iter().any(|layer| names.iter().any(|name| layer.values.contains_key(*name))) {
                layer.values.retain(|name, _| !names.contains(&name.as_str()));
            }
        }
        figment = figment.merge(layer.clone());
        rest = stronger;
    }
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
        // Some editors begin a text with a mark.
        Ok(_) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
    }
}

fn read(path: &Path) -> Result<Layer, SettingsError> {
    let text = read_text(path)?;
    let syntax = |problem: String| SettingsError::Syntax { path: path.to_owned(), problem };
    check_yaml_bounds(&text).map_err(|error| syntax(error.to_string()))?;
    let content: serde_norway::Value =
        serde_norway::from_str(&text).map_err(|error| syntax(error.to_string()))?;
    let values: Dict = match content {
        serde_norway::Value::Null => Dict::new(),
        mapping @ serde_norway::Value::Mapping(_) => {
            serde_norway::from_value(mapping).map_err(|error| syntax(error.to_string()))?
        }
        _ => return Err(syntax("it holds something else".to_owned())),
    };
    let mut known: Vec<String> = options().filter(|option| option != SETTINGS).collect();
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

/// The names of all options that variables may give, as keys.
fn options() -> impl Iterator<Item = String> {
    let command = ServeArguments::augment_args(Command::new(""));
    let names: Vec<String> =
        command.get_arguments().map(|argument| argument.get_id().as_str().to_owned()).collect();
    names.into_iter().filter(|name| !FLAGS_ONLY.contains(&name.as_str()))
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
