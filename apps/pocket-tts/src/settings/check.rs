//! The settings of a run, merged from all their places and checked as a whole.
//!
//! It must not load models or write sound.

use std::path::{Path, PathBuf};

use pocket_tts_audio::{AudioFormat, MAX_LOUDNESS_LUFS, MAX_SPEED, MIN_LOUDNESS_LUFS, MIN_SPEED};
use pocket_tts_captions::CaptionFormat;
use pocket_tts_core::{GenerateOptions, Precision, VoiceOptions, VoiceSource};
use pocket_tts_settings::{Layer, Names, Origin, SettingsError, Stack, settings_file};

use super::choices;
use super::raw::{RawSettings, built_in, of_arguments, of_environment, schema};
use super::reading::reading;
use crate::cli::GenerateArguments;
use crate::defaults::{DEFAULT_MAX_TOKENS, DEFAULT_SAMPLER_DECODE_STEPS};
use crate::exit::Failure;
use crate::model_choice::ModelChoice;
use crate::output::Output;

/// Noise of a higher variance drowns everything that a model has learned.
const MAX_TEMPERATURE: f32 = 100.0;
/// The largest number of threads that can be chosen.
const MOST_THREADS: usize = pocket_tts_core::MOST_THREADS;

/// The settings about where the one speech of `generate` goes.
const OF_OUTPUT: [&str; 4] = ["output_path", "play", "timestamps", "keep_partial"];

/// The checked settings. Only the model can show further errors.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) model: ModelChoice,
    /// The model's own if absent.
    pub(crate) voice: Option<VoiceSource>,
    pub(crate) voice_options: VoiceOptions,
    /// The cache of prepared voices, if there is one.
    pub(crate) voice_cache: Option<PathBuf>,
    pub(crate) options: GenerateOptions,
    pub(crate) output: Output,
    /// By the extension of the output if absent.
    pub(crate) format: Option<AudioFormat>,
    /// Whether the speech is played.
    pub(crate) play: bool,
    /// The loudness in LUFS; as the model speaks if absent.
    pub(crate) loudness_lufs: Option<f64>,
    /// How many times as fast as the model speaks.
    pub(crate) speed: f64,
    /// The file of captions, if one is wanted.
    pub(crate) timestamps: Option<(PathBuf, CaptionFormat)>,
    /// Whether an interrupted run keeps the audio so far.
    pub(crate) keep_partial: bool,
    pub(crate) quiet: bool,
    pub(crate) offline: bool,
    pub(crate) precision: Precision,
    /// One for each core if absent.
    pub(crate) threads: Option<usize>,
    /// How the settings were given.
    names: Names,
}

impl Settings {
    /// Merges the settings of all sources and checks them.
    pub(crate) fn gather(arguments: &GenerateArguments) -> Result<Self, Failure> {
        Self::check(&stack(layers(arguments)?)?, arguments.text_file.as_deref())
    }

    /// As [`gather`](Self::gather), for a subcommand with outputs of its own. Settings of `generate`'s output don't count, as
    /// they would change how sentences are checked.
    pub(crate) fn gather_without_output(arguments: &GenerateArguments) -> Result<Self, Failure> {
        Self::check(&stack(layers_without_output(arguments)?)?, None)
    }

    /// Checks merged settings.
    pub(super) fn check(stack: &Stack, text_file: Option<&Path>) -> Result<Self, Failure> {
        let raw: RawSettings = stack.merge()?;
        check_ranges(stack, &raw)?;
        let model = model(stack, &raw)?;
        let voice = raw.voice.as_deref().map(VoiceSource::parse).transpose();
        let voice = voice.map_err(|error| wrong_location(stack, "voice", &error))?;
        let voice_options = VoiceOptions::default()
            .truncate(!raw.no_truncate.unwrap_or_default())
            .resampler(choices::resampler(stack, raw.resampler.as_deref())?);
        let precision = choices::precision(stack, &raw)?;
        let (output, format) = choices::output(stack, &raw)?;
        let speed = raw.speed.map_or(1.0, f64::from);
        let options = GenerateOptions::default()
            .temperature(raw.temperature)
            .noise_clamp(raw.noise_clamp)
            .eos_threshold(raw.eos_threshold)
            .sampler_decode_steps(raw.sampler_decode_steps.unwrap_or(DEFAULT_SAMPLER_DECODE_STEPS))
            .frames_after_eos(raw.frames_after_eos)
            .max_tokens(raw.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS))
            .seed(raw.seed)
            .speed(speed);
        let options = reading(options, stack, &raw, text_file)?;
        let timestamps = choices::timestamps(stack, &raw)?;
        let is_heard = output.is_streamed() || raw.play.unwrap_or_default();
        let options = options.check(choices::check(stack, &raw, is_heard)?).timings(timestamps.is_some());
        Ok(Self {
            model,
            voice,
            voice_options,
            voice_cache: raw.voice_cache.map(PathBuf::from),
            options,
            output,
            format,
            play: raw.play.unwrap_or_default(),
            loudness_lufs: raw.loudness.map(f64::from),
            speed,
            timestamps,
            keep_partial: raw.keep_partial.unwrap_or_default(),
            quiet: raw.quiet.unwrap_or_default(),
            offline: raw.offline.unwrap_or_default(),
            precision,
            threads: raw.threads,
            names: stack.names(),
        })
    }

    /// Refuses captions that would replace the input `input`, whose role is for the message, or the audio.
    pub(crate) fn refuse_captions_in(&self, input: &Path, role: &str) -> Result<(), Failure> {
        match &self.timestamps {
            Some((path, _)) => Output::File(path.clone()).refuse_input(input, role),
            None => Ok(()),
        }
    }

    /// Replaces the library's name of a rejected option by the one that the user wrote.
    pub(crate) fn named(&self, error: pocket_tts_core::Error) -> Failure {
        match error {
            pocket_tts_core::Error::InvalidOption { option, problem } => {
                let name = self.names.get(option).unwrap_or(option);
                let parts = problem.strip_prefix("is ").and_then(|rest| rest.split_once(", but must "));
                Failure::Usage(match parts {
                    Some((found, allowed)) => {
                        format!("invalid value `{found}` for {name}; it must {allowed}")
                    }
                    None => format!("{name} {problem}"),
                })
            }
            other => other.into(),
        }
    }
}

/// The settings of all sources.
fn layers(arguments: &GenerateArguments) -> Result<Vec<Layer>, SettingsError> {
    let schema = schema();
    let file = settings_file(arguments.common.settings.as_deref(), &schema, |name| std::env::var_os(name));
    let file = file.map(|path| Layer::read(path, &schema)).transpose()?;
    let environment = of_environment(std::env::vars_os(), &schema)?;
    let arguments = Layer::of_struct(Origin::Arguments, &of_arguments(arguments))?;
    Ok(file.into_iter().chain([environment, arguments]).collect())
}

/// The settings of all sources, except the ones of `generate`'s output.
pub(super) fn layers_without_output(arguments: &GenerateArguments) -> Result<Vec<Layer>, SettingsError> {
    Ok(layers(arguments)?.into_iter().map(|layer| layer.without(&OF_OUTPUT)).collect())
}

/// The layers on top of the defaults.
pub(super) fn stack(layers: impl IntoIterator<Item = Layer>) -> Result<Stack, SettingsError> {
    let defaults = Layer::of_struct(Origin::BuiltIn, &built_in())?;
    Ok(Stack::new(schema(), std::iter::once(defaults).chain(layers)))
}

/// Checks the ranges that do not depend on the model. The library checks the others.
fn check_ranges(stack: &Stack, raw: &RawSettings) -> Result<(), SettingsError> {
    let zero_or_more = |value: &f32| value.is_finite() && *value >= 0.0;
    let some = |count: &usize| *count > 0;
    let temperature = |value: &f32| (0.0..=MAX_TEMPERATURE).contains(value);
    let allowed = format!("it must be a number from 0 to {MAX_TEMPERATURE}");
    stack.demand("temperature", raw.temperature, temperature, &allowed)?;
    stack.demand("noise_clamp", raw.noise_clamp, zero_or_more, "it must be a number of 0 or more")?;
    stack.demand("eos_threshold", raw.eos_threshold, |value| !value.is_nan(), "it must be a number")?;
    let threads = |count: &usize| (1..=MOST_THREADS).contains(count);
    stack.demand("threads", raw.threads, threads, &format!("it must be from 1 to {MOST_THREADS}"))?;
    stack.demand(
        "speed",
        raw.speed,
        |speed| (MIN_SPEED..=MAX_SPEED).contains(&f64::from(*speed)),
        "it must be a number from 0.25 (slow) to 4 (fast)",
    )?;
    stack.demand(
        "loudness",
        raw.loudness,
        |loudness| (MIN_LOUDNESS_LUFS..=MAX_LOUDNESS_LUFS).contains(&f64::from(*loudness)),
        "it must be a number from -70 to -5 (LUFS)",
    )?;
    stack.demand("max_tokens", raw.max_tokens, some, "it must be 1 or more")?;
    stack.demand("sampler_decode_steps", raw.sampler_decode_steps, some, "it must be 1 or more")?;
    stack.demand(
        "voice_cache",
        raw.voice_cache.as_ref(),
        |path| !path.is_empty(),
        "it must name a folder",
    )?;
    stack.demand("output_path", raw.output_path.as_ref(), |path| !path.is_empty(), "it must name a file")
}

/// The stronger of language and config.
fn model(stack: &Stack, raw: &RawSettings) -> Result<ModelChoice, Failure> {
    let (language, config) = (stack.origin("language"), stack.origin("config"));
    if language.is_some() && language == config {
        return Err(SettingsError::Conflict {
            first: stack.name("language"),
            second: stack.name("config"),
            advice: "each says which model to load, so leave one out".to_owned(),
        }
        .into());
    }
    let (language, config) =
        if language > config { (raw.language.clone(), None) } else { (None, raw.config.clone()) };
    ModelChoice::parse(language, config).map_err(|error| wrong_location(stack, "config", &error))
}

fn wrong_location(stack: &Stack, key: &str, error: &pocket_tts_core::LocationError) -> Failure {
    Failure::Usage(format!("{} is not a location: {error}", stack.name(key)))
}
