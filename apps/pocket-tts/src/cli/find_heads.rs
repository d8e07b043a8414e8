//! The arguments of `find-timestamp-heads`.

use clap::Args;

use super::common::ModelArguments;

#[derive(Debug, Args)]
pub(crate) struct FindHeadsArguments {
    /// The text to speak, some sentences in the model's language [default: a greeting and some numbers]
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,

    /// Print nothing to standard error except errors
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) model: ModelArguments,
}
