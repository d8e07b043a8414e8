//! `pocket-tts cache`: lists and verifies cached files, and removes unused ones.
//!
//! It must not know the layout of caches, or access the network.

mod list;

use std::fs;
use std::path::Path;

use pocket_tts_core::{CachedFile, LeftoverKind, ModelCache, Verdict};

use crate::cli::{CacheAction, CacheArguments, GenerateArguments};
use crate::console::Console;
use crate::exit::{Failure, counted};
use crate::fetching::size;
use crate::settings::Settings;

/// Runs the subcommand.
pub(crate) fn run(arguments: &CacheArguments) -> Result<(), Failure> {
    let settings =
        Settings::gather(&GenerateArguments { quiet: arguments.quiet, ..GenerateArguments::default() })?;
    let console = Console::new(settings.quiet);
    let cache = ModelCache::from_environment();
    match arguments.action {
        CacheAction::List { json } => list::run(&cache, json, &console),
        CacheAction::Verify { remove } => verify(&cache, remove, &console),
        CacheAction::Prune { dry_run } => prune(&cache, dry_run, &console),
    }
}

/// What a file is called in messages.
fn name(file: &CachedFile) -> String {
    let path = file.path.display();
    file.location.as_ref().map_or_else(|| path.to_string(), |location| format!("{location} ({path})"))
}

fn verify(cache: &ModelCache, remove: bool, console: &Console) -> Result<(), Failure> {
    let files = cache.files();
    let bar = console.bar(files.len());
    let (mut damaged, mut unknown) = (0, 0);
    for file in &files {
        bar.set_message(file.path.display().to_string());
        let problem = match file.verify() {
            Ok(Verdict::Whole) => None,
            Ok(Verdict::Missing) => Some("missing".to_owned()),
            Ok(Verdict::Damaged) => Some("damaged".to_owned()),
            Ok(_) => {
                unknown += 1;
                None
            }
            Err(error) => Some(format!("unreadable ({error})")),
        };
        if let Some(problem) = problem {
            damaged += 1;
            let what_then = if remove { removal(file) } else { String::new() };
            bar.suspend(|| console.problem(&format!("{problem}: {}{what_then}", name(file))));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let packed = cache.packed_weights();
    damaged += packed.iter().filter(|(path, _)| !is_sound(cache, path, remove, console)).count();
    if damaged > 0 {
        return Err(Failure::DamagedCache { damaged, total: files.len() + packed.len() });
    }
    let unknown = if unknown > 0 { format!("; {unknown} of them have no checksum") } else { String::new() };
    let besides = match packed.len() {
        0 => String::new(),
        count => format!(", and {count} of packed weights"),
    };
    console
        .info(&format!("{} checked{besides}, none is damaged{unknown}", counted(files.len(), "cached file")));
    Ok(())
}

/// Checks a file of packed weights, and reports what is wrong with it.
fn is_sound(cache: &ModelCache, path: &Path, remove: bool, console: &Console) -> bool {
    let problem = match cache.is_whole_packed(path) {
        Ok(true) => return true,
        Ok(false) => "damaged, unfinished or of another version".to_owned(),
        Err(error) => format!("unreadable ({error})"),
    };
    let what_then = match remove.then(|| fs::remove_file(path)) {
        None => String::new(),
        Some(Ok(())) => "; removed".to_owned(),
        Some(Err(error)) => format!(", and it could not be removed: {error}"),
    };
    console.problem(&format!("{problem}: {} (packed weights){what_then}", path.display()));
    false
}

/// Removes a file. Returns the outcome in words.
fn removal(file: &CachedFile) -> String {
    match file.remove() {
        Ok(()) => "; removed".to_owned(),
        Err(error) => format!(", and it could not be removed: {error}"),
    }
}

fn prune(cache: &ModelCache, dry_run: bool, console: &Console) -> Result<(), Failure> {
    let (mut files, mut bytes, mut failures) = (0, 0, 0);
    for leftover in cache.leftovers() {
        let kind = match leftover.kind {
            LeftoverKind::Incomplete => "unfinished",
            _ => "unused",
        };
        let what = format!("{} ({kind}, {})", leftover.path.display(), size(leftover.bytes));
        let is_removed = if leftover.is_in_use {
            Ok(false)
        } else if dry_run {
            Ok(true)
        } else {
            leftover.remove()
        };
        match is_removed {
            Ok(true) => {
                files += 1;
                bytes += leftover.bytes;
                console.info(&format!("{} {what}", if dry_run { "would remove" } else { "removed" }));
            }
            Ok(false) => console.info(&format!("kept, as another process may be using it: {what}")),
            Err(error) => {
                failures += 1;
                console.problem(&format!("failed: {what}: {error}"));
            }
        }
    }
    for (path, packed_bytes) in cache.packed_weights() {
        let what = format!("{} (packed weights, {})", path.display(), size(packed_bytes));
        match if dry_run { Ok(()) } else { fs::remove_file(&path) } {
            Ok(()) => {
                files += 1;
                bytes += packed_bytes;
                console.info(&format!("{} {what}", if dry_run { "would remove" } else { "removed" }));
            }
            Err(error) => {
                failures += 1;
                console.problem(&format!("failed: {what}: {error}"));
            }
        }
    }
    if failures > 0 {
        return Err(Failure::Prune { failures });
    }
    let action = if dry_run { "would be removed" } else { "removed" };
    console.info(&format!("{} {action}, {}", counted(files, "file"), size(bytes)));
    Ok(())
}
