//! The arguments of `cache`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct CacheArguments {
    #[command(subcommand)]
    pub(crate) action: CacheAction,

    /// Say nothing on standard error but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheAction {
    /// List the cached files of the released models, of their voices and of web servers
    List {
        /// Print JSON: a list of objects
        #[arg(long)]
        json: bool,
    },
    /// Read all of these files, and packed weights, and hold them against their checksums; damage ends with exit code 3
    Verify {
        /// Remove what is damaged, so that it is fetched anew when it is needed
        #[arg(long)]
        remove: bool,
    },
    /// Remove what unfinished downloads left, files that no revision of a model names any more, and packed weights,
    /// which the next use of a model makes again
    ///
    /// Only the repositories of the released models and this program's own folder are looked at: what other
    /// programs keep in the Hugging Face cache stays.
    Prune {
        /// Only tell what would be removed
        #[arg(long)]
        dry_run: bool,
    },
}
