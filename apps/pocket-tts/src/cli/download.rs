//! The arguments of `download`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct DownloadArguments {
    /// The model, by name, as in generate --help
    #[arg(value_name = "LANGUAGE")]
    pub(crate) language: String,

    /// Fetch all named voices of the model, not only its default voice
    #[arg(long)]
    pub(crate) all_voices: bool,

    /// Never use the network: a file that is not on this machine is an error
    #[arg(long)]
    pub(crate) offline: bool,

    /// Print nothing except errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
