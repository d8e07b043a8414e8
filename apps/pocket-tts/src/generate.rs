//! `pocket-tts generate`: speaks a text.
//!
//! This is the order of the work. It must not know how settings are read, or how audio is generated and written.

use std::time::Instant;

use pocket_tts_core::{CloningRefusal, Location, TtsModel, VoiceSource};
use pocket_tts_files::remove_abandoned_files;

use crate::cli::{GenerateArguments, UnavailableArguments};
use crate::console::Console;
use crate::exit::Failure;
use crate::fetching::FetchDisplay;
use crate::input;
use crate::interruption::Interruption;
use crate::model_choice::{ModelChoice, voice_name};
use crate::playing;
use crate::result;
use crate::settings::Settings;
use crate::speaking::Speaker;
use crate::speech::Speech;
use crate::timestamps::ONLY_SENTENCES;
use crate::voice_loudness::voice_gain_db;

/// Runs the subcommand.
pub(crate) fn run(arguments: &GenerateArguments) -> Result<(), Failure> {
    refuse_unavailable(&arguments.unavailable)?;
    let settings = Settings::gather(arguments)?;
    let console = Console::new(settings.quiet);
    let console = if arguments.json { console.keeping_warnings() } else { console };
    if arguments.json {
        result::check(&settings.output)?;
    }
    if arguments.common.speech.lsd_decode_steps.is_some() {
        console.warn("--lsd-decode-steps is deprecated; use --sampler-decode-steps");
    }
    let default_text = pocket_tts_core::default_text(settings.model.language());
    let text = input::text(arguments, default_text, &console)?;
    settings.output.check(settings.format)?;
    if settings.play {
        playing::check()?;
    }
    if let Some(warning) = settings.output.format_warning(settings.format) {
        console.warn(&warning);
    }
    if let Some(VoiceSource::File(Location::Path(voice))) = &settings.voice {
        settings.output.refuse_input(voice, "voice")?;
        settings.refuse_captions_in(voice, "voice")?;
    }
    if let Some(text_file) = &arguments.text_file {
        settings.output.refuse_input(text_file, "text")?;
        settings.refuse_captions_in(text_file, "text")?;
    }

    // The first load of a model writes a large file.
    let interruption = Interruption::install();
    let start = Instant::now();
    let model = load(&settings, &console)?;
    if settings.timestamps.is_some() && !model.has_word_times() {
        console.warn(ONLY_SENTENCES);
    }
    let source = settings.voice.clone().unwrap_or_else(|| model.default_voice());
    let voice = model.voice_with(&source, &settings.voice_options)?;
    for warning in voice.warnings() {
        console.warn(&warning.to_string());
    }
    let is_heard = settings.play || settings.output.is_streamed();
    let voice_gain_db = if is_heard { voice_gain_db(&settings, &model, &voice, default_text)? } else { None };
    let ready_s = start.elapsed().as_secs_f64();
    let mut speech = Speech::new(text, &model, &voice, &settings);
    let stream = speech.first()?;
    console.info(&format!(
        "model {}, voice {}, seed {}, ready after {ready_s:.2} s",
        settings.model,
        voice_name(&source),
        stream.seed(),
    ));
    if cfg!(feature = "tiny") && settings.model == ModelChoice::Default {
        console.info(
            "this is the small built-in model; for the large one: pocket-tts generate --language english",
        );
    }
    if !speech.is_growing() {
        for warning in stream.text_report().warnings() {
            console.warn(&warning.to_string());
        }
    }
    let sample_rate_hz = model.sample_rate_hz();
    let seed = stream.seed();
    let speaker = Speaker {
        settings: &settings,
        console: &console,
        interruption: &interruption,
        sample_rate_hz,
        voice_gain_db,
    };
    let spoken = speaker.speak(stream, &mut speech)?;
    if arguments.json { result::print(&settings, seed, &spoken, &console.warnings()) } else { Ok(()) }
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
