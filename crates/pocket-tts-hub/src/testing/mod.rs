//! Helpers for tests of transfers: a small web server, whose responses each test defines, and a hub.
//!
//! They are for the tests of any crate and not part of the public API.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod hub;
mod server;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use hub::{COMMIT, Hub, HubFile, Whims};
pub use server::{Reply, Request, Server, reply};

use crate::FetcherSettings;

/// Long enough for a busy machine, short enough for the tests of silent servers.
const STALL_TIMEOUT: Duration = Duration::from_secs(2);

/// The address of a port without a listener.
pub fn deserted_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Settings with caches in `folder` and the hub at `endpoint`.
pub fn settings(folder: &Path, endpoint: &str) -> FetcherSettings {
    FetcherSettings {
        hub_cache: Some(folder.join("hub")),
        web_cache: Some(folder.join("web")),
        endpoint: endpoint.to_owned(),
        stall_timeout: STALL_TIMEOUT,
        retry_delay: Duration::from_millis(1),
        ..FetcherSettings::default()
    }
}

/// Every file and link below `folder`, sorted, relative to it, except for locks and records of origins, which are hidden.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
                continue;
            }
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

/// The files among [`files_below`] that have a final name.
pub fn whole_files_below(folder: &Path) -> Vec<PathBuf> {
    let files = files_below(folder).into_iter();
    files.filter(|path| path.extension().is_none_or(|extension| extension != "incomplete")).collect()
}
