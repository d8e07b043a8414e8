//! `pocket-tts man`: manual pages, made of the help.

use std::fs;
use std::io::Write as _;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use pocket_tts_files::AtomicFile;

use crate::cli::{Arguments, ManArguments};
use crate::exit::Failure;
use crate::standard_output;

/// The section of commands.
const SECTION: &str = "1";
/// The subcommand that clap adds, whose page would say nothing.
const HELP: &str = "help";

/// Runs the subcommand.
pub(crate) fn run(arguments: &ManArguments) -> Result<(), Failure> {
    let mut command = Arguments::command();
    // Gives subcommands their whole names.
    command.build();
    let name = command.get_name().to_owned();
    let Some(folder) = &arguments.out else {
        return standard_output::print(&page(&command, &name)?);
    };
    fs::create_dir_all(folder).map_err(|source| Failure::CreateFolder { path: folder.clone(), source })?;
    let mut pages = Vec::new();
    add_pages(&command, &name, &mut pages)?;
    for (name, page) in pages {
        let path = folder.join(format!("{name}.{SECTION}"));
        let mut file = AtomicFile::create(&path)?;
        file.write_all(page.as_bytes())
            .map_err(|error| Failure::write(&path.display().to_string(), error))?;
        file.commit()?;
    }
    Ok(())
}

/// Adds the page of a command and of all its subcommands.
fn add_pages(command: &Command, name: &str, pages: &mut Vec<(String, String)>) -> Result<(), Failure> {
    pages.push((name.to_owned(), page(command, name)?));
    let shown = |subcommand: &&Command| subcommand.get_name() != HELP && !subcommand.is_hide_set();
    command
        .get_subcommands()
        .filter(shown)
        .try_for_each(|subcommand| add_pages(subcommand, &format!("{name}-{}", subcommand.get_name()), pages))
}

fn page(command: &Command, name: &str) -> Result<String, Failure> {
    let source = concat!("pocket-tts ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).title(name).section(SECTION).source(source).manual("pocket-tts");
    let mut page = Vec::new();
    man.render(&mut page).map_err(|error| Failure::Internal(error.to_string()))?;
    let page = String::from_utf8_lossy(&page);
    // The empty date, in front of the version, must be there.
    Ok(page.replacen(&format!(" {SECTION}  \""), &format!(" {SECTION} \"\" \""), 1))
}
