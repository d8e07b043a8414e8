//! The command line as it is written: subcommands and their help.

use clap::{Parser, Subcommand};
use pocket_tts_server::ServeArguments;

use super::batch::BatchArguments;
use super::bench::BenchArguments;
use super::cache::CacheArguments;
use super::completions::{CompletionsArguments, ManArguments};
use super::dataset::DatasetArguments;
use super::doctor::DoctorArguments;
use super::download::DownloadArguments;
use super::export_voice::ExportVoiceArguments;
use super::find_heads::FindHeadsArguments;
use super::generate::GenerateArguments;
use super::help::{BATCH, BENCH, BOOK_SEED, COMPLETIONS, EXIT_CODES, READ, SETTINGS};
use super::normalize::NormalizeArguments;
use super::read::ReadArguments;
use super::voices::VoicesArguments;

/// Text to speech on an ordinary CPU, streaming.
#[derive(Debug, Parser)]
#[command(name = "pocket-tts", version, max_term_width = 100, after_help = EXIT_CODES)]
// The last occurrence of an option wins, so that options in a shell alias can be overridden.
#[command(args_override_self = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Speak a text: into a file, or to standard output while it is being generated.
    ///
    /// The text comes from the arguments, as in `pocket-tts generate "Good morning."`, or else from standard input if
    /// something is piped in, or else it is a greeting. Piped text is spoken sentence by sentence while it is being written.
    #[command(after_help = EXIT_CODES, after_long_help = format!("{SETTINGS}\n\n{EXIT_CODES}"))]
    Generate(Box<GenerateArguments>),
    /// Speak many texts, one for each line of a manifest, into a folder.
    ///
    /// A second run speaks only what is missing or has changed. Several processes can share the work with --shard.
    #[command(after_help = EXIT_CODES, after_long_help = format!("{BATCH}\n\n{EXIT_CODES}"))]
    Batch(Box<BatchArguments>),
    /// Make an audiobook of a book; a stopped run goes on where it was.
    ///
    /// Footnotes, pictures and pages such as the table of contents are left out; for tables and code a word is said. Marks such
    /// as `[pause:2s]` are not obeyed in books: they are spoken as words.
    #[command(after_help = EXIT_CODES, after_long_help = format!("{READ}\n\n{EXIT_CODES}"))]
    #[command(mut_arg("seed", |seed| seed.help(BOOK_SEED)))]
    Read(Box<ReadArguments>),
    /// Put numbers, dates and abbreviations into words, line by line, without speaking.
    #[command(after_help = EXIT_CODES)]
    Normalize(NormalizeArguments),
    /// Prepare voices: recordings become files that load immediately (.safetensors).
    #[command(after_help = EXIT_CODES)]
    ExportVoice(Box<ExportVoiceArguments>),
    /// List the named voices of a model.
    #[command(after_help = EXIT_CODES)]
    Voices(VoicesArguments),
    /// Fetch a model and its voice, so that it can speak without a network.
    #[command(after_help = EXIT_CODES)]
    Download(DownloadArguments),
    /// Manage cached files: list them, verify them, remove unused ones.
    #[command(after_help = EXIT_CODES)]
    Cache(CacheArguments),
    /// Speak over HTTP: the Python package's endpoint and OpenAI's speech API.
    Serve(Box<ServeArguments>),
    /// Measure the speed, and print one line of JSON.
    #[command(after_help = BENCH)]
    Bench(BenchArguments),
    /// Prepare sets of recordings for training: measure, convert, cut, and encode to latents.
    #[command(after_help = EXIT_CODES)]
    Dataset(Box<DatasetArguments>),
    /// Find the attention heads that tell when each word is spoken, for a model whose configuration names none.
    ///
    /// Speaks a text, looks at all heads, and prints the line for the model's configuration (`timestamp_heads`).
    #[command(after_help = EXIT_CODES)]
    FindTimestampHeads(FindHeadsArguments),
    /// Check this machine: its processor and memory, the caches and models, audio players, and the way to the hub.
    #[command(after_help = EXIT_CODES)]
    Doctor(DoctorArguments),
    /// Print a script that completes this command's words in a shell.
    #[command(after_help = COMPLETIONS)]
    Completions(CompletionsArguments),
    /// Print the manual page, or write the pages of all subcommands.
    Man(ManArguments),
}
