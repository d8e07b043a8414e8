//! The settings that say how a text is read.

use std::fs;
use std::path::Path;
use std::time::Duration;

use pocket_tts_core::{Dictionary, GenerateOptions, InputFormat, Language, Splitting, TextFormat};
use pocket_tts_settings::{SettingsError, Stack};

use super::raw::RawSettings;
use crate::defaults::{DEFAULT_PARAGRAPH_PAUSE_S, DEFAULT_SENTENCE_PAUSE_S, SPLITTINGS};

/// The longest pause, in seconds.
const MAX_PAUSE_S: f32 = 3_600.0;

/// `options` with the settings of the text. `text_file` is the file of the text, if there is one.
pub(super) fn reading(
    options: GenerateOptions,
    stack: &Stack,
    raw: &RawSettings,
    text_file: Option<&Path>,
) -> Result<GenerateOptions, SettingsError> {
    let markup = raw.markup.unwrap_or(true);
    let format = text_format(stack, raw)?;
    let sentence_pause = pause(stack, "sentence_pause", raw.sentence_pause, DEFAULT_SENTENCE_PAUSE_S)?;
    let paragraph_pause = pause(stack, "paragraph_pause", raw.paragraph_pause, DEFAULT_PARAGRAPH_PAUSE_S)?;
    let normalize = raw.normalize.unwrap_or(true);
    Ok(options
        .normalize(normalize)
        .text_language(language(stack, raw)?)
        .markup(markup.then_some(format))
        .input_format(input_format(stack, raw, text_file, normalize)?)
        .dictionary(dictionary(stack, raw)?)
        .splitting(splitting(stack, raw)?)
        .sentence_pause(sentence_pause)
        .paragraph_pause(paragraph_pause))
}

fn text_format(stack: &Stack, raw: &RawSettings) -> Result<TextFormat, SettingsError> {
    let Some(name) = &raw.text_format else { return Ok(TextFormat::Auto) };
    TextFormat::from_name(name).ok_or_else(|| {
        let names = TextFormat::NAMES.join(", ");
        stack.error("text_format", name.clone(), format!("it must be one of {names}"))
    })
}

fn input_format(
    stack: &Stack,
    raw: &RawSettings,
    text_file: Option<&Path>,
    normalize: bool,
) -> Result<Option<InputFormat>, SettingsError> {
    if let Some(name) = &raw.input_format {
        return InputFormat::from_name(name).map(Some).ok_or_else(|| {
            let names = InputFormat::NAMES.join(", ");
            stack.error("input_format", name.clone(), format!("it must be one of {names}"))
        });
    }
    let by_ending =
        text_file.map_or(InputFormat::Text, |file| InputFormat::of_file_name(&file.to_string_lossy()));
    // Without normalization the emoji of a plain text reach the model, as in the Python package.
    Ok(Some(by_ending).filter(|format| normalize || *format != InputFormat::Text))
}

fn language(stack: &Stack, raw: &RawSettings) -> Result<Option<Language>, SettingsError> {
    let Some(name) = &raw.text_language else { return Ok(None) };
    Language::of_name(name).map(Some).ok_or_else(|| {
        let names = Language::ALL.map(Language::name).join(", ");
        stack.error("text_language", name.clone(), format!("it must be one of {names}, or a code such as fr"))
    })
}

fn dictionary(stack: &Stack, raw: &RawSettings) -> Result<Option<Dictionary>, SettingsError> {
    let Some(path) = &raw.dictionary else { return Ok(None) };
    let wrong = |problem: String| stack.error("dictionary", path.clone(), problem);
    let text = fs::read_to_string(path)
        .map_err(|error| wrong(format!("it cannot be read: {error}; check its path and its permissions")))?;
    Dictionary::parse(&text).map(Some).map_err(|error| wrong(format!("{error}; {}", error.help)))
}

fn splitting(stack: &Stack, raw: &RawSettings) -> Result<Splitting, SettingsError> {
    let Some(name) = &raw.split else { return Ok(Splitting::Natural) };
    let known = SPLITTINGS.into_iter().find(|(known, _)| known == name);
    known.map(|(_, splitting)| splitting).ok_or_else(|| {
        let names = SPLITTINGS.map(|(name, _)| name).join(" or ");
        stack.error("split", name.clone(), format!("it must be {names}"))
    })
}

fn pause(
    stack: &Stack,
    key: &'static str,
    seconds: Option<f32>,
    default_s: f32,
) -> Result<Duration, SettingsError> {
    let allowed = format!("it must be a number from 0 to {MAX_PAUSE_S}");
    stack.demand(key, seconds, |seconds| (0.0..=MAX_PAUSE_S).contains(seconds), &allowed)?;
    Ok(Duration::from_secs_f32(seconds.unwrap_or(default_s)))
}
