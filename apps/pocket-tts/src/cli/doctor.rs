//! The arguments of `doctor`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Never use the network: the hub is not asked
    #[arg(long)]
    pub(crate) offline: bool,

    /// Print JSON: an object with all checks
    #[arg(long)]
    pub(crate) json: bool,
}
