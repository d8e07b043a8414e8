//! The arguments of `export-voice`.

use std::path::PathBuf;

use clap::Args;

use super::common::RecordingArguments;

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Debug, Args)]
pub(crate) struct ExportVoiceArguments {
    /// A recording, or a folder of recordings (or anything else that generate takes as --voice)
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<String>,

    /// The file to write; for several sources or a folder, the folder to write NAME.safetensors in. Existing voices are
    /// replaced
    #[arg(value_name = "OUTPUT", required = true)]
    pub(crate) output: PathBuf,

    /// Skip recordings whose output exists
    #[arg(long)]
    pub(crate) skip_existing: bool,

    /// Also replace files that are not exported voices
    #[arg(long)]
    pub(crate) force: bool,

    /// A YAML file of settings; see generate --help
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,

    /// Print nothing to standard error except errors
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// The model that will use the voices, by name, as in generate --help
    #[arg(long, value_name = "NAME", help_heading = "Model")]
    pub(crate) language: Option<String>,

    /// The same by its configuration: a .yaml file, an https:// or hf:// location
    #[arg(long, value_name = "LOCATION", help_heading = "Model")]
    pub(crate) config: Option<String>,

    /// Never use the network: a file that is not on this machine is an error
    #[arg(long, help_heading = "Model")]
    pub(crate) offline: bool,

    #[command(flatten)]
    pub(crate) recording: RecordingArguments,
}
