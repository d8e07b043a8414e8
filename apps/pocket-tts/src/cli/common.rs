//! The arguments that several subcommands share.

use std::path::PathBuf;

use clap::Args;
use pocket_tts_core::Precision;
use pocket_tts_settings::parse;

use crate::defaults::{CHECKS, DEFAULT_MAX_TOKENS, DEFAULT_SAMPLER_DECODE_STEPS, PRECISIONS, RESAMPLERS};

/// What all subcommands that speak have in common.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct CommonArguments {
    /// A YAML file of settings; see the end of `pocket-tts generate --help`
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,

    /// Print nothing to standard error except errors
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
}

/// Which model and voice.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Model and voice")]
pub(crate) struct ModelArguments {
    #[arg(long, value_name = "NAME", help = language_help())]
    pub(crate) language: Option<String>,

    /// The model by its configuration: a .yaml file, a folder with config.yaml, an https:// or hf:// location; not
    /// together with --language
    #[arg(long, value_name = "LOCATION")]
    pub(crate) config: Option<String>,

    /// The voice: a name such as alba, a recording to clone (WAV, MP3, FLAC, Ogg, WebM, AAC, M4A) or an
    /// exported voice (.safetensors), as a path, an https:// or hf:// location [default: the voice of the model's language]
    #[arg(long, value_name = "VOICE")]
    pub(crate) voice: Option<String>,

    /// Never use the network: a file that is not on this machine is an error
    #[arg(long)]
    pub(crate) offline: bool,
}

/// How a voice is taken from a recording.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Voices from recordings")]
pub(crate) struct RecordingArguments {
    /// Use the whole recording, not only its first 30 s; long ones garble the speech
    #[arg(long)]
    pub(crate) no_truncate: bool,

    /// The filter that converts the recording to the model's sample rate: the better one, or the one of the Python package
    /// [default: high-quality]
    #[arg(long, value_name = "FILTER", value_parser = RESAMPLERS.map(|(name, _)| name))]
    pub(crate) resampler: Option<String>,

    /// Cache prepared voices in this folder, so that a recording is encoded only once
    #[arg(long, value_name = "FOLDER")]
    pub(crate) voice_cache: Option<String>,
}

/// How to speak.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Speech")]
pub(crate) struct SpeechArguments {
    /// The speed, at the same pitch: from 0.25, four times as long, to 4 [default: 1]
    #[arg(long, value_name = "SPEED", value_parser = parse::number, allow_hyphen_values = true)]
    pub(crate) speed: Option<f32>,

    /// Bring the speech to this loudness, from -70 to -5 LUFS (EBU R128): files exactly; what is played or streamed, by the
    /// loudness of the voice in a sentence that is spoken before [default: as the model speaks]
    #[arg(long, value_name = "LUFS", value_parser = parse::number, allow_hyphen_values = true)]
    pub(crate) loudness: Option<f32>,

    /// Variance of the noise, from 0 to 100: 0 is deterministic, more is livelier and less reliable
    /// [default: the model's own, 0.3 for most]
    #[arg(long, value_name = "VARIANCE", value_parser = parse::number, allow_hyphen_values = true)]
    pub(crate) temperature: Option<f32>,

    /// The random seed, a whole number: the same seed gives the same speech [default: random]
    #[arg(long, value_name = "NUMBER", value_parser = parse::whole_number, allow_hyphen_values = true)]
    pub(crate) seed: Option<u64>,

    #[arg(long, value_name = "STEPS", value_parser = parse::count, allow_hyphen_values = true, help = format!(
        "Steps of the sampler, for models that need several [default: {DEFAULT_SAMPLER_DECODE_STEPS}]"
    ))]
    pub(crate) sampler_decode_steps: Option<usize>,

    /// The former name of --sampler-decode-steps
    #[arg(long, hide = true, value_parser = parse::count, allow_hyphen_values = true)]
    pub(crate) lsd_decode_steps: Option<usize>,

    /// The largest absolute value of noise; larger values are redrawn [default: no limit]
    #[arg(long, value_name = "DISTANCE", value_parser = parse::number, allow_hyphen_values = true)]
    pub(crate) noise_clamp: Option<f32>,

    /// The logit above which the sentence is complete; a higher one ends it later [default: the model's own, -4 for most]
    #[arg(long, value_name = "LOGIT", value_parser = parse::number, allow_hyphen_values = true)]
    pub(crate) eos_threshold: Option<f32>,

    /// Frames of 80 ms to generate after that [default: the model's own, or else by the number of words]
    #[arg(long, value_name = "FRAMES", value_parser = parse::count, allow_hyphen_values = true)]
    pub(crate) frames_after_eos: Option<usize>,

    /// What to do about a sentence that lacks words or says them twice: repeat (speak it again with the next seed, at most
    /// twice), report, or off; needs a model whose attention is known [default: repeat]
    #[arg(long, value_name = "WHAT", value_parser = CHECKS)]
    pub(crate) check: Option<String>,

    #[arg(long, value_name = "TOKENS", value_parser = parse::count, allow_hyphen_values = true, help = format!(
        "The maximum number of tokens (word pieces) to speak in one piece; longer texts are split between sentences [default: {DEFAULT_MAX_TOKENS}]"
    ))]
    pub(crate) max_tokens: Option<usize>,
}

/// Options that trade for speed.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Speed")]
pub(crate) struct SpeedArguments {
    /// The number format of the language model's weights: fewer bits are faster, take less memory, and sound nearly the
    /// same [default: f32]
    #[arg(long, value_name = "NUMBERS", value_parser = PRECISIONS)]
    pub(crate) precision: Option<String>,

    /// The Python package's name for --precision int8
    #[arg(long, conflicts_with = "precision", overrides_with = "no_quantize")]
    pub(crate) quantize: bool,
    #[arg(long, hide = true, overrides_with = "quantize")]
    pub(crate) no_quantize: bool,

    /// The number of compute threads [default: one for each core]
    #[arg(long, value_name = "NUMBER", value_parser = parse::count, allow_hyphen_values = true)]
    pub(crate) threads: Option<usize>,
}

impl SpeedArguments {
    /// The name of the precision, if one was given in either way.
    pub(crate) fn precision(&self) -> Option<&str> {
        if self.quantize { Some(Precision::Int8.name()) } else { self.precision.as_deref() }
    }
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
