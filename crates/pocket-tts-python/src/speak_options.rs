//! How to speak, as the Python half says it.

use std::time::Duration;

use pocket_tts_core::{
    Check, Dictionary, GenerateOptions, InputFormat, Language, NormalizationRule, Splitting, TextFormat,
};
use pyo3::prelude::*;

use crate::errors::Class;

/// The options of a request, by their keys in a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct SpeakOptions {
    temp: Option<f32>,
    noise_clamp: Option<f32>,
    sampler_decode_steps: i64,
    eos_threshold: Option<f32>,
    frames_after_eos: Option<i64>,
    frame_limit: Option<i64>,
    max_tokens: i64,
    seed: Option<u64>,
    speed: f64,
    /// Seconds.
    sentence_pause: f64,
    /// Seconds.
    paragraph_pause: f64,
    timings: bool,
    check: Option<String>,
    splitting: String,
    keep_unknown_characters: bool,
    normalize: bool,
    disabled_rules: Vec<String>,
    text_language: Option<String>,
    markup: Option<String>,
    input_format: Option<String>,
    /// TOML.
    dictionary: Option<String>,
}

impl SpeakOptions {
    /// Whether characters that the model doesn't know are passed to it.
    pub(crate) fn keep_unknown_characters(&self) -> bool {
        self.keep_unknown_characters
    }

    /// The library's options; their ranges are checked when they are used.
    pub(crate) fn resolve(self) -> PyResult<GenerateOptions> {
        let mut options = GenerateOptions::default()
            .temperature(self.temp)
            .noise_clamp(self.noise_clamp)
            .sampler_decode_steps(whole("sampler_decode_steps", self.sampler_decode_steps)?)
            .eos_threshold(self.eos_threshold)
            .frames_after_eos(self.frames_after_eos.map(|n| whole("frames_after_eos", n)).transpose()?)
            .frame_limit(self.frame_limit.map(|n| whole("frame_limit", n)).transpose()?)
            .max_tokens(whole("max_tokens", self.max_tokens)?)
            .seed(self.seed)
            .speed(self.speed)
            .sentence_pause(pause("sentence_pause", self.sentence_pause)?)
            .paragraph_pause(pause("paragraph_pause", self.paragraph_pause)?)
            .timings(self.timings)
            .check(check(self.check.as_deref())?)
            .splitting(splitting(&self.splitting)?)
            .keep_unknown_characters(self.keep_unknown_characters)
            .normalize(self.normalize)
            .text_language(self.text_language.as_deref().map(language).transpose()?)
            .markup(self.markup.as_deref().map(text_format).transpose()?)
            .input_format(self.input_format.as_deref().map(input_format).transpose()?)
            .dictionary(self.dictionary.as_deref().map(dictionary).transpose()?);
        for name in &self.disabled_rules {
            options = options.without_rule(rule(name)?);
        }
        Ok(options)
    }
}

/// The language of a name or a code.
pub(crate) fn language(name: &str) -> PyResult<Language> {
    Language::of_name(name).ok_or_else(|| unknown("language", name, &Language::ALL.map(Language::name)))
}

/// The rule of normalization with this name.
pub(crate) fn rule(name: &str) -> PyResult<NormalizationRule> {
    NormalizationRule::of_name(name)
        .ok_or_else(|| unknown("rule", name, &NormalizationRule::ALL.map(NormalizationRule::name)))
}

fn whole(option: &str, number: i64) -> PyResult<usize> {
    usize::try_from(number)
        .map_err(|_| Class::Request.exception(format!("`{option}` is {number}, but must be 0 or more")))
}

fn pause(option: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        Class::Request.exception(format!("`{option}` is {seconds}, but must be from 0 to 3600 s"))
    })
}

fn check(name: Option<&str>) -> PyResult<Check> {
    Ok(match name {
        None | Some("off") => Check::Off,
        Some("report") => Check::Report,
        Some("repeat") => Check::Repeat,
        Some("repeat-waiting") => Check::RepeatWaiting,
        Some(name) => return Err(unknown("check", name, &["off", "report", "repeat", "repeat-waiting"])),
    })
}

fn splitting(name: &str) -> PyResult<Splitting> {
    match name {
        "reference" => Ok(Splitting::Reference),
        "natural" => Ok(Splitting::Natural),
        _ => Err(unknown("splitting", name, &["reference", "natural"])),
    }
}

fn text_format(name: &str) -> PyResult<TextFormat> {
    TextFormat::from_name(name).ok_or_else(|| unknown("markup", name, &TextFormat::NAMES))
}

fn input_format(name: &str) -> PyResult<InputFormat> {
    InputFormat::from_name(name).ok_or_else(|| unknown("input_format", name, &InputFormat::NAMES))
}

fn dictionary(text: &str) -> PyResult<Dictionary> {
    Dictionary::parse(text).map_err(|error| Class::Request.exception(format!("`dictionary`: {error}")))
}

fn unknown(option: &str, found: &str, allowed: &[&str]) -> PyErr {
    let problem =
        format!("`{option}` is `{}`, but must be one of {}", found.escape_debug(), allowed.join(", "));
    Class::Request.exception(problem)
}
