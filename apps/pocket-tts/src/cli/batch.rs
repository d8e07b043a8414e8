//! The arguments of `batch`.

use std::path::PathBuf;

use clap::Args;
use pocket_tts_audio::AudioFormat;
use pocket_tts_settings::parse;

use super::common::CommonArguments;
use super::generate::GenerateArguments;
use super::text::TextArguments;
use crate::defaults::TIMESTAMPS;

#[derive(Debug, Args)]
pub(crate) struct BatchArguments {
    /// The file with a JSON object in each line; `-` reads standard input
    #[arg(value_name = "MANIFEST")]
    pub(crate) manifest: PathBuf,

    /// The folder to write the audio files in; it is created if it does not exist
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,

    /// Speak only the lines of one part out of N: lines I, I + N, I + 2N and so on, with I from 1 to N
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<String>,

    /// How many lines to speak at once; the sound does not depend on it [default: by the number of threads]
    #[arg(short, long, value_name = "NUMBER", value_parser = parse::count, allow_hyphen_values = true)]
    pub(crate) jobs: Option<usize>,

    /// Speak every line again, also if its file is complete
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// End at the first line that fails; otherwise the others are spoken
    #[arg(long)]
    pub(crate) fail_fast: bool,

    /// Print JSON: an object for each line of the manifest, and one with the summary at the end
    #[arg(long)]
    pub(crate) json: bool,

    /// The audio format of lines that name none [default: wav]
    #[arg(long, value_name = "FORMAT", value_parser = AudioFormat::ALL.map(AudioFormat::name))]
    pub(crate) format: Option<String>,

    /// Also write captions beside each output, as NAME.srt beside NAME.wav, or the times of all sentences and words in
    /// NAME.json; a line can choose otherwise [default: off]
    #[arg(long, value_name = "FORMAT", value_parser = TIMESTAMPS)]
    pub(crate) timestamps: Option<String>,

    #[command(flatten)]
    pub(crate) common: CommonArguments,
    #[command(flatten)]
    pub(crate) reading: TextArguments,
}

impl BatchArguments {
    /// The arguments with which `generate` would speak a line.
    pub(crate) fn of_generate(&self) -> GenerateArguments {
        GenerateArguments {
            format: self.format.clone(),
            common: self.common.clone(),
            reading: self.reading.clone(),
            ..GenerateArguments::default()
        }
    }
}
