//! `pocket-tts completions`: a script that completes this command's words in a shell.

use clap::CommandFactory;

use crate::cli::{Arguments, CompletionsArguments};
use crate::exit::Failure;
use crate::standard_output;

/// Runs the subcommand.
pub(crate) fn run(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    standard_output::print(&String::from_utf8_lossy(&script))
}
