//! The places that settings come from, and how they are merged.
//!
//! It must not know what a setting means.

use std::{error::Error, ffi::OsString};

use clap::{
    Args, Command, FromArgMatches,
    error::{ContextKind, ContextValue},
};
use pocket_tts_core::config::check_yaml_bounds;
use pocket_tts_settings::{
    Layer, Origin, Schema, SettingsError, Stack, given_variables, parse::in_plain_words, settings_file,
};

use super::{
    arguments::{ServeArguments, TextArguments},
    written::Secrets,
};

/// The prefix of the variables.
const PREFIX: &str = "POCKET_TTS_SERVER_";
/// The variable of keys, which has no option.
pub(super) const KEYS_VARIABLE: &str = "POCKET_TTS_SERVER_API_KEYS";
/// The setting of keys, which has no option.
const KEYS: &str = "api_keys";
/// Options that neither a variable nor a settings file can give.
const FLAGS_ONLY: [&str; 5] = ["settings", "reload", "no_quantize", "no_normalize", "no_markup"];
/// Groups of settings that decide the same thing.
const ALTERNATIVES: [&[&str]; 2] = [&["language", "config"], &["precision", "quantize"]];

/// How the settings are called: by the names of the options.
pub(super) fn schema() -> Schema {
    let command = ServeArguments::augment_args(Command::new(""));
    let options = command.get_arguments().map(|argument| argument.get_id().as_str());
    let mut keys: Vec<String> =
        options.filter(|option| !FLAGS_ONLY.contains(option)).map(str::to_owned).collect();
    keys.push(KEYS.to_owned());
    Schema {
        prefix: PREFIX,
        file_name: "server.yaml",
        keys,
        foreign_variables: &[],
        check_yaml: |text| check_yaml_bounds(text).map_err(|error| error.to_string()),
    }
}

/// The settings file under the variables under the arguments. `variable` reads the environment.
pub(super) fn stack(
    arguments: &ServeArguments,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Stack, SettingsError> {
    let schema = schema();
    let of_variables = Layer::of_struct(Origin::Environment, &of_variables(variables, &schema)?)?;
    let of_arguments = Layer::of_struct(Origin::Arguments, arguments)?;
    let file = settings_file(arguments.settings.as_deref(), &schema, variable);
    let file = file.map(|path| Layer::read(path, &schema)).transpose()?;
    let layers = file.into_iter().chain([of_variables, of_arguments]);
    Ok(Stack::new(schema, layers).with_alternatives(&ALTERNATIVES))
}

/// The settings of the variables, parsed as the options of the same names.
fn of_variables(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    schema: &Schema,
) -> Result<ServeArguments, SettingsError> {
    let given = given_variables(schema, variables)?;
    let has = |key: &str| given.iter().any(|variable| variable.key == key);
    if has("precision") && has("quantize") {
        return Err(SettingsError::Conflict {
            first: schema.variable("quantize"),
            second: schema.variable("precision"),
            advice: "leave one out".to_owned(),
        });
    }
    let mut words = vec![OsString::new()];
    for variable in given.iter().filter(|variable| variable.key != KEYS) {
        let mut word = OsString::from(format!("--{}=", variable.key.replace('_', "-")));
        word.push(&variable.value);
        // Each by itself first, so that the error can name it.
        if let Err(error) = parsed(&[OsString::new(), word.clone()]) {
            return Err(variable.error(problem_of(&error)));
        }
        words.push(word);
    }
    parsed(&words).map_err(|error| SettingsError::Other(error.to_string()))
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
        .map_or_else(|| "it is not allowed".to_owned(), |source| in_plain_words(&source.to_string()))
}

/// The merged settings, with the options that only the command line can give.
pub(super) fn merge(arguments: &ServeArguments, stack: &Stack) -> Result<ServeArguments, SettingsError> {
    Ok(ServeArguments {
        settings: arguments.settings.clone(),
        reload: arguments.reload,
        listen: stack.merge()?,
        models: stack.merge()?,
        voices: stack.merge()?,
        texts: TextArguments {
            no_normalize: arguments.texts.no_normalize,
            no_markup: arguments.texts.no_markup,
            ..stack.merge()?
        },
        limits: stack.merge()?,
        access: stack.merge()?,
    })
}

/// The keys of the variable.
pub(super) fn keys_of(variable: Option<OsString>) -> Secrets {
    let text = variable.map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
    Secrets(text.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect())
}
