//! The command line as it is written: raw arguments and their help.
//!
//! What they mean together is decided in `settings`. Nothing here touches files or the environment.

mod batch;
mod bench;
mod cache;
mod command;
mod common;
mod completions;
mod dataset;
mod doctor;
mod download;
mod export_voice;
mod find_heads;
mod generate;
mod help;
mod normalize;
mod read;
mod text;
mod voices;

pub(crate) use batch::BatchArguments;
pub(crate) use bench::BenchArguments;
pub(crate) use cache::{CacheAction, CacheArguments};
pub(crate) use command::{Arguments, Command};
pub(crate) use common::{CommonArguments, ModelArguments};
pub(crate) use completions::{CompletionsArguments, ManArguments};
pub(crate) use dataset::{
    CodecArguments, DatasetAction, DatasetArguments, FilterArguments, FormatArguments, PreparationArguments,
    WorkArguments,
};
pub(crate) use doctor::DoctorArguments;
pub(crate) use download::DownloadArguments;
pub(crate) use export_voice::ExportVoiceArguments;
pub(crate) use find_heads::FindHeadsArguments;
pub(crate) use generate::{GenerateArguments, UnavailableArguments};
pub(crate) use normalize::NormalizeArguments;
pub(crate) use read::ReadArguments;
pub(crate) use voices::VoicesArguments;
