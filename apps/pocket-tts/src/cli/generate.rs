//! The arguments of `generate`.

use std::path::PathBuf;

use clap::Args;
use pocket_tts_audio::AudioFormat;

use super::common::CommonArguments;
use super::text::TextArguments;
use crate::defaults::DEFAULT_OUTPUT_PATH;

#[derive(Debug, Default, Args)]
pub(crate) struct GenerateArguments {
    /// The text to speak [default: standard input if something is piped in, or else a greeting in the model's language]
    #[arg(value_name = "TEXT", conflicts_with_all = ["text", "text_file"])]
    pub(crate) words: Vec<String>,

    /// The text as an option, which may begin with a hyphen; `-` reads standard input
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with = "text_file")]
    pub(crate) text: Option<String>,

    /// A UTF-8 file with the text to speak; `-` reads standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) text_file: Option<PathBuf>,

    #[arg(short, long, value_name = "FILE", help = format!(
        "The audio file to write, in the format of its extension (.wav, .mp3, .opus, .ogg, .aac, .flac, .pcm); `-` writes to standard output while the audio is being generated [default: {DEFAULT_OUTPUT_PATH}, with the extension of --format]"
    ))]
    pub(crate) output_path: Option<String>,

    /// Play the speech while it is being generated; without --output-path no file is written
    #[arg(long)]
    pub(crate) play: bool,

    /// A file with the times of sentences and words: captions in .srt or .vtt, or all of them in .json
    #[arg(long, value_name = "FILE")]
    pub(crate) timestamps: Option<String>,

    /// If the run is interrupted, as with Ctrl-C, keep the audio so far as a complete file
    #[arg(long)]
    pub(crate) keep_partial: bool,

    /// The audio format, whatever the extension of the output [default: by the extension, or else wav]
    #[arg(long, value_name = "FORMAT", value_parser = AudioFormat::ALL.map(AudioFormat::name))]
    pub(crate) format: Option<String>,

    /// Print the result as a JSON object to standard output
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) common: CommonArguments,
    #[command(flatten)]
    pub(crate) reading: TextArguments,
    #[command(flatten)]
    pub(crate) unavailable: UnavailableArguments,
}

impl From<CommonArguments> for GenerateArguments {
    fn from(common: CommonArguments) -> Self {
        Self { common, ..Self::default() }
    }
}

/// Options of the Python package that this program cannot support; accepted to say so.
#[derive(Debug, Default, Args)]
pub(crate) struct UnavailableArguments {
    #[arg(long, hide = true)]
    pub(crate) device: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) checkpoint: Option<String>,
}
