//! `pocket-tts cache list`.

use std::fmt::Write as _;

use pocket_tts_core::{CachedFile, Location, ModelCache};
use serde::Serialize;

use crate::console::Console;
use crate::exit::{Failure, counted};
use crate::fetching::size;
use crate::standard_output;

/// Characters of a commit that are shown to people.
const SHORT_REVISION: usize = 8;

/// A cached file in JSON.
#[derive(Debug, Serialize)]
struct FileRow {
    /// Where it came from, without the revision.
    location: Option<String>,
    /// The commit, of files of the Hugging Face hub.
    revision: Option<String>,
    /// Its size; null if it is missing.
    bytes: Option<u64>,
    path: String,
    /// What it is used for.
    uses: Vec<String>,
}

/// Runs the subcommand.
pub(super) fn run(cache: &ModelCache, json: bool, console: &Console) -> Result<(), Failure> {
    let rows: Vec<FileRow> = cache.files().iter().map(|file| FileRow::new(file, cache)).collect();
    let text = if json {
        let json =
            serde_json::to_string_pretty(&rows).map_err(|error| Failure::Internal(error.to_string()))?;
        format!("{json}\n")
    } else {
        table(&rows)
    };
    standard_output::print(&text)?;
    let bytes = rows.iter().filter_map(|row| row.bytes).sum();
    let folders = [cache.hub_folder(), cache.web_folder()].into_iter().flatten();
    let folders: Vec<String> = folders.map(|folder| folder.display().to_string()).collect();
    let count = counted(rows.len(), "file");
    console.info(&format!("{count}, {}, in {}", size(bytes), folders.join(" and ")));
    let packed = cache.packed_weights();
    if let Some(folder) = packed.first().and_then(|(path, _)| path.parent()) {
        let bytes = packed.iter().map(|(_, bytes)| bytes).sum();
        let count = counted(packed.len(), "file");
        let count = format!("{count} of packed weights");
        console.info(&format!("{count}, {}, in {}", size(bytes), folder.display()));
    }
    Ok(())
}

impl FileRow {
    fn new(file: &CachedFile, cache: &ModelCache) -> Self {
        let (location, revision) = match &file.location {
            Some(Location::HuggingFace { repo, path, revision }) => {
                (Some(format!("hf://{repo}/{path}")), revision.clone())
            }
            location => (location.as_ref().map(ToString::to_string), None),
        };
        let (bytes, path) = (file.bytes, file.path.display().to_string());
        Self { location, revision, bytes, path, uses: cache.uses(file) }
    }
}

fn table(rows: &[FileRow]) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = writeln!(text, "{:>8}  {:SHORT_REVISION$}  FILE", "SIZE", "REVISION");
    for row in rows {
        let size = row.bytes.map_or_else(|| "missing".to_owned(), size);
        let revision = row.revision.as_deref().and_then(|revision| revision.get(..SHORT_REVISION));
        let file = row.location.as_deref().unwrap_or(&row.path);
        let uses = match row.uses.as_slice() {
            [] => String::new(),
            [one] => format!("  ({one})"),
            [one, others @ ..] => format!("  ({one} and {} more)", others.len()),
        };
        let _ = writeln!(text, "{size:>8}  {:SHORT_REVISION$}  {file}{uses}", revision.unwrap_or_default());
    }
    text
}
