//! What to do, decided: built-in defaults, under the settings file, under `POCKET_TTS_*` variables, under the
//! arguments; then checked as a whole.
//!
//! It must not load models or write sound.

mod choices;
mod error;
mod layers;
pub(crate) mod parse;
mod raw;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::PathBuf;

use figment::Figment;
use pocket_tts_audio::{AudioFormat, MAX_SPEED, MIN_SPEED};
use pocket_tts_core::{GenerateOptions, Precision, Resampler, VoiceOptions, VoiceSource};

pub(crate) use error::SettingsError;

use crate::cli::GenerateArguments;
use crate::exit::Failure;
use crate::model_choice::ModelChoice;
use crate::output::Output;
use layers::{Layer, Origin};
use raw::{RawSettings, kind};

/// Where the sound goes if nobody says.
pub(crate) const DEFAULT_OUTPUT_PATH: &str = "./tts_output.wav";
/// Most tokens spoken in one go if nobody says.
pub(crate) const DEFAULT_MAX_TOKENS: usize = 50;
/// Sampler steps if nobody says.
pub(crate) const DEFAULT_SAMPLER_DECODE_STEPS: usize = 1;

/// What brings recordings to the model's rate, by name.
pub(crate) const RESAMPLERS: [(&str, Resampler); 2] =
    [("high-quality", Resampler::HighQuality), ("reference", Resampler::Reference)];

/// What the language model's weights can be kept in, by name.
pub(crate) const PRECISIONS: [&str; 3] =
    [Precision::ALL[0].name(), Precision::ALL[1].name(), Precision::ALL[2].name()];
/// Noise of more variance drowns whatever a model has learned.
const MAX_TEMPERATURE: f32 = 100.0;
/// Most threads that can be asked for.
const MOST_THREADS: usize = pocket_tts_core::MOST_THREADS;

/// How settings are given, for `--help`.
pub(crate) const HELP: &str = "\
Settings:
  What the arguments leave open is taken from environment variables named after the options, such as \
POCKET_TTS_VOICE or POCKET_TTS_MAX_TOKENS, then from a settings file, a YAML mapping such as

      language: french
      voice: estelle
      max_tokens: 40

  The file is the one of --settings, or else of the variable POCKET_TTS_SETTINGS, or else \
$XDG_CONFIG_HOME/pocket-tts/settings.yaml (~/.config without that variable) if it exists. All options \
can be set so but those for the text and --settings. The ending of --output-path is stronger than a format from a \
variable or a file. A language overrides a config from a weaker place, and the \
other way round.

  Loaded weights are kept, to load sooner next time, in the folder that the variable POCKET_TTS_WEIGHT_CACHE names, or \
else in $XDG_CACHE_HOME/pocket-tts/packed (~/.cache without that variable); off keeps none.";

/// What to do, with nothing left to doubt but what only the model can tell.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) model: ModelChoice,
    /// The model's own if absent.
    pub(crate) voice: Option<VoiceSource>,
    pub(crate) voice_options: VoiceOptions,
    /// Where prepared voices are kept, if anywhere.
    pub(crate) voice_cache: Option<PathBuf>,
    pub(crate) options: GenerateOptions,
    pub(crate) output: Output,
    /// That of the output's name if absent.
    pub(crate) format: Option<AudioFormat>,
    pub(crate) speed: f64,
    /// Whether an interrupted run leaves what has been spoken by then.
    pub(crate) keep_partial: bool,
    pub(crate) quiet: bool,
    pub(crate) offline: bool,
    pub(crate) precision: Precision,
    /// As many as there are cores if absent.
    pub(crate) threads: Option<usize>,
    /// How the settings that are given are called where they come from.
    names: BTreeMap<String, String>,
}

/// Settings laid over each other, with the places they came from.
#[derive(Debug)]
struct Stack {
    /// Weakest first.
    layers: Vec<Layer>,
}

impl Settings {
    /// Takes the settings from all their places and checks them.
    pub(crate) fn gather(arguments: &GenerateArguments) -> Result<Self, Failure> {
        let file = Layer::of_file(arguments.settings.as_deref(), |name| std::env::var_os(name))?;
        let environment = Layer::of_environment(std::env::vars_os())?;
        let layers = [layer(Origin::BuiltIn, built_in())?]
            .into_iter()
            .chain(file)
            .chain([environment, layer(Origin::Arguments, of_arguments(arguments))?])
            .collect();
        Stack { layers }.check()
    }

    /// Puts the name that the user wrote in the place of the library's for an option that it refuses.
    pub(crate) fn named(&self, error: pocket_tts_core::Error) -> Failure {
        match error {
            pocket_tts_core::Error::InvalidOption { option, problem } => {
                let name = self.names.get(option).cloned();
                Failure::Usage(format!("{} {problem}", name.unwrap_or_else(|| option.to_owned())))
            }
            other => other.into(),
        }
    }
}

impl Stack {
    fn check(&self) -> Result<Settings, Failure> {
        let raw = self.merge()?;
        self.check_ranges(&raw)?;
        let model = self.model(&raw)?;
        let voice = raw
            .voice
            .as_deref()
            .map(|voice| VoiceSource::parse(voice).map_err(|error| self.wrong_location("voice", &error)));
        let voice_options = VoiceOptions::default()
            .truncate(!raw.no_truncate.unwrap_or_default())
            .resampler(self.resampler(raw.resampler.as_deref())?);
        let precision = self.precision(&raw)?;
        let (output, format) = self.output(&raw)?;
        let options = GenerateOptions::default()
            .temperature(raw.temperature)
            .noise_clamp(raw.noise_clamp)
            .eos_threshold(raw.eos_threshold)
            .sampler_decode_steps(raw.sampler_decode_steps.unwrap_or(DEFAULT_SAMPLER_DECODE_STEPS))
            .frames_after_eos(raw.frames_after_eos)
            .max_tokens(raw.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS))
            .seed(raw.seed);
        Ok(Settings {
            model,
            voice: voice.transpose()?,
            voice_options,
            voice_cache: raw.voice_cache.map(PathBuf::from),
            options,
            output,
            format,
            speed: raw.speed.map_or(1.0, f64::from),
            keep_partial: raw.keep_partial.unwrap_or_default(),
            quiet: raw.quiet.unwrap_or_default(),
            offline: raw.offline.unwrap_or_default(),
            precision,
            threads: raw.threads,
            names: self.names(),
        })
    }

    /// What is wrong whatever the model; the library checks the rest against the model.
    fn check_ranges(&self, raw: &RawSettings) -> Result<(), SettingsError> {
        let zero_or_more = |value: &f32| value.is_finite() && *value >= 0.0;
        let some = |count: &usize| *count > 0;
        let temperature = |value: &f32| (0.0..=MAX_TEMPERATURE).contains(value);
        let allowed = format!("it must be a number from 0 to {MAX_TEMPERATURE}");
        self.demand("temperature", raw.temperature, temperature, &allowed)?;
        self.demand("noise_clamp", raw.noise_clamp, zero_or_more, "it must be a number of 0 or more")?;
        self.demand("eos_threshold", raw.eos_threshold, |value| !value.is_nan(), "it must be a number")?;
        let threads = |count: &usize| (1..=MOST_THREADS).contains(count);
        self.demand("threads", raw.threads, threads, &format!("it must be from 1 to {MOST_THREADS}"))?;
        self.demand(
            "speed",
            raw.speed,
            |speed| (MIN_SPEED..=MAX_SPEED).contains(&f64::from(*speed)),
            "it must be a number from 0.25 (slow) to 4 (fast)",
        )?;
        self.demand("max_tokens", raw.max_tokens, some, "it must be 1 or more")?;
        self.demand("sampler_decode_steps", raw.sampler_decode_steps, some, "it must be 1 or more")?;
        self.demand(
            "voice_cache",
            raw.voice_cache.as_ref(),
            |path| !path.is_empty(),
            "it must name a folder",
        )?;
        self.demand("output_path", raw.output_path.as_ref(), |path| !path.is_empty(), "it must name a file")
    }

    fn merge(&self) -> Result<RawSettings, SettingsError> {
        let mut figment = Figment::new();
        for layer in &self.layers {
            figment = figment.merge(layer.clone());
        }
        figment.extract().map_err(|error| self.wrong_type(&error))
    }

    /// The stronger of language and config.
    fn model(&self, raw: &RawSettings) -> Result<ModelChoice, Failure> {
        let (language, config) = (self.origin("language"), self.origin("config"));
        if language == config
            && let Some(origin) = language
        {
            return Err(SettingsError::TwoModels {
                language: origin.name_of("language"),
                config: origin.name_of("config"),
            }
            .into());
        }
        let (language, config) =
            if language > config { (raw.language.clone(), None) } else { (None, raw.config.clone()) };
        ModelChoice::parse(language, config).map_err(|error| self.wrong_location("config", &error))
    }

    /// The strongest place that has the setting `key`.
    fn origin(&self, key: &str) -> Option<&Origin> {
        self.layers.iter().rev().find(|layer| layer.values.contains_key(key)).map(|layer| &layer.origin)
    }

    /// How the settings that are given are called where they come from.
    fn names(&self) -> BTreeMap<String, String> {
        let keys = self.layers.iter().filter(|layer| layer.origin != Origin::BuiltIn);
        keys.flat_map(|layer| layer.values.keys()).map(|key| (key.clone(), self.name(key))).collect()
    }

    /// How the setting `key` is called where it comes from.
    fn name(&self, key: &str) -> String {
        self.origin(key).unwrap_or(&Origin::BuiltIn).name_of(key)
    }

    fn demand<T: Display>(
        &self,
        key: &str,
        value: Option<T>,
        holds: impl Fn(&T) -> bool,
        problem: &str,
    ) -> Result<(), SettingsError> {
        match value.filter(|value| !holds(value)) {
            None => Ok(()),
            Some(value) => Err(SettingsError::Value {
                setting: self.name(key),
                found: value.to_string(),
                problem: problem.to_owned(),
            }),
        }
    }

    fn wrong_location(&self, key: &str, error: &pocket_tts_core::LocationError) -> Failure {
        Failure::Usage(format!("{} is no location: {error}", self.name(key)))
    }

    fn wrong_type(&self, error: &figment::Error) -> SettingsError {
        use figment::error::Kind;
        let key = error.path.first().map(String::as_str).unwrap_or_default();
        match (&error.kind, kind(key)) {
            (Kind::InvalidType(found, _) | Kind::InvalidValue(found, _), Some(kind)) => {
                SettingsError::Value {
                    setting: self.name(key),
                    found: shown(found),
                    problem: format!("it must be {}", kind.expectation()),
                }
            }
            // Figment's own text for it would name its profile before the key.
            (kind, _) if key.is_empty() => SettingsError::Other(kind.to_string()),
            (kind, _) => SettingsError::Other(format!("{}: {kind}", self.name(key))),
        }
    }
}

/// A value as it is written in a settings file.
fn shown(found: &figment::error::Actual) -> String {
    use figment::error::Actual;
    match found {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Char(value) => value.to_string(),
        Actual::Str(value) => value.clone(),
        Actual::Seq => "[…]".to_owned(),
        Actual::Map => "{…}".to_owned(),
        other => other.to_string(),
    }
}

fn layer(origin: Origin, settings: RawSettings) -> Result<Layer, SettingsError> {
    Ok(Layer { origin, values: settings.into_values()? })
}

fn built_in() -> RawSettings {
    RawSettings {
        output_path: Some(DEFAULT_OUTPUT_PATH.to_owned()),
        max_tokens: Some(DEFAULT_MAX_TOKENS),
        sampler_decode_steps: Some(DEFAULT_SAMPLER_DECODE_STEPS),
        quiet: Some(false),
        offline: Some(false),
        ..RawSettings::default()
    }
}

fn of_arguments(arguments: &GenerateArguments) -> RawSettings {
    let GenerateArguments { model, recording, speech, .. } = arguments;
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
        output_path: arguments.output_path.clone(),
        format: arguments.format.clone(),
        keep_partial: arguments.keep_partial.then_some(true),
        max_tokens: speech.max_tokens,
        seed: speech.seed,
        quiet: arguments.quiet.then_some(true),
        offline: model.offline.then_some(true),
        precision: arguments.speed.precision.clone(),
        quantize: match &arguments.speed {
            speed if speed.quantize => Some(true),
            speed => speed.no_quantize.then_some(false),
        },
        threads: arguments.speed.threads,
    }
}
