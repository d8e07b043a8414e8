//! The settings as they are written, each of which may be missing.
//!
//! It must not know what they mean together.

use std::ffi::OsString;

use pocket_tts_core::config::check_yaml_bounds;
use pocket_tts_settings::{Kind, Layer, Origin, Schema, SettingsError, given_variables, settings_struct};
use serde::{Deserialize, Serialize};

use crate::cli::{CommonArguments, GenerateArguments};
use crate::defaults::{DEFAULT_MAX_TOKENS, DEFAULT_OUTPUT_PATH, DEFAULT_SAMPLER_DECODE_STEPS};

/// Variables with the same prefix that are not settings of this command. They belong to the server, the library, and this
/// project's compose file, benchmarks and tests.
const FOREIGN_VARIABLES: &[&str] = &[
    "POCKET_TTS_SERVER_",
    "POCKET_TTS_WEIGHT_CACHE",
    "POCKET_TTS_API_KEYS",
    "POCKET_TTS_ALLOWED_HOST",
    "POCKET_TTS_BENCH_MODEL",
    "POCKET_TTS_GOLDENS",
    "POCKET_TTS_SOAK_DISCONNECTS",
];

settings_struct! {
    /// Every setting, by its key in settings files.
    #[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct RawSettings {
        voice: String,
        language: String,
        config: String,
        no_truncate: bool,
        resampler: String,
        voice_cache: String,
        temperature: f32,
        sampler_decode_steps: usize,
        noise_clamp: f32,
        eos_threshold: f32,
        frames_after_eos: usize,
        speed: f32,
        loudness: f32,
        output_path: String,
        format: String,
        play: bool,
        timestamps: String,
        keep_partial: bool,
        max_tokens: usize,
        seed: u64,
        normalize: bool,
        text_language: String,
        markup: bool,
        text_format: String,
        input_format: String,
        dictionary: String,
        split: String,
        sentence_pause: f32,
        paragraph_pause: f32,
        check: String,
        quiet: bool,
        offline: bool,
        precision: String,
        quantize: bool,
        threads: usize,
    }
}

/// How the settings are called.
pub(super) fn schema() -> Schema {
    Schema {
        prefix: "POCKET_TTS_",
        file_name: "settings.yaml",
        keys: RawSettings::KEYS.iter().map(|(key, _)| (*key).to_owned()).collect(),
        foreign_variables: FOREIGN_VARIABLES,
        check_yaml: |text| check_yaml_bounds(text).map_err(|error| error.to_string()),
    }
}

/// The settings among environment variables.
pub(super) fn of_environment(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    schema: &Schema,
) -> Result<Layer, SettingsError> {
    let mut values = Vec::new();
    for variable in given_variables(schema, variables)? {
        let text = variable.value.to_str().ok_or_else(|| variable.error("it must be UTF-8".to_owned()))?;
        let value = kind(&variable.key).parse(text).map_err(|problem| variable.error(problem))?;
        values.push((variable.key, value));
    }
    Ok(Layer::new(Origin::Environment, values))
}

fn kind(key: &str) -> Kind {
    RawSettings::KEYS.iter().find(|(known, _)| *known == key).map_or(Kind::Text, |(_, kind)| *kind)
}

/// The defaults.
pub(super) fn built_in() -> RawSettings {
    RawSettings {
        output_path: Some(DEFAULT_OUTPUT_PATH.to_owned()),
        max_tokens: Some(DEFAULT_MAX_TOKENS),
        sampler_decode_steps: Some(DEFAULT_SAMPLER_DECODE_STEPS),
        quiet: Some(false),
        offline: Some(false),
        ..RawSettings::default()
    }
}

/// The settings among the arguments.
pub(super) fn of_arguments(arguments: &GenerateArguments) -> RawSettings {
    let GenerateArguments { common, reading, .. } = arguments;
    let CommonArguments { model, recording, speech, speed, .. } = common;
    let words = &reading.words;
    RawSettings {
        voice: model.voice.clone(),
        language: model.language.clone(),
        config: model.config.clone(),
        no_truncate: recording.no_truncate.then_some(true),
        resampler: recording.resampler.clone(),
        voice_cache: recording.voice_cache.clone(),
        temperature: speech.temperature,
        sampler_decode_steps: speech.lsd_decode_steps.or(speech.sampler_decode_steps),
        noise_clamp: speech.noise_clamp,
        eos_threshold: speech.eos_threshold,
        frames_after_eos: speech.frames_after_eos,
        speed: speech.speed,
        loudness: speech.loudness,
        output_path: arguments.output_path.clone(),
        format: arguments.format.clone(),
        play: arguments.play.then_some(true),
        timestamps: arguments.timestamps.clone(),
        keep_partial: arguments.keep_partial.then_some(true),
        max_tokens: speech.max_tokens,
        seed: speech.seed,
        normalize: switch(words.normalize, words.no_normalize),
        text_language: words.text_language.clone(),
        markup: switch(reading.markup, reading.no_markup),
        text_format: reading.text_format.clone(),
        input_format: reading.input_format.clone(),
        dictionary: words.dictionary.clone(),
        split: words.split.clone(),
        sentence_pause: words.sentence_pause,
        paragraph_pause: words.paragraph_pause,
        check: speech.check.clone(),
        quiet: common.quiet.then_some(true),
        offline: model.offline.then_some(true),
        precision: speed.precision.clone(),
        quantize: switch(speed.quantize, speed.no_quantize),
        threads: speed.threads,
    }
}

/// A setting with an argument to turn it on and one to turn it off.
fn switch(on: bool, off: bool) -> Option<bool> {
    if on { Some(true) } else { off.then_some(false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_parses_to_its_field_s_type() {
        for (key, kind) in RawSettings::KEYS {
            let value = kind.parse("1").unwrap();
            let settings: RawSettings = figment::Figment::from((*key, value))
                .extract()
                .unwrap_or_else(|error| panic!("{key}: {error}"));
            assert_ne!(settings, RawSettings::default(), "{key}");
        }
    }
}
