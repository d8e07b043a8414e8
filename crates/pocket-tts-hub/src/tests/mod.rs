//! Tests of the fetcher against small servers on this machine.
//!
//! No test reaches beyond this machine or reads the environment.

mod local;
mod repository;
mod settings;
mod web;

use tempfile::TempDir;

use crate::Fetcher;
use crate::testing::settings;

fn fetcher(folder: &TempDir, endpoint: &str) -> Fetcher {
    Fetcher::new(settings(folder.path(), endpoint))
}
