//! `pocket-tts bench`: how fast a model speaks, as one line of JSON.
//!
//! It reads no settings file and no setting from variables, so that the results depend only on the command line, the
//! variables named in the help, and the machine.

mod components;
mod figures;
mod machine;

use std::path::Path;
use std::thread;
use std::time::Instant;

use pocket_tts_core::{Error, GenerateOptions, Precision, TtsModel, Voice, VoiceSource};
use pocket_tts_settings::parse;

use crate::cli::{BenchArguments, ModelArguments};
use crate::exit::Failure;
use crate::interruption::Interruption;
use crate::model_choice::ModelChoice;
use crate::standard_output;
use figures::{Figures, Run};
use machine::{Counters, ThreadWatch};

const DEFAULT_TEXT: &str =
    "On market days the ferry crossed the bay twice before noon, loaded with apples, letters and news.";
const DEFAULT_FRAMES: usize = 125;
const DEFAULT_RUNS: usize = 5;
/// Larger than any logit.
const NEVER_ENDS: f32 = 1e9;
/// The largest number that the library accepts, so that the text is not split.
const MAX_TOKENS: usize = 10_000;
const SEED: u64 = 0;

/// Runs the subcommand.
pub(crate) fn run(arguments: &BenchArguments) -> Result<(), Failure> {
    let frames = count(arguments.frames, "FRAMES", DEFAULT_FRAMES)?;
    let runs = count(arguments.runs, "RUNS", DEFAULT_RUNS)?;
    let text = match &arguments.text {
        Some(text) => text.clone(),
        None => variable("TEXT")?.unwrap_or_else(|| DEFAULT_TEXT.to_owned()),
    };
    let streams = arguments.streams;
    if streams == 0 {
        return Err(Failure::Usage("--streams is 0, but it must be 1 or more".to_owned()));
    }
    let (choice, voice) = model_and_voice(&arguments.model)?;
    // The first load of a model writes a large file.
    let interruption = Interruption::install();

    let start = Instant::now();
    let model = load(&choice, arguments)?;
    let load_s = start.elapsed().as_secs_f64();
    interruption.ends_silently();
    let voice = model.voice(&voice.unwrap_or_else(|| model.default_voice()))?;
    let bench = Bench { model, voice, text, frames, streams, components: arguments.components };
    let figures = bench.measure(arguments.warmups, runs, load_s)?;

    let line = serde_json::to_string(&figures).map_err(|error| Failure::Internal(error.to_string()))?;
    standard_output::print(&format!("{line}\n"))
}

struct Bench {
    model: TtsModel,
    voice: Voice,
    text: String,
    frames: usize,
    streams: usize,
    components: bool,
}

impl Bench {
    fn measure(&self, warmups: usize, runs: usize, load_s: f64) -> Result<Figures, Failure> {
        let watch = ThreadWatch::start();
        for _ in 0..warmups {
            self.run()?;
        }
        let before = Counters::read();
        let start = Instant::now();
        let timed: Vec<Run> = (0..runs).map(|_| self.run()).collect::<Result<_, _>>()?;
        let usage = Counters::read().since(&before, start.elapsed());
        let audio_s = (self.streams * self.samples()) as f64 / f64::from(self.model.sample_rate_hz());
        let figures = Figures::new(self.frames, self.streams, audio_s, &timed, load_s)
            .with_machine(usage, watch.most());
        Ok(if self.components {
            figures.with_components(components::measure(&self.model, runs))
        } else {
            figures
        })
    }

    /// Speaks the text in all streams at once.
    fn run(&self) -> Result<Run, Failure> {
        let start = Instant::now();
        let spoken = thread::scope(|scope| {
            let streams: Vec<_> = (1..self.streams).map(|_| scope.spawn(|| self.speak())).collect();
            let first = self.speak();
            let others = streams.into_iter().map(|stream| stream.join().unwrap_or_else(|_| Err(bug())));
            std::iter::once(first).chain(others).collect::<Result<Vec<Run>, Failure>>()
        })?;
        let most = |time: fn(&Run) -> f64| spoken.iter().map(time).fold(0.0, f64::max);
        let mean_s = spoken.iter().map(|run| run.wall_s).sum::<f64>() / spoken.len() as f64;
        let slowest_s = most(|run| run.wall_s);
        Ok(Run {
            wall_s: start.elapsed().as_secs_f64(),
            first_chunk_s: most(|run| run.first_chunk_s),
            unfairness: slowest_s / mean_s,
        })
    }

    /// Speaks the text once, from the call to the last sample.
    fn speak(&self) -> Result<Run, Failure> {
        let options = GenerateOptions::default()
            .eos_threshold(NEVER_ENDS)
            .frame_limit(self.frames)
            .max_tokens(MAX_TOKENS)
            .seed(SEED);
        let start = Instant::now();
        let (mut first, mut samples) = (None, 0);
        for chunk in self.model.stream(&self.text, &self.voice, &options).map_err(named)? {
            let chunk = chunk?;
            first.get_or_insert_with(|| start.elapsed());
            samples += chunk.samples.len();
        }
        let wall = start.elapsed();
        if samples != self.samples() {
            return Err(Failure::Usage(format!(
                "the text was spoken in several pieces ({samples} samples instead of {}), so the results would be \
                 wrong; give a shorter --text",
                self.samples()
            )));
        }
        let first_chunk_s = first.unwrap_or(wall).as_secs_f64();
        Ok(Run { wall_s: wall.as_secs_f64(), first_chunk_s, unfairness: 1.0 })
    }

    fn samples(&self) -> usize {
        self.frames.saturating_mul(self.model.samples_per_frame())
    }
}

fn load(choice: &ModelChoice, arguments: &BenchArguments) -> Result<TtsModel, Failure> {
    let mut builder = choice.builder(arguments.model.offline);
    if let Some(precision) = arguments.speed.precision().and_then(Precision::named) {
        builder = builder.precision(precision);
    }
    if let Some(threads) = arguments.speed.threads {
        builder = builder.threads(threads);
    }
    Ok(builder.build()?)
}

/// Replaces the library's name of an option.
fn named(error: Error) -> Failure {
    match error {
        Error::InvalidOption { option: "frame_limit", problem } => {
            Failure::Usage(format!("--frames (or the variable FRAMES) {problem}"))
        }
        other => other.into(),
    }
}

fn bug() -> Failure {
    Failure::Internal("a thread of the benchmark panicked".to_owned())
}

fn model_and_voice(arguments: &ModelArguments) -> Result<(ModelChoice, Option<VoiceSource>), Failure> {
    let ModelArguments { language, config, voice, .. } = arguments;
    if language.is_some() && config.is_some() {
        let message =
            "--language and --config exclude each other; each says which model to load, so leave one out";
        return Err(Failure::Usage(message.to_owned()));
    }
    let nothing_given = language.is_none() && config.is_none() && voice.is_none();
    let (here_config, here_voice) = ("config.yaml", "voice.safetensors");
    let (config, voice) =
        if nothing_given && Path::new(here_config).exists() && Path::new(here_voice).exists() {
            (Some(here_config.to_owned()), Some(here_voice))
        } else {
            (config.clone(), voice.as_deref())
        };
    let wrong = |option: &str, error: pocket_tts_core::LocationError| {
        Failure::Usage(format!("{option} is not a location: {error}"))
    };
    let choice = ModelChoice::parse(language.clone(), config).map_err(|error| wrong("--config", error))?;
    let voice = voice.map(|voice| VoiceSource::parse(voice).map_err(|error| wrong("--voice", error)));
    Ok((choice, voice.transpose()?))
}

/// A number of at least 1: the argument, or else the variable, or else the default.
fn count(argument: Option<usize>, name: &str, default: usize) -> Result<usize, Failure> {
    let value = match (argument, variable(name)?) {
        (Some(value), _) => value,
        (None, Some(text)) => parse::count(&text)
            .map_err(|problem| Failure::Usage(format!("the variable {name} is `{text}`, but {problem}")))?,
        (None, None) => default,
    };
    if value == 0 {
        let option = name.to_ascii_lowercase();
        return Err(Failure::Usage(format!(
            "--{option} (or the variable {name}) is 0, but it must be 1 or more"
        )));
    }
    Ok(value)
}

fn variable(name: &str) -> Result<Option<String>, Failure> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::Usage(format!("the variable {name} is not UTF-8; set it to another text")))
        }
    }
}
