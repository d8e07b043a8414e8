//! `cache list`, `cache verify` and `cache prune`.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::support::{Sandbox, hub};
use pocket_tts_hub::testing::{Hub, files_below};

const REPO_FOLDER: &str = ".cache/huggingface/hub/models--kyutai--pocket-tts";

fn sandbox_with_english() -> Sandbox {
    let (sandbox, hub) = (Sandbox::new(), Hub::start(hub::english()));
    sandbox.run_with(&[("HF_ENDPOINT", &hub.endpoint())], &["download", "english", "-q"]).succeeded();
    sandbox
}

/// Writes a file with a modification time an hour ago.
fn put_old(sandbox: &Sandbox, name: &str, content: &str) {
    let path = sandbox.write(name, content);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
}

#[test]
fn an_empty_cache_is_not_an_error() {
    let sandbox = Sandbox::new();
    let list = sandbox.run(&["cache", "list"]).succeeded();
    assert!(list.stderr.contains("0 files, 0 B, in "), "{}", list.stderr);
    assert_eq!(sandbox.run(&["cache", "list", "--json"]).succeeded().stdout, b"[]\n");
    sandbox.run(&["cache", "verify"]).succeeded();
    sandbox.run(&["cache", "prune"]).succeeded();
    assert_eq!(sandbox.files(), [""; 0], "nothing is written");
    assert_eq!(sandbox.run(&["cache"]).code, Some(2));
}

#[test]
fn cached_files_are_listed_with_use_size_and_revision() {
    let sandbox = sandbox_with_english();
    let outcome = sandbox.run(&["cache", "list"]).succeeded();
    let table = String::from_utf8(outcome.stdout).unwrap();
    assert_eq!(table.lines().count(), 4, "{table}");
    let weights = table.lines().find(|line| line.contains("model.safetensors")).unwrap();
    let words: Vec<&str> = weights.split_whitespace().collect();
    let location = "hf://kyutai/pocket-tts/languages/english/model.safetensors";
    assert_eq!(words[..4], ["400.0", "kB", "db04f0e6", location]);
    assert!(weights.contains("(english weights"), "{weights}");
    assert!(table.contains("(english voice alba)") && table.contains("(english tokenizer"), "{table}");
    assert!(outcome.stderr.contains("3 files, 420.0 kB, in "), "{}", outcome.stderr);
    let json = sandbox.run(&["cache", "list", "--json", "-q"]).succeeded();
    assert_eq!(json.stderr, "");
    let rows: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert_eq!((&rows[0]["location"], &rows[0]["bytes"]), (&location.into(), &400_000.into()));
    assert_eq!(rows[0]["revision"], "db04f0e653473e5c7333c69686ac92b7460b0c1d");
}

#[test]
fn damage_is_found_reported_and_repaired() {
    let sandbox = sandbox_with_english();
    let whole = sandbox.run(&["cache", "verify"]).succeeded();
    assert!(whole.stderr.contains("3 cached files checked, none is damaged"), "{}", whole.stderr);
    let blob = sandbox.path(REPO_FOLDER).join("blobs").join(hub::english()[0].etag());
    let mut bytes = fs::read(&blob).unwrap();
    bytes[200_000] ^= 1;
    fs::write(&blob, bytes).unwrap();
    let outcome = sandbox.run(&["cache", "verify", "-q"]);
    let outcome = outcome.failed(3, &["1 of 3 cached files are damaged or missing", "cache verify --remove"]);
    let told = "damaged: hf://kyutai/pocket-tts/languages/english/";
    assert!(outcome.stderr.starts_with(told), "{}", outcome.stderr);
    sandbox.run(&["cache", "verify", "--remove"]).failed(3, &["1 of 3"]);
    sandbox.run(&["cache", "verify"]).succeeded();
    assert_eq!(hub::check(&sandbox), 2);
    let hub = Hub::start(hub::english());
    sandbox.run_with(&[("HF_ENDPOINT", &hub.endpoint())], &["download", "english"]).succeeded();
    assert_eq!(hub::check(&sandbox), 3);
    assert!(
        hub.requests()
            .iter()
            .all(|request| request.path.contains(hub::WEIGHTS) || request.path.starts_with("/stored/"))
    );
    #[cfg(unix)]
    {
        fs::remove_file(blob).unwrap();
        let outcome = sandbox.run(&["cache", "verify"]).failed(3, &["1 of 3"]);
        assert!(outcome.stderr.contains("missing: hf://"), "{}", outcome.stderr);
    }
}

#[test]
fn packed_weights_are_verified_and_unfinished_ones_removed() {
    let sandbox = Sandbox::new();
    let folder = ".cache/pocket-tts/packed";
    sandbox.write(&format!("{folder}/0123456789abcdef0123456789abcdef.packed"), "no weights");
    sandbox.write(&format!("{folder}/.pocket-tts-aBcDeF.part"), "half");
    let list = sandbox.run(&["cache", "list"]).succeeded();
    assert!(list.stderr.contains("2 files of packed weights, 14 B, in "), "{}", list.stderr);
    let verify = sandbox.run(&["cache", "verify"]).failed(3, &["2 of 2 cached files are damaged"]);
    assert!(verify.stderr.contains("of another version: ") && verify.stderr.contains("(packed weights)"));
    let prune = sandbox.run(&["cache", "prune"]).succeeded();
    assert!(prune.stderr.contains("2 files removed, 14 B"), "{}", prune.stderr);
    sandbox.run(&["cache", "verify"]).succeeded();
}

#[cfg(target_os = "linux")]
#[test]
fn a_closed_standard_output_is_an_error() {
    let sandbox = Sandbox::new();
    let results = ["doctor --offline", "completions bash", "man"];
    for command in ["cache list", "voices", "--help", "cache --help", "--version"].into_iter().chain(results)
    {
        for redirection in [">&-", ">/dev/full"] {
            let script = format!("exec \"$0\" {command} {redirection}");
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", &script, env!("CARGO_BIN_EXE_pocket-tts")]).env_clear();
            let output = shell.env("HOME", sandbox.path("")).output().unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(4), "{script}: {told}");
            assert!(told.contains("standard output"), "{told}");
        }
    }
}

#[test]
fn only_unused_files_are_removed() {
    let sandbox = sandbox_with_english();
    let blobs = format!("{REPO_FOLDER}/blobs");
    put_old(&sandbox, &format!("{blobs}/aa.pocket-tts-12345678.incomplete"), "12");
    put_old(&sandbox, &format!("{blobs}/bb"), "123");
    let elsewhere = ".cache/huggingface/hub/models--other--program/blobs/cc.incomplete";
    put_old(&sandbox, elsewhere, "1234");
    put_old(&sandbox, ".cache/pocket-tts/dd.wav.0.pocket-tts-12345678.incomplete", "12345");
    let cache = ["huggingface", "pocket-tts"].map(|folder| sandbox.path(".cache").join(folder));
    let all = || cache.iter().flat_map(|folder| files_below(folder)).collect::<Vec<_>>();
    let before = all();
    let would = sandbox.run(&["cache", "prune", "--dry-run"]).succeeded();
    assert!(would.stderr.contains("3 files would be removed, 10 B"), "{}", would.stderr);
    let one = would.stderr.lines().find(|line| line.contains("aa.pocket-tts")).unwrap();
    assert!(one.starts_with("would remove ") && one.contains("(unfinished, 2 B)"), "{one}");
    assert_eq!(all(), before);
    let done = sandbox.run(&["cache", "prune"]).succeeded();
    assert!(done.stderr.contains("3 files removed, 10 B"), "{}", done.stderr);
    assert_eq!(all().len(), before.len() - 3);
    assert!(sandbox.path(elsewhere).exists());
    fs::remove_file(sandbox.path(elsewhere)).unwrap();
    assert_eq!(hub::check(&sandbox), 3);
    sandbox.write(&format!("{blobs}/ee.pocket-tts-12345678.incomplete"), "1");
    let kept = sandbox.run(&["cache", "prune"]).succeeded();
    assert!(kept.stderr.contains("kept, as another process may be using it"), "{}", kept.stderr);
}
