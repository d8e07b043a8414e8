//! Results as JSON.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use pocket_tts_hub::testing::{Hub, files_below};

use crate::support::{Sandbox, hub, samples};

#[test]
fn the_result_of_generate_is_an_object() {
    let sandbox = Sandbox::new();
    let text = "Good morning. It is 5\u{4e2d}. And a third sentence, which is longer than both.";
    let arguments =
        ["generate", "--json", "-o", "a.wav", "--seed", "18446744073709551615", "--max-tokens", "12", text];
    let outcome = sandbox.run(&arguments).succeeded();
    assert_eq!(outcome.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
    let result: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!((&result["output"], result["seed"].as_u64()), (&"a.wav".into(), Some(u64::MAX)));
    assert!(result["sentences"].as_u64().unwrap() >= 3, "{result}");
    let warnings = result["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), outcome.stderr.matches("warning: ").count(), "{result}");
    assert!(warnings[0].as_str().unwrap().contains('\u{4e2d}'), "{result}");
    let wav = sandbox.read("a.wav");
    let seconds = samples(&wav, wav.len() - 44).len() as f64 / 24_000.0 - 0.2;
    assert!((result["duration_s"].as_f64().unwrap() - seconds).abs() < 0.001, "{result}");
    for key in ["took_s", "first_sound_ms", "times_real_time"] {
        assert!(result[key].as_f64().unwrap() > 0.0, "{key}: {result}");
    }
    // Quiet or not, warnings are part of the result.
    let quiet = sandbox.run(&[&arguments[..], &["--quiet"]].concat()).succeeded();
    assert_eq!(quiet.stderr, "");
    let quiet: Value = serde_json::from_slice(&quiet.stdout).unwrap();
    assert_eq!(quiet["warnings"], result["warnings"]);
}

#[test]
fn a_result_and_audio_do_not_mix() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["generate", "--json", "-o", "-", "Hi."]);
    outcome.failed(2, &["--json and the audio can't both be on standard output", "name a file"]);
    let failed = sandbox.run(&["generate", "--json", "--voice", "nobody", "Hi."]);
    failed.failed(2, &["there is no voice `nobody`"]);
}

#[test]
fn checks_and_removals_of_cached_files_are_lists() {
    let (sandbox, hub) = (Sandbox::new(), Hub::start(hub::english()));
    sandbox.run_with(&[("HF_ENDPOINT", &hub.endpoint())], &["download", "english", "-q"]).succeeded();
    let rows = |arguments: &[&str], code: i32| {
        let outcome = sandbox.run(&[&["cache"], arguments, &["--json"]].concat());
        assert_eq!(outcome.code, Some(code), "{}", outcome.stderr);
        let rows: Vec<Value> = serde_json::from_slice(&outcome.stdout).unwrap();
        rows
    };
    let count = |rows: &[Value], status: &str| rows.iter().filter(|row| row["status"] == status).count();
    let whole = rows(&["verify"], 0);
    assert_eq!((whole.len(), count(&whole, "whole")), (3, 3), "{whole:?}");
    let folder = sandbox.path(".cache/huggingface/hub/models--kyutai--pocket-tts/blobs");
    let weights = folder.join(&files_below(&folder)[0]);
    std::fs::write(&weights, "damaged").unwrap();
    let damaged = rows(&["verify", "--remove"], 3);
    assert_eq!(count(&damaged, "damaged"), 1, "{damaged:?}");
    let row = damaged.iter().find(|row| row["status"] == "damaged").unwrap();
    assert!(
        row["removed"] == true && row["location"].as_str().unwrap().starts_with("hf://kyutai/pocket-tts/"),
        "{row}"
    );

    std::fs::write(folder.join("unused"), "unused bytes").unwrap();
    // A younger file may be in use.
    let unused = std::fs::File::options().write(true).open(folder.join("unused")).unwrap();
    unused.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
    let listed = rows(&["prune", "--dry-run"], 0);
    let named =
        |rows: &[Value]| rows.iter().filter(|row| row["path"].as_str().unwrap().ends_with("unused")).count();
    assert_eq!((named(&listed), count(&listed, "would remove")), (1, listed.len()), "{listed:?}");
    assert!(folder.join("unused").exists());
    let removed = rows(&["prune"], 0);
    assert_eq!((named(&removed), count(&removed, "removed")), (1, removed.len()), "{removed:?}");
    assert!(!folder.join("unused").exists() && rows(&["prune"], 0).is_empty());
}
