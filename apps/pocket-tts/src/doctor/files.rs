//! The caches, and the models in them. Nothing is fetched or created for longer than the check.

use std::path::Path;

use pocket_tts_core::{DownloadVoices, ModelCache, default_weight_cache_dir, model_names};

use super::finding::Finding;
use crate::exit::counted;
use crate::fetching::size;
use crate::model_choice::ModelChoice;

/// The space that a released model takes with its packed weights, in bytes.
const ENOUGH_BYTES: u64 = 1_000_000_000;

/// Whether the caches can be written, and what is in them.
pub(super) fn caches(cache: &ModelCache) -> Vec<Finding> {
    let weights = default_weight_cache_dir();
    let folders = [
        ("downloads", cache.hub_folder(), "HF_HOME"),
        ("web files", cache.web_folder(), "XDG_CACHE_HOME"),
        ("packed weights", weights.as_deref(), "POCKET_TTS_WEIGHT_CACHE"),
    ];
    let mut findings: Vec<Finding> = folders
        .into_iter()
        .filter_map(|(content, folder, variable)| Some(folder_finding(content, folder?, variable)))
        .collect();
    if cache.hub_folder().is_none() {
        findings.push(Finding::warning(
            "cache",
            "there is no folder for downloads, as the home folder is unknown",
            "set HOME, or HF_HOME and XDG_CACHE_HOME",
        ));
    }
    if weights.is_none() {
        findings.push(Finding::warning(
            "cache",
            "packed weights are not kept, so that large models load slowly each time",
            "unset POCKET_TTS_WEIGHT_CACHE, or name a folder with it",
        ));
    }
    let leftovers = cache.leftovers();
    if !leftovers.is_empty() {
        let bytes = leftovers.iter().map(|leftover| leftover.bytes).sum();
        let count = counted(leftovers.len(), "unfinished or unused file");
        findings.push(Finding::warning(
            "cache",
            format!("{count}, {}", size(bytes)),
            "`pocket-tts cache prune` removes them; a download that is repeated goes on where it ended",
        ));
    }
    findings
}

fn folder_finding(content: &str, folder: &Path, variable: &str) -> Finding {
    // What doesn't exist is created in the nearest folder that does.
    let existing = folder.ancestors().find(|folder| folder.exists()).unwrap_or(folder);
    let shown = folder.display();
    if let Err(error) = tempfile::tempfile_in(existing) {
        return Finding::warning(
            "cache",
            format!("{content} can't be written to {shown} ({error})"),
            format!("fix the permissions, or name another folder with {variable}"),
        );
    }
    match free_bytes(existing) {
        Some(free) if free < ENOUGH_BYTES => Finding::warning(
            "cache",
            format!("only {} are free for {content} in {shown}", size(free)),
            format!(
                "free some space, for example with `pocket-tts cache prune`, or name another folder with {variable}"
            ),
        ),
        free => {
            let free = free.map(|free| format!(", {} free", size(free))).unwrap_or_default();
            Finding::ok("cache", format!("{content} in {shown}{free}"))
        }
    }
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(folder).ok()?;
    about.f_bavail.checked_mul(about.f_frsize)
}

#[cfg(not(unix))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}

/// Which models are on this machine, and whether the chosen one is.
pub(super) fn models(choice: &ModelChoice) -> Finding {
    let is_here = |model: &ModelChoice| model.builder(true).download(DownloadVoices::Default).is_ok();
    let here = model_names().filter(|name| is_here(&ModelChoice::Language((*name).to_owned())));
    let here: Vec<&str> = here.collect();
    let message = if here.is_empty() {
        "no model is on this machine".to_owned()
    } else {
        format!("on this machine: {}", here.join(", "))
    };
    if is_here(choice) {
        return Finding::ok("models", message);
    }
    let advice = match choice {
        ModelChoice::Language(name) => format!("`pocket-tts download {name}` fetches it"),
        _ => "the first use fetches it; check its location otherwise".to_owned(),
    };
    Finding::warning(
        "models",
        format!("the model {choice} of the settings is not on this machine; {message}"),
        advice,
    )
}
