//! The arguments of `generate`, and those that other subcommands share with it.

use std::path::PathBuf;

use clap::Args;
use pocket_tts_audio::AudioFormat;
use pocket_tts_core::Precision;
use pocket_tts_settings::parse;

use crate::defaults::{
    DEFAULT_MAX_TOKENS, DEFAULT_OUTPUT_PATH, DEFAULT_SAMPLER_DECODE_STEPS, PRECISIONS, RESAMPLERS,
};

#[derive(Debug, Default, Args)]
pub(crate) struct GenerateArguments {
    /// What to say [default: what is piped in, or else a greeting in the model's language]
    #[arg(value_name = "TEXT", conflicts_with_all = ["text", "text_file"])]
    pub(crate) words: Vec<String>,

    /// The same as an option, also for a text that begins with a hyphen; `-` reads standard input
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with = "text_file")]
    pub(crate) text: Option<String>,

    /// A file that holds what to say, in UTF-8; `-` reads standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) text_file: Option<PathBuf>,

    #[arg(short, long, value_name = "FILE", help = format!(
        "Where the sound goes, in the format of the name's ending (.wav, .mp3, .opus, .ogg, .aac, .flac, .pcm); `-` writes it to standard output while it is being made [default: {DEFAULT_OUTPUT_PATH}, with the ending of --format]"
    ))]
    pub(crate) output_path: Option<String>,

    /// If the run is interrupted, as with Ctrl-C, keep what has been spoken by then, as a whole file
    #[arg(long)]
    pub(crate) keep_partial: bool,

    /// The format, whatever the name of the output [default: that of the name's ending, or else wav]
    #[arg(long, value_name = "FORMAT", value_parser = AudioFormat::ALL.map(AudioFormat::name))]
    pub(crate) format: Option<String>,

    /// A YAML file of settings; see the end of --help
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,

    /// Say nothing on standard error but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) model: ModelArguments,
    #[command(flatten)]
    pub(crate) recording: RecordingArguments,
    #[command(flatten)]
    pub(crate) speech: SpeechArguments,
    #[command(flatten)]
    pub(crate) speed: SpeedArguments,
    #[command(flatten)]
    pub(crate) unavailable: UnavailableArguments,
}

/// Which model and voice.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Model and voice")]
pub(crate) struct ModelArguments {
    #[arg(long, value_name = "NAME", help = language_help())]
    pub(crate) language: Option<String>,

    /// The model, by its configuration: a .yaml file, a folder that holds config.yaml, an https:// or an hf:// location;
    /// not together with --language
    #[arg(long, value_name = "LOCATION")]
    pub(crate) config: Option<String>,

    /// The voice: a name such as alba, a recording to clone (WAV, MP3, FLAC, Ogg, WebM, AAC, M4A) or an
    /// exported voice (.safetensors), as a path, an https:// or an hf:// location [default: the voice of the model's language]
    #[arg(long, value_name = "VOICE")]
    pub(crate) voice: Option<String>,

    /// Never open a connection: what isn't on this machine is an error
    #[arg(long)]
    pub(crate) offline: bool,
}

/// How a voice is taken from a recording.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Voices from recordings")]
pub(crate) struct RecordingArguments {
    /// Use all of the recording, not only its first 30 s; longer ones garble the speech
    #[arg(long)]
    pub(crate) no_truncate: bool,

    /// What brings the recording to the model's rate: the better filter, or that of the Python package
    /// [default: high-quality]
    #[arg(long, value_name = "FILTER", value_parser = RESAMPLERS.map(|(name, _)| name))]
    pub(crate) resampler: Option<String>,

    /// Keep prepared voices in this folder, so that the same recording is encoded only once
    #[arg(long, value_name = "FOLDER")]
    pub(crate) voice_cache: Option<String>,
}

/// How to speak.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Speech")]
pub(crate) struct SpeechArguments {
    /// How fast to speak, at the same pitch: from 0.25, four times as long, to 4 [default: 1]
    #[arg(long, value_name = "SPEED", value_parser = parse::number, allow_hyphen_values = true)]
    pub(crate) speed: Option<f32>,

    /// Variance of the noise, from 0 to 100: 0 speaks the same each time, more is livelier and riskier
    /// [default: the model's own, 0.3 for most]
    #[arg(long, value_name = "VARIANCE", value_parser = parse::number, allow_hyphen_values = true)]
    pub(crate) temperature: Option<f32>,

    /// Makes what is said reproducible: a whole number [default: another one each time]
    #[arg(long, value_name = "NUMBER", value_parser = parse::whole_number, allow_hyphen_values = true)]
    pub(crate) seed: Option<u64>,

    #[arg(long, value_name = "STEPS", value_parser = parse::count, allow_hyphen_values = true, help = format!(
        "Steps from noise to sound, for models whose sampler takes several [default: {DEFAULT_SAMPLER_DECODE_STEPS}]"
    ))]
    pub(crate) sampler_decode_steps: Option<usize>,

    /// The former name of --sampler-decode-steps
    #[arg(long, hide = true, value_parser = parse::count, allow_hyphen_values = true)]
    pub(crate) lsd_decode_steps: Option<usize>,

    /// Redraws noise further than this from 0 [default: none is redrawn]
    #[arg(long, value_name = "DISTANCE", value_parser = parse::number, allow_hyphen_values = true)]
    pub(crate) noise_clamp: Option<f32>,

    /// The score (a logit) above which the model means that the sentence is over; higher ends later
    /// [default: the model's own, -4 for most]
    #[arg(long, value_name = "LOGIT", value_parser = parse::number, allow_hyphen_values = true)]
    pub(crate) eos_threshold: Option<f32>,

    /// Frames of 80 ms to go on for after that [default: the model's own, or else by the number of words]
    #[arg(long, value_name = "FRAMES", value_parser = parse::count, allow_hyphen_values = true)]
    pub(crate) frames_after_eos: Option<usize>,

    #[arg(long, value_name = "TOKENS", value_parser = parse::count, allow_hyphen_values = true, help = format!(
        "Most tokens (word pieces) to speak in one go; longer texts are cut between sentences [default: {DEFAULT_MAX_TOKENS}]"
    ))]
    pub(crate) max_tokens: Option<usize>,
}

/// What is traded for speed.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Speed")]
pub(crate) struct SpeedArguments {
    /// What the language model's weights are kept in: fewer bits are faster and take less memory, and sound
    /// nearly the same [default: f32]
    #[arg(long, value_name = "NUMBERS", value_parser = PRECISIONS)]
    pub(crate) precision: Option<String>,

    /// The Python package's name for --precision int8
    #[arg(long, conflicts_with = "precision", overrides_with = "no_quantize")]
    pub(crate) quantize: bool,
    #[arg(long, hide = true, overrides_with = "quantize")]
    pub(crate) no_quantize: bool,

    /// Threads that compute [default: one for each core]
    #[arg(long, value_name = "NUMBER", value_parser = parse::count, allow_hyphen_values = true)]
    pub(crate) threads: Option<usize>,
}

impl SpeedArguments {
    /// The name of the precision, if one was asked for in either way.
    pub(crate) fn precision(&self) -> Option<&str> {
        if self.quantize { Some(Precision::Int8.name()) } else { self.precision.as_deref() }
    }
}

/// What the Python package takes and this program can't do; accepted to say so.
#[derive(Debug, Default, Args)]
pub(crate) struct UnavailableArguments {
    #[arg(long, hide = true)]
    pub(crate) device: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) checkpoint: Option<String>,
}

fn language_help() -> String {
    let names: Vec<&str> = pocket_tts_core::model_names().collect();
    let default = if cfg!(feature = "tiny") {
        "tiny, which is built in; the others are fetched from the Hugging Face hub once"
    } else {
        pocket_tts_core::DEFAULT_LANGUAGE
    };
    format!("The model, by name: {} [default: {default}]", names.join(", "))
}
