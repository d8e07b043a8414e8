//! The arguments of `voices`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct VoicesArguments {
    /// The model, by name, as in generate --help [default: the default model]
    #[arg(long, value_name = "NAME")]
    pub(crate) language: Option<String>,

    /// Print JSON: a list of objects
    #[arg(long)]
    pub(crate) json: bool,

    /// Print nothing to standard error except errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
