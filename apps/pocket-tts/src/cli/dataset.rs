//! The arguments of `dataset`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use pocket_tts_audio::AudioFormat;
use pocket_tts_settings::parse;

#[derive(Debug, Args)]
pub(crate) struct DatasetArguments {
    #[command(subcommand)]
    pub(crate) action: DatasetAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetAction {
    /// Measure recordings: duration, level, clipping, noise, silence, bandwidth; with histograms (report.svg)
    Measure {
        #[command(flatten)]
        work: WorkArguments,
        #[command(flatten)]
        output: OutputArguments,
        #[command(flatten)]
        filter: FilterArguments,
    },
    /// Write prepared copies of recordings of at most 1200 s, with one channel, and measure them
    Prepare {
        #[command(flatten)]
        work: WorkArguments,
        #[command(flatten)]
        output: OutputArguments,
        #[command(flatten)]
        filter: FilterArguments,
        #[command(flatten)]
        preparation: PreparationArguments,
        #[command(flatten)]
        format: FormatArguments,
    },
    /// Cut utterances between two words, by the times of their words: into a voice prompt and what is said after it
    ///
    /// A second is left on both sides of a cut, and 0.2 s after the last word.
    #[command(mut_arg("input", |argument| argument.value_name("MANIFEST").help(WORDS)))]
    Cut {
        #[command(flatten)]
        work: WorkArguments,
        #[command(flatten)]
        output: OutputArguments,
        #[command(flatten)]
        format: FormatArguments,
        /// The seed of the choice among the places where an utterance can be cut
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        seed: u64,
        /// The longest voice prompt, in seconds; 0 for any
        #[arg(long, value_name = "SECONDS", default_value_t = 0.0, allow_negative_numbers = true)]
        longest_prompt: f64,
    },
    /// Encode recordings of at most 1200 s to latents of a model's codec, in the files that the Python package's
    /// training reads, without a last frame that is not full
    #[command(mut_arg("input", |argument| argument.value_name("MANIFEST").help(ENTRIES)))]
    Encode {
        #[command(flatten)]
        work: WorkArguments,
        /// The folder of the latents and their manifest, whose paths are then absolute [default: the folder of the manifest]
        #[arg(short, long, value_name = "FOLDER")]
        out: Option<PathBuf>,
        #[command(flatten)]
        model: CodecArguments,
    },
    /// Decode latents to sound
    #[command(mut_arg("input", |argument| argument.value_name("MANIFEST").help(LATENTS)))]
    Decode {
        #[command(flatten)]
        work: WorkArguments,
        #[command(flatten)]
        output: OutputArguments,
        /// The audio format
        #[arg(long, value_name = "FORMAT", default_value = "wav", value_parser = AudioFormat::ALL.map(AudioFormat::name))]
        format: String,
        #[command(flatten)]
        model: CodecArguments,
    },
}

const WORDS: &str = "A manifest: a JSON object with path, duration and words in each line, and word, start and end of each word; \
                     MANIFEST.idx is written beside it";
const ENTRIES: &str =
    "A manifest: a JSON object with path and duration in each line; MANIFEST.idx is written beside it";
const LATENTS: &str =
    "A manifest with latents_file in each line, as encode writes it; MANIFEST.idx is written beside it";

/// What is worked on, and how.
#[derive(Debug, Args)]
pub(crate) struct WorkArguments {
    /// A folder with recordings, or a manifest: a JSON object with path and duration in each line; MANIFEST.idx, with the
    /// places of its lines, is written beside it
    #[arg(value_name = "FOLDER|MANIFEST")]
    pub(crate) input: PathBuf,

    /// Work only on one part out of N; the process that completes the last part writes the results. A later run can have
    /// another N
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<String>,

    /// How many recordings to work on at once; the results do not depend on it [default: one for each core]
    #[arg(short, long, value_name = "NUMBER", value_parser = parse::count, allow_hyphen_values = true)]
    pub(crate) jobs: Option<usize>,

    /// End at the first recording that fails; otherwise the reasons are listed in a file, the others are done, and the exit
    /// code is 1
    #[arg(long)]
    pub(crate) fail_fast: bool,

    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// Print nothing to standard error except errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    /// The folder for the results, with a manifest (manifest.jsonl) and what failed (failed.jsonl); a stopped run goes on
    /// there
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct FilterArguments {
    /// Keep only recordings that meet a condition, such as `snr>=20` or `duration<15`; can be given several times
    #[arg(long, value_name = "CONDITION")]
    pub(crate) keep: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct FormatArguments {
    /// The sample rate of the copies, in Hz [default: the recording's own]
    #[arg(long, value_name = "HZ")]
    pub(crate) rate: Option<u32>,

    /// The format of the copies
    #[arg(long, value_name = "FORMAT", default_value = "flac", value_parser = AudioFormat::ALL.map(AudioFormat::name))]
    pub(crate) format: String,
}

#[derive(Debug, Args)]
pub(crate) struct PreparationArguments {
    /// Cut silence at both ends but for 0.1 s: what is below -50 dBFS, or below another level, as in --trim=-40
    #[arg(long, value_name = "DBFS", num_args = 0..=1, require_equals = true, default_missing_value = "-50")]
    pub(crate) trim: Option<f64>,

    /// Amplify by this many decibels
    #[arg(long, value_name = "DB", allow_hyphen_values = true, conflicts_with_all = ["loudness", "peak"])]
    pub(crate) gain: Option<f64>,

    /// Bring to this loudness, by a gain; peaks above -1 dBTP are limited
    #[arg(long, value_name = "LUFS", allow_hyphen_values = true, conflicts_with = "peak")]
    pub(crate) loudness: Option<f64>,

    /// Bring the largest sample to this level
    #[arg(long, value_name = "DBFS", allow_hyphen_values = true)]
    pub(crate) peak: Option<f64>,

    /// Fade in and out, over this many seconds each
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) fade: Option<f64>,
}

/// The model whose codec is used.
#[derive(Debug, Args)]
pub(crate) struct CodecArguments {
    /// The model by its name [default: the built-in one]
    #[arg(long, value_name = "NAME")]
    pub(crate) language: Option<String>,

    /// The model by its configuration: a .yaml file, a folder with config.yaml, an https:// or hf:// location
    #[arg(long, value_name = "LOCATION", conflicts_with = "language")]
    pub(crate) config: Option<String>,

    /// Never use the network: a file that is not on this machine is an error
    #[arg(long)]
    pub(crate) offline: bool,
}
