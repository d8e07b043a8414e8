//! The arguments of `bench`.

use clap::Args;
use pocket_tts_settings::parse;

use super::common::{ModelArguments, SpeedArguments};

#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// The text to speak, one sentence [default: the variable TEXT, or else a built-in sentence]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) text: Option<String>,

    /// Frames of 80 ms for each run [default: the variable FRAMES, or else 125]
    #[arg(long, value_name = "FRAMES", value_parser = parse::count, allow_hyphen_values = true)]
    pub(crate) frames: Option<usize>,

    /// Measured runs [default: the variable RUNS, or else 5]
    #[arg(long, value_name = "RUNS", value_parser = parse::count, allow_hyphen_values = true)]
    pub(crate) runs: Option<usize>,

    /// Runs before these, which are not measured
    #[arg(long, value_name = "RUNS", value_parser = parse::count, allow_hyphen_values = true, default_value = "1")]
    pub(crate) warmups: usize,

    /// Texts to speak at once in each run
    #[arg(long, value_name = "NUMBER", value_parser = parse::count, allow_hyphen_values = true, default_value = "1")]
    pub(crate) streams: usize,

    /// Print JSON, which is the only form of the results
    #[arg(long)]
    pub(crate) json: bool,

    /// Also measure the parts that speaking does not use
    #[arg(long)]
    pub(crate) components: bool,

    #[command(flatten)]
    pub(crate) model: ModelArguments,
    #[command(flatten)]
    pub(crate) speed: SpeedArguments,
}
