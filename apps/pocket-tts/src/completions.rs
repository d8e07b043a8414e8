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
    clap_complete::generate(arguments.shell, &mut command, &name, &mut script);
    let script = String::from_utf8_lossy(&script);
    // The script for bash writes a hyphen of the program's name in two ways, so that it finds no option of a subcommand.
    let written = |separator: &str| name.replace('-', separator);
    standard_output::print(&script.replace(&written("__subcmd__"), &written("__")))
}
