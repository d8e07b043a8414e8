//! What the work on a recording is, and what comes of it.

use std::fs;
use std::path::Path;

use pocket_tts_files::SaveError;
use serde_json::Value;

use crate::error::DatasetError;

/// What came of the work on a recording.
#[derive(Debug)]
pub enum Outcome {
    /// Lines of the manifest.
    Kept(Vec<Value>),
    /// It is left out, such as by a filter: a line of `failed.jsonl`.
    LeftOut(Value),
}

/// What is to be done with each recording, by its number from 0 on.
pub trait Work: Sync {
    /// What it is called, such as `measure`.
    fn name(&self) -> &'static str;

    /// What the results depend on besides the settings.
    fn identity(&self, index: u64) -> String;

    /// Whether the files of earlier work are still there.
    fn is_there(&self, index: u64) -> bool;

    /// The bytes of the files that the work on a recording makes, as far as they are there.
    fn bytes(&self, index: u64) -> u64;

    /// Does it.
    ///
    /// # Errors
    /// The reason why it can't be done.
    fn work(&self, index: u64) -> Result<Outcome, DatasetError>;

    /// Is called after the work on each recording, with the reason if it failed; also if it had been done before.
    fn report(&self, index: u64, error: Option<&DatasetError>);
}

/// What a file is known by without reading it: its size and the time of its last change.
pub fn file_identity(path: &Path) -> String {
    let Ok(metadata) = fs::metadata(path) else { return String::new() };
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    format!("{} {:?}", metadata.len(), changed)
}

/// The bytes of a file; 0 if there is none.
pub(crate) fn file_bytes(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

pub(crate) fn of_file(path: &Path) -> impl FnOnce(std::io::Error) -> DatasetError {
    let path = path.to_owned();
    move |reason| DatasetError::Save(SaveError::Io { path, reason })
}
