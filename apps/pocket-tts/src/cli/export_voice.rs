//! The arguments of `export-voice`.

use std::path::PathBuf;

use clap::Args;

use super::generate::RecordingArguments;

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Args)]
pub(crate) struct ExportVoiceArguments {
    /// A recording, or a folder of recordings (or anything else that generate takes as --voice)
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<String>,

    /// The file to write; for several sources or a folder, the folder to write NAME.safetensors in. A voice that is
    /// there already is replaced
    #[arg(value_name = "OUTPUT", required = true)]
    pub(crate) output: PathBuf,

    /// Leave out recordings whose output is there already
    #[arg(long)]
    pub(crate) skip_existing: bool,

    /// Replace files that are no exported voices, too
    #[arg(long)]
    pub(crate) force: bool,

    /// A YAML file of settings; see generate --help
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,

    /// Say nothing on standard error but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// The model that is to speak with the voices, by name, as in generate --help
    #[arg(long, value_name = "NAME", help_heading = "Model")]
    pub(crate) language: Option<String>,

    /// The same by its configuration: a .yaml file, an https:// or an hf:// location
    #[arg(long, value_name = "LOCATION", help_heading = "Model")]
    pub(crate) config: Option<String>,

    /// Never open a connection: what isn't on this machine is an error
    #[arg(long, help_heading = "Model")]
    pub(crate) offline: bool,

    #[command(flatten)]
    pub(crate) recording: RecordingArguments,
}
