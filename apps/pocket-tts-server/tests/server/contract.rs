//! The description of the API is correct: `schemathesis` sends valid and invalid requests, and compares the responses
//! with it.
//!
//! It is not on every machine, so these tests are ignored by default, as the ones in `clients.rs`.

use std::{path::Path, process::Command};

use crate::clients::{PACKAGES, SCRIPTS};
use crate::fixture::TestServer;

/// Requests of each endpoint that are drawn in each phase, always the same ones.
const EXAMPLES: &str = "20";

/// Tests a server with these options. Returns the exit code and the report.
fn try_out(options: &[&str], more: &[&str]) -> (Option<i32>, String) {
    // Long texts would only take long.
    let server = TestServer::start(&[&["--max-text-chars", "24"], options].concat());
    let program = Path::new(PACKAGES).join("venv/bin/schemathesis");
    assert!(program.exists(), "{} is missing; run {SCRIPTS}/install.sh", program.display());
    let mut command = Command::new(program);
    // It leaves files where it runs.
    let folder = tempfile::tempdir().unwrap();
    command.current_dir(folder.path());
    command.arg(format!("--config-file={SCRIPTS}/schemathesis.toml")).arg("run");
    command.args(["--seed=1", "--no-color", "--warnings=off", "--generation-database=none"]);
    command.args(["--max-examples", EXAMPLES]).args(more).arg(format!("{}/openapi.json", server.origin));
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(proxy);
    }
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
#[ignore = "needs Python's package schemathesis; `cargo xtask ci` runs it"]
fn the_description_of_an_open_server_holds() {
    let voices = tempfile::tempdir().unwrap();
    let (code, report) = try_out(&["--voices-dir", voices.path().to_str().unwrap()], &[]);
    assert!(code == Some(0) && report.contains("No issues found"), "{report}");
}

#[test]
#[ignore = "needs Python's package schemathesis; `cargo xtask ci` runs it"]
fn the_description_of_a_server_with_keys_holds() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    std::fs::write(&keys, "sesame").unwrap();
    let voices = folder.path().join("voices");
    let options = ["--api-key-file", keys.to_str().unwrap(), "--voices-dir", voices.to_str().unwrap()];
    let key = ["--header", "Authorization: Bearer sesame", "--phases", "coverage"];
    let (code, report) = try_out(&options, &key);
    assert!(code == Some(0) && report.contains("No issues found"), "{report}");
}
