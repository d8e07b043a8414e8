//! `pocket-tts cache verify`.

use std::fs;
use std::path::Path;

use pocket_tts_core::{CachedFile, ModelCache, Verdict};
use serde::Serialize;

use crate::console::Console;
use crate::exit::{Failure, counted};
use crate::standard_output;

/// A checked file in JSON.
#[derive(Debug, Serialize)]
struct CheckedRow {
    path: String,
    /// Where it came from; null for packed weights.
    location: Option<String>,
    /// `whole`, `damaged`, `missing`, `unreadable`, or `unknown` without a checksum.
    status: &'static str,
    removed: bool,
}

/// Runs the subcommand.
pub(super) fn run(cache: &ModelCache, remove: bool, json: bool, console: &Console) -> Result<(), Failure> {
    let files = cache.files();
    let bar = console.bar(files.len());
    let mut rows = Vec::new();
    for file in &files {
        bar.set_message(file.path.display().to_string());
        let (status, problem) = match file.verify() {
            Ok(Verdict::Whole) => ("whole", None),
            Ok(Verdict::Missing) => ("missing", Some("missing".to_owned())),
            Ok(Verdict::Damaged) => ("damaged", Some("damaged".to_owned())),
            Ok(_) => ("unknown", None),
            Err(error) => ("unreadable", Some(format!("unreadable ({error})"))),
        };
        let mut removed = false;
        if let Some(problem) = problem {
            let outcome = remove.then(|| file.remove());
            removed = matches!(outcome, Some(Ok(())));
            bar.suspend(|| console.problem(&format!("{problem}: {}{}", name(file), removal(outcome))));
        }
        rows.push(CheckedRow {
            path: file.path.display().to_string(),
            location: file.location.as_ref().map(ToString::to_string),
            status,
            removed,
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    let packed = cache.packed_weights();
    rows.extend(packed.iter().map(|(path, _)| packed_row(cache, path, remove, console)));
    if json {
        let text =
            serde_json::to_string_pretty(&rows).map_err(|error| Failure::Internal(error.to_string()))?;
        standard_output::print(&format!("{text}\n"))?;
    }
    let count = |status: &str| rows.iter().filter(|row| row.status == status).count();
    let (total, unknown) = (rows.len(), count("unknown"));
    let damaged = total - count("whole") - unknown;
    if damaged > 0 {
        return Err(Failure::DamagedCache { damaged, total });
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

/// What a file is called in messages.
fn name(file: &CachedFile) -> String {
    let path = file.path.display();
    file.location.as_ref().map_or_else(|| path.to_string(), |location| format!("{location} ({path})"))
}

/// Checks a file of packed weights, and reports what is wrong with it.
fn packed_row(cache: &ModelCache, path: &Path, remove: bool, console: &Console) -> CheckedRow {
    let (status, problem) = match cache.is_whole_packed(path) {
        Ok(true) => ("whole", None),
        Ok(false) => ("damaged", Some("damaged, unfinished or of another version".to_owned())),
        Err(error) => ("unreadable", Some(format!("unreadable ({error})"))),
    };
    let mut removed = false;
    if let Some(problem) = problem {
        let outcome = remove.then(|| fs::remove_file(path));
        removed = matches!(outcome, Some(Ok(())));
        console.problem(&format!("{problem}: {} (packed weights){}", path.display(), removal(outcome)));
    }
    CheckedRow { path: path.display().to_string(), location: None, status, removed }
}

/// The outcome of a removal in words.
fn removal(outcome: Option<std::io::Result<()>>) -> String {
    match outcome {
        None => String::new(),
        Some(Ok(())) => "; removed".to_owned(),
        Some(Err(error)) => format!(", and it could not be removed: {error}"),
    }
}
