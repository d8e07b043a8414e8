//! `pocket-tts cache prune`.

use std::fs;
use std::io;
use std::path::Path;

use pocket_tts_core::{LeftoverKind, ModelCache};
use serde::Serialize;

use crate::console::Console;
use crate::exit::{Failure, counted};
use crate::fetching::size;
use crate::standard_output;

/// A file in JSON.
#[derive(Debug, Serialize)]
struct PrunedRow {
    path: String,
    /// `unfinished`, `unused` or `packed weights`.
    kind: &'static str,
    bytes: u64,
    /// `removed`, `would remove`, `kept` because another process may be using it, or `failed`.
    status: &'static str,
}

/// Runs the subcommand.
pub(super) fn run(cache: &ModelCache, dry_run: bool, json: bool, console: &Console) -> Result<(), Failure> {
    let done = if dry_run { "would remove" } else { "removed" };
    let mut rows = Vec::new();
    let mut add = |path: &Path, kind: &'static str, bytes: u64, is_removed: io::Result<bool>| {
        let what = format!("{} ({kind}, {})", path.display(), size(bytes));
        let status = match is_removed {
            Ok(true) => {
                console.info(&format!("{done} {what}"));
                done
            }
            Ok(false) => {
                console.info(&format!("kept, as another process may be using it: {what}"));
                "kept"
            }
            Err(error) => {
                console.problem(&format!("failed: {what}: {error}"));
                "failed"
            }
        };
        rows.push(PrunedRow { path: path.display().to_string(), kind, bytes, status });
    };
    for leftover in cache.leftovers() {
        let kind = match leftover.kind {
            LeftoverKind::Incomplete => "unfinished",
            _ => "unused",
        };
        let (path, bytes) = (leftover.path.clone(), leftover.bytes);
        let is_removed = match (leftover.is_in_use, dry_run) {
            (true, _) => Ok(false),
            (false, true) => Ok(true),
            (false, false) => leftover.remove(),
        };
        add(&path, kind, bytes, is_removed);
    }
    for (path, bytes) in cache.packed_weights() {
        let is_removed = if dry_run { Ok(true) } else { fs::remove_file(&path).map(|()| true) };
        add(&path, "packed weights", bytes, is_removed);
    }
    if json {
        let text =
            serde_json::to_string_pretty(&rows).map_err(|error| Failure::Internal(error.to_string()))?;
        standard_output::print(&format!("{text}\n"))?;
    }
    let failures = rows.iter().filter(|row| row.status == "failed").count();
    if failures > 0 {
        return Err(Failure::Prune { failures });
    }
    let removed: Vec<&PrunedRow> = rows.iter().filter(|row| row.status == done).collect();
    let action = if dry_run { "would be removed" } else { "removed" };
    let bytes = removed.iter().map(|row| row.bytes).sum();
    console.info(&format!("{} {action}, {}", counted(removed.len(), "file"), size(bytes)));
    Ok(())
}
