//! Tests of the fetcher against small servers on this machine.
//!
//! No test reaches beyond this machine or reads the environment.

mod local;
mod models;
mod repository;
mod server;
mod settings;
mod web;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::{Fetcher, FetcherSettings};

/// Long enough for a busy machine, short enough for the tests of silent servers.
const STALL_TIMEOUT: Duration = Duration::from_secs(2);

/// Settings that keep everything in `folder` and take the hub to be at `endpoint`.
fn settings(folder: &TempDir, endpoint: &str) -> FetcherSettings {
    FetcherSettings {
        hub_cache: Some(folder.path().join("hub")),
        web_cache: Some(folder.path().join("web")),
        endpoint: endpoint.to_owned(),
        stall_timeout: STALL_TIMEOUT,
        ..FetcherSettings::default()
    }
}

fn fetcher(folder: &TempDir, endpoint: &str) -> Fetcher {
    Fetcher::new(settings(folder, endpoint))
}

/// Every file and link below `folder`, in order, relative to it.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().to_path_buf());
            }
        }
    }
    files.sort();
    files
}
