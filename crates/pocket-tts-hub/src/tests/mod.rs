//! Tests of the fetcher against small servers on this machine.
//!
//! No test uses the network beyond this machine or reads the environment.

mod cache;
mod local;
mod repository;
mod settings;
mod transfer;
mod web;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::testing::{COMMIT, HubFile, settings};
use crate::{Fetcher, Location};

const REPO: &str = "owner/name";
const PATH: &str = "folder/model.bin";

fn fetcher(folder: &TempDir, endpoint: &str) -> Fetcher {
    Fetcher::new(settings(folder.path(), endpoint))
}

/// The file that most tests fetch.
fn location(revision: Option<&str>) -> Location {
    Location::HuggingFace {
        repo: REPO.to_owned(),
        path: PATH.to_owned(),
        revision: revision.map(str::to_owned),
    }
}

fn pinned() -> Location {
    location(Some(COMMIT))
}

/// 300 000 bytes, several chunks of a transfer, all different.
fn large_body() -> Vec<u8> {
    (0..75_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn large_file() -> HubFile {
    HubFile::large(REPO, PATH, &large_body())
}

fn in_repo(folder: &Path, rest: &str) -> PathBuf {
    folder.join("hub/models--owner--name").join(rest)
}
