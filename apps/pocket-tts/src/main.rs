//! The command `pocket-tts`: speaks text on the CPU.
//!
//! Each subcommand has a module of its own. Arguments are parsed in `cli` and checked in `settings`. This file leads from
//! the command line to the exit code.

mod batch;
mod bench;
mod cache;
mod checked_speech;
mod cli;
mod colours;
mod completions;
mod console;
mod dataset;
mod defaults;
mod doctor;
mod download;
mod exit;
mod export_voice;
mod fetching;
mod find_heads;
mod generate;
mod input;
mod interruption;
mod leveling;
mod listening;
mod man;
mod message;
mod model_choice;
mod normalize;
mod output;
mod playing;
mod progress;
mod read;
mod result;
mod settings;
mod signal;
mod speaking;
mod speech;
mod standard_input;
mod standard_output;
mod text_problem;
mod timestamps;
mod voice_loudness;
mod voices;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::cli::{Arguments, Command};
use crate::console::Console;
use crate::exit::{Failure, INTERNAL};
use crate::message::Message;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => return report(&answer),
    };
    // The panic has been reported; this only sets the exit code.
    let outcome = std::panic::catch_unwind(|| run(&arguments.command));
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            Console::new(false).failure(&failure);
            failure.code()
        }
        Err(_) => ExitCode::from(INTERNAL),
    }
}

/// Prints the help or the version, or what is wrong with the arguments.
fn report(answer: &clap::Error) -> ExitCode {
    if answer.kind() == ErrorKind::DisplayHelp
        && let Some(word) = word_taken_for_help(std::env::args_os())
    {
        let problem =
            format!("`{word}` is not an option; to speak a text that begins with a dash, use --text");
        let failure = Failure::Usage(problem);
        Console::new(false).failure(&failure);
        return failure.code();
    }
    let code = ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(INTERNAL));
    if answer.use_stderr() {
        match Message::of_arguments(&answer.render().to_string()) {
            Some(message) => Console::new(false).lines(&message),
            // The help, without a subcommand. A failure to write cannot be reported anywhere.
            None => drop(answer.print()),
        }
        return code;
    }
    match standard_output::put(|| answer.print()) {
        Ok(()) => code,
        Err(failure) => {
            Console::new(false).failure(&failure);
            failure.code()
        }
    }
}

/// The word that clap took for `-h` and further short options, if nobody asked for help.
fn word_taken_for_help(words: impl Iterator<Item = OsString>) -> Option<String> {
    let words: Vec<String> = words.skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    if words.iter().any(|word| ["-h", "--help", "help"].contains(&word.as_str())) {
        return None;
    }
    let is_cluster = |word: &String| word.starts_with("-h") && word.len() > 2;
    words.into_iter().find(is_cluster)
}

fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Generate(arguments) => generate::run(arguments),
        Command::Read(arguments) => read::run(arguments),
        Command::Batch(arguments) => batch::run(arguments),
        Command::Normalize(arguments) => normalize::run(arguments),
        Command::Serve(arguments) => Ok(pocket_tts_server::run(arguments)?),
        Command::Bench(arguments) => bench::run(arguments),
        Command::ExportVoice(arguments) => export_voice::run(arguments),
        Command::Voices(arguments) => voices::run(arguments),
        Command::Download(arguments) => download::run(arguments),
        Command::Cache(arguments) => cache::run(arguments),
        Command::FindTimestampHeads(arguments) => find_heads::run(arguments),
        Command::Dataset(arguments) => dataset::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Completions(arguments) => completions::run(arguments),
        Command::Man(arguments) => man::run(arguments),
    }
}
