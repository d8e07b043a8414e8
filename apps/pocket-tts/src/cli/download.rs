//! The arguments of `download`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct DownloadArguments {
    /// The model, by name, as in generate --help
    #[arg(value_name = "LANGUAGE")]
    pub(crate) language: String,

    /// Fetch all voices that the model has by name, not only the one that it speaks with by default
    #[arg(long)]
    pub(crate) all_voices: bool,

    /// Never open a connection: what isn't on this machine is an error
    #[arg(long)]
    pub(crate) offline: bool,

    /// Say nothing but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
