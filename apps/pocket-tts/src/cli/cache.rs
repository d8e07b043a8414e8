//! The arguments of `cache`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct CacheArguments {
    #[command(subcommand)]
    pub(crate) action: CacheAction,

    /// Print nothing to standard error except errors
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
    /// Check all of these files, and packed weights, against their checksums; damage ends with exit code 3
    Verify {
        /// Remove damaged files, so that they are fetched again when they are needed
        #[arg(long)]
        remove: bool,
        /// Print JSON: a list of objects
        #[arg(long)]
        json: bool,
    },
    /// Remove unfinished downloads, files that no revision of a model uses, and packed weights, which the next use of a
    /// model creates again
    ///
    /// Only the repositories of the released models and this program's own folder are searched. Files of other programs in
    /// the Hugging Face cache stay.
    Prune {
        /// Only list the files that would be removed
        #[arg(long)]
        dry_run: bool,
        /// Print JSON: a list of objects
        #[arg(long)]
        json: bool,
    },
}
