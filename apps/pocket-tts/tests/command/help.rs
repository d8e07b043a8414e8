//! The help as users see it, compared with the files in `tests/snapshots`.

use std::path::Path;

use crate::support::Sandbox;

/// The first line in which two texts differ.
pub(crate) fn difference(expected: &str, found: &str) -> Option<String> {
    let longest = expected.lines().count().max(found.lines().count());
    let line = |text: &str, index| text.lines().nth(index).unwrap_or("(the end)").to_owned();
    (0..longest).find(|index| line(expected, *index) != line(found, *index)).map(|index| {
        format!("line {}:\n  expected: {}\n  found: {}", index + 1, line(expected, index), line(found, index))
    })
}

#[track_caller]
fn agrees(name: &str, arguments: &[&str]) {
    let outcome = Sandbox::new().run(arguments).succeeded();
    let found = String::from_utf8(outcome.stdout).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    let expected = std::fs::read_to_string(&path).unwrap();
    if let Some(difference) = difference(&expected, &found) {
        panic!("{name} differs from the help, {difference}\nall of it is now:\n{found}");
    }
    assert_eq!(outcome.stderr, "");
}

#[test]
fn the_help_of_the_command_is_as_reviewed() {
    agrees("help.txt", &["--help"]);
}

#[test]
fn the_help_of_generate_is_as_reviewed() {
    agrees("generate.txt", &["generate", "--help"]);
}

#[test]
fn the_short_help_of_generate_is_as_reviewed() {
    agrees("generate_short.txt", &["generate", "-h"]);
}

#[test]
fn the_help_of_read_is_as_reviewed() {
    agrees("read.txt", &["read", "--help"]);
}

#[test]
fn the_help_of_batch_is_as_reviewed() {
    agrees("batch.txt", &["batch", "--help"]);
}

#[test]
fn the_help_of_doctor_completions_and_man_is_as_reviewed() {
    agrees("doctor.txt", &["doctor", "--help"]);
    agrees("completions.txt", &["completions", "--help"]);
    agrees("man.txt", &["man", "--help"]);
}

#[test]
fn the_help_of_bench_is_as_reviewed() {
    agrees("bench.txt", &["bench", "--help"]);
}

#[test]
fn the_help_of_export_voice_is_as_reviewed() {
    agrees("export_voice.txt", &["export-voice", "--help"]);
}

#[test]
fn the_help_of_voices_is_as_reviewed() {
    agrees("voices.txt", &["voices", "--help"]);
}

#[test]
fn the_help_of_download_is_as_reviewed() {
    agrees("download.txt", &["download", "--help"]);
}

#[test]
fn the_help_of_cache_is_as_reviewed() {
    agrees("cache.txt", &["cache", "--help"]);
    agrees("cache_list.txt", &["cache", "list", "--help"]);
    agrees("cache_verify.txt", &["cache", "verify", "--help"]);
    agrees("cache_prune.txt", &["cache", "prune", "--help"]);
}

#[test]
fn the_help_of_dataset_is_as_reviewed() {
    agrees("dataset.txt", &["dataset", "--help"]);
    for action in ["measure", "prepare", "cut", "encode", "decode"] {
        agrees(&format!("dataset_{action}.txt"), &["dataset", action, "--help"]);
    }
}

#[test]
fn the_help_of_serve_is_as_reviewed() {
    agrees("serve.txt", &["serve", "--help"]);
}

#[test]
fn the_version_is_the_package_version() {
    let outcome = Sandbox::new().run(&["--version"]).succeeded();
    let expected = format!("pocket-tts {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(outcome.stdout).unwrap(), expected);
}
