//! `pocket-tts cache`: lists and verifies cached files, and removes unused ones.
//!
//! It must not know the layout of caches, or access the network.

mod list;
mod prune;
mod verify;

use pocket_tts_core::ModelCache;

use crate::cli::{CacheAction, CacheArguments, CommonArguments};
use crate::console::Console;
use crate::exit::Failure;
use crate::settings::Settings;

/// Runs the subcommand.
pub(crate) fn run(arguments: &CacheArguments) -> Result<(), Failure> {
    let settings =
        Settings::gather(&CommonArguments { quiet: arguments.quiet, ..CommonArguments::default() }.into())?;
    let console = Console::new(settings.quiet);
    let cache = ModelCache::from_environment();
    match arguments.action {
        CacheAction::List { json } => list::run(&cache, json, &console),
        CacheAction::Verify { remove, json } => verify::run(&cache, remove, json, &console),
        CacheAction::Prune { dry_run, json } => prune::run(&cache, dry_run, json, &console),
    }
}
