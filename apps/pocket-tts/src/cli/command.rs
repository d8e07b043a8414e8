//! The command line as it is written: subcommands and their help.

use clap::{Parser, Subcommand};
use pocket_tts_server::ServeArguments;

use super::bench::BenchArguments;
use super::cache::CacheArguments;
use super::download::DownloadArguments;
use super::export_voice::ExportVoiceArguments;
use super::generate::GenerateArguments;
use super::help::{BENCH, EXIT_CODES, SETTINGS};
use super::voices::VoicesArguments;

/// Text to speech on an ordinary CPU, streaming.
#[derive(Debug, Parser)]
#[command(name = "pocket-tts", version, max_term_width = 100, after_help = EXIT_CODES)]
// The last one of an option that is given twice counts, so that what a shell's alias says can be overridden.
#[command(args_override_self = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Speak a text: into a file, or to standard output while it is being made.
    ///
    /// The text is that of the arguments, as in `pocket-tts generate "Good morning."`, or else what is piped into the
    /// program, or else a greeting.
    #[command(after_help = EXIT_CODES, after_long_help = format!("{SETTINGS}\n\n{EXIT_CODES}"))]
    Generate(Box<GenerateArguments>),
    /// Prepare voices once: recordings become files that load at once (.safetensors).
    #[command(after_help = EXIT_CODES)]
    ExportVoice(Box<ExportVoiceArguments>),
    /// List the voices that a model has by name.
    #[command(after_help = EXIT_CODES)]
    Voices(VoicesArguments),
    /// Fetch a model and its voice, so that it speaks without a network from then on.
    #[command(after_help = EXIT_CODES)]
    Download(DownloadArguments),
    /// Look after what was fetched: list it, check it, clear away what is of no use.
    #[command(after_help = EXIT_CODES)]
    Cache(CacheArguments),
    /// Speak over HTTP: the Python package's endpoint and OpenAI's speech API.
    Serve(Box<ServeArguments>),
    /// Measure the speed: one line of JSON on standard output.
    #[command(after_help = BENCH)]
    Bench(BenchArguments),
}
