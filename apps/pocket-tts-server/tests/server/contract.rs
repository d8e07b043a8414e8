//! The description of the API holds: `schemathesis` sends what it allows and what it doesn't, and compares the answers
//! with it.
//!
//! It is not on every machine, and so these tests run only if asked for, as the ones in `clients.rs` do.

use std::process::Command;

use crate::clients::{PACKAGES, SCRIPTS, succeed};
use crate::fixture::TestServer;

/// Requests of each endpoint in a phase.
const EXAMPLES: &str = "40";
/// A run is cut off after this time, whatever it has tried by then.
const MOST_SECONDS: &str = "90";

/// Runs it against a server with these options, and with more of its own.
#[track_caller]
fn holds(options: &[&str], more: &[&str]) {
    // Long texts would only take long.
    let server = TestServer::start(&[&["--max-text-chars", "24", "--max-queue", "64"], options].concat());
    let program = std::path::Path::new(PACKAGES).join("venv/bin/schemathesis");
    assert!(program.exists(), "{} is missing; run {SCRIPTS}/install.sh", program.display());
    let mut command = Command::new(program);
    command.current_dir(SCRIPTS).arg("--config-file=schemathesis.toml").arg("run");
    command
        .args(["--seed=1", "--no-color", "--max-examples", EXAMPLES, "--max-time", MOST_SECONDS])
        .args(more);
    let report = succeed(command.arg(format!("{}/openapi.json", server.origin())));
    let report = String::from_utf8_lossy(&report);
    assert!(report.contains("No issues found"), "{report}");
}

#[test]
#[ignore = "needs Python's package schemathesis; `cargo xtask ci` runs it"]
fn the_description_of_an_open_server_holds() {
    let voices = tempfile::tempdir().unwrap();
    holds(&["--voices-dir", voices.path().to_str().unwrap()], &[]);
}

#[test]
#[ignore = "needs Python's package schemathesis; `cargo xtask ci` runs it"]
fn the_description_of_a_server_with_keys_holds() {
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "sesame").unwrap();
    let key = ["--header", "Authorization: Bearer sesame", "--phases", "coverage"];
    holds(&["--api-key-file", keys.path().to_str().unwrap()], &key);
}
