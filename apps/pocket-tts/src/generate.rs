//! `pocket-tts generate`: speaks a text.
//!
//! This is the order of the work. It must not know how settings are read or audio is written.

use std::time::{Duration, Instant};

use pocket_tts_audio::SpeedChanger;
use pocket_tts_core::{CloningRefusal, Location, SpeechStream, TtsModel, VoiceSource};
use pocket_tts_files::remove_abandoned_files;

use crate::cli::{GenerateArguments, UnavailableArguments};
use crate::console::Console;
use crate::exit::Failure;
use crate::fetching::FetchDisplay;
use crate::input;
use crate::interruption::Interruption;
use crate::model_choice::{ModelChoice, voice_name};
use crate::output::{Output, Sink};
use crate::settings::Settings;
use crate::signal::Signal;

/// Runs the subcommand.
pub(crate) fn run(arguments: &GenerateArguments) -> Result<(), Failure> {
    refuse_unavailable(&arguments.unavailable)?;
    let settings = Settings::gather(arguments)?;
    let console = Console::new(settings.quiet);
    if arguments.speech.lsd_decode_steps.is_some() {
        console.warn("--lsd-decode-steps is deprecated; use --sampler-decode-steps");
    }
    let default_text = pocket_tts_core::default_text(settings.model.language());
    let text = input::text(arguments, default_text, &console)?;
    settings.output.check(settings.format)?;
    if let Some(warning) = settings.output.format_warning(settings.format) {
        console.warn(&warning);
    }
    if let Some(VoiceSource::File(Location::Path(voice))) = &settings.voice {
        settings.output.refuse_input(voice, "voice")?;
    }
    if let Some(text_file) = &arguments.text_file {
        settings.output.refuse_input(text_file, "text")?;
    }

    // The first load of a model writes a large file.
    let interruption = Interruption::install();
    let start = Instant::now();
    let model = load(&settings, &console)?;
    let source = settings.voice.clone().unwrap_or_else(|| model.default_voice());
    let voice = model.voice_with(&source, &settings.voice_options)?;
    for warning in voice.warnings() {
        console.warn(&warning.to_string());
    }
    let stream = model.stream(&text, &voice, &settings.options).map_err(|error| settings.named(error))?;
    console.info(&format!(
        "model {}, voice {}, seed {}, ready after {:.2} s",
        settings.model,
        voice_name(&source),
        stream.seed(),
        start.elapsed().as_secs_f64()
    ));
    if cfg!(feature = "tiny") && settings.model == ModelChoice::Default {
        console.info(
            "this is the small built-in model; for the large one: pocket-tts generate --language english",
        );
    }
    for warning in stream.text_report().warnings() {
        console.warn(&warning.to_string());
    }
    speak(stream, &model, &settings, &console, &interruption)
}

/// Loads the model that the settings name.
pub(crate) fn load(settings: &Settings, console: &Console) -> Result<TtsModel, Failure> {
    if settings.model != ModelChoice::Default {
        console.progress(&format!("loading the model {} ...", settings.model));
    }
    let builder = settings.model.builder(settings.offline).precision(settings.precision);
    let builder = match settings.threads {
        Some(threads) => builder.threads(threads),
        None => builder,
    };
    let builder = match &settings.voice_cache {
        Some(folder) => {
            remove_abandoned_files(folder);
            builder.voice_cache_dir(folder)
        }
        None => builder,
    };
    let model = builder.on_fetch(FetchDisplay::new(console.clone())).build()?;
    if let Some(refusal) = model.cloning_refusal() {
        warn_of_refusal(refusal, console);
    }
    if let Some(problem) = model.weight_cache_problem() {
        console.warn(&format!(
            "cannot cache the loaded weights: {problem}; set POCKET_TTS_WEIGHT_CACHE to another folder, or to off"
        ));
    }
    Ok(model)
}

/// Warns that a model cannot clone voices.
pub(crate) fn warn_of_refusal(refusal: &CloningRefusal, console: &Console) {
    console.warn(&format!(
        "voices cannot be taken from recordings with these weights, as {refusal}; {}",
        refusal.advice()
    ));
}

/// Writes the audio of the stream to the output.
fn speak(
    mut stream: SpeechStream,
    model: &TtsModel,
    settings: &Settings,
    console: &Console,
    interruption: &Interruption,
) -> Result<(), Failure> {
    let output = &settings.output;
    // A pipe leaves nothing to clean up, so the signal may end the program.
    if output.can_be_ended_early() {
        interruption.cancels(stream.cancel_handle());
    } else {
        interruption.ends_silently();
    }
    let speed = SpeedChanger::new(settings.speed, model.sample_rate_hz())?;
    let mut sink = output.open(settings.format, model.sample_rate_hz())?;
    let spoken = write_all(&mut stream, speed, &mut sink, console);
    let spoken = match (spoken, interruption.seen()) {
        (Ok(spoken), None) => spoken,
        (Err(failure @ Failure::Speech(_)), None) if settings.keep_partial && !sink.is_empty() => {
            let duration_s = sink.duration_s();
            sink.finish()?;
            console.warn(&format!("only the first {duration_s:.1} s of the speech are in {output}"));
            return Err(failure);
        }
        (Err(failure), None) => return Err(failure),
        (_, Some(signal)) => return end_early(sink, settings, signal),
    };
    sink.finish()?;
    if stream.unfinished_sentences() > 0 {
        console.warn(&format!(
            "{} cut before the model ended by itself, so the speech may be wrong there; try shorter sentences, or \
             --temperature 0.3 with another --seed",
            was(stream.unfinished_sentences(), "sentence")
        ));
    }
    console.info(&format!("{spoken}, written to {output}"));
    Ok(())
}

/// Ends interrupted audio: completes the file or removes it.
fn end_early(sink: Sink, settings: &Settings, signal: Signal) -> Result<(), Failure> {
    let (duration_s, output) = (sink.duration_s(), &settings.output);
    // Audio on standard output cannot be removed, so it is completed.
    let is_kept = settings.keep_partial || *output == Output::StandardOutput;
    if sink.is_empty() {
        return Err(Failure::Interrupted { signal });
    }
    if !is_kept {
        return Err(Failure::InterruptedSpeech { signal });
    }
    sink.finish()?;
    Err(Failure::Partial { signal, duration_s, target: output.to_string() })
}

/// The result of the speech.
struct Spoken {
    duration_s: f64,
    took: Duration,
    first_sound: Duration,
}

fn write_all(
    stream: &mut SpeechStream,
    mut speed: SpeedChanger,
    sink: &mut Sink,
    console: &Console,
) -> Result<Spoken, Failure> {
    let start = Instant::now();
    let mut first_sound = None;
    let mut reported_s = 0;
    for chunk in stream {
        let samples = speed.push(&chunk?.samples);
        first_sound.get_or_insert_with(|| start.elapsed());
        sink.write(&samples)?;
        let spoken_s = sink.duration_s() as u64;
        if spoken_s > reported_s {
            reported_s = spoken_s;
            console.progress(&format!("{spoken_s} s spoken ..."));
        }
    }
    sink.write(&speed.finish())?;
    let took = start.elapsed();
    let duration_s = sink.duration_s();
    Ok(Spoken { duration_s, took, first_sound: first_sound.unwrap_or(took) })
}

impl std::fmt::Display for Spoken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let took_s = self.took.as_secs_f64();
        write!(
            formatter,
            "{:.2} s of speech in {took_s:.2} s ({:.2} times real time, first sound after {:.0} ms)",
            self.duration_s,
            self.duration_s / took_s,
            1e3 * self.first_sound.as_secs_f64()
        )
    }
}

/// Rejects options of the Python package that this program cannot support.
fn refuse_unavailable(arguments: &UnavailableArguments) -> Result<(), Failure> {
    let refuse = |message: String| Err(Failure::Usage(message));
    if let Some(device) = arguments.device.as_deref().filter(|device| *device != "cpu") {
        return refuse(format!(
            "--device {device} is not supported, as this program runs on the CPU only; leave out the option"
        ));
    }
    if let Some(checkpoint) = &arguments.checkpoint {
        return refuse(format!(
            "--checkpoint {checkpoint} is not supported, as training checkpoints (.pt) are not read; convert it to \
             .safetensors with the Python package, name that file as `weights_path` in a copy of the model's \
             configuration, and give that with --config"
        ));
    }
    Ok(())
}

fn was(count: usize, noun: &str) -> String {
    format!("{} {}", plural(count, noun), if count == 1 { "was" } else { "were" })
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
