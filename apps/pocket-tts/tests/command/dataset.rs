//! Sets of recordings: `dataset` measures, prepares, cuts, encodes and decodes them.

use std::path::Path;

use pocket_tts_audio::Audio;
use pocket_tts_test_support::{goldens, noise};
use serde_json::Value;

use crate::support::Sandbox;

/// A folder of four recordings, one of which is none.
fn recordings(sandbox: &Sandbox) {
    std::fs::create_dir_all(sandbox.path("in")).unwrap();
    for (number, name) in ["a.flac", "b.wav", "c.mp3"].into_iter().enumerate() {
        let samples = noise(number as u32, 24_000 * (number + 1)).iter().map(|sample| sample * 0.1).collect();
        Audio { samples, sample_rate_hz: 24_000 }.save(sandbox.path("in").join(name)).unwrap();
    }
    sandbox.write("in/d.wav", "this is text");
}

fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_folder_is_measured_filtered_and_prepared() {
    let sandbox = Sandbox::new();
    recordings(&sandbox);
    let measure = ["dataset", "measure", "in", "-o", "measured", "--json"];
    let measured = sandbox.run(&measure);
    assert_eq!(measured.code, Some(1));
    for part in ["1 of 4 recordings failed", "failed.jsonl", "d.wav"] {
        assert!(measured.stderr.contains(part), "{}", measured.stderr);
    }
    let summary: Value = serde_json::from_slice(&measured.stdout).unwrap();
    assert_eq!((&summary["done"], &summary["failed"]), (&Value::from(3), &Value::from(1)));
    assert_eq!(summary["metrics"][0]["name"], "duration");
    let kept = rows(&sandbox.path("measured/manifest.jsonl"));
    assert_eq!(kept.len(), 3);
    assert!(kept[0]["metrics"]["loudness"].as_f64().unwrap() < -15.0);
    assert!(sandbox.read("measured/report.svg").starts_with(b"<svg"));

    let prepare =
        ["dataset", "prepare", "measured/manifest.jsonl", "-o", "out", "--rate", "16000", "--peak=-1"];
    let keep = [&prepare[..], &["--keep", "duration>=1.1", "--jobs", "3"]].concat();
    let first = sandbox.run(&keep).succeeded();
    assert!(
        first.stderr.contains("3 recordings done, 0 skipped, 0 failed") && first.stderr.contains("2 kept"),
        "{}",
        first.stderr
    );
    let prepared = rows(&sandbox.path("out/manifest.jsonl"));
    assert_eq!((prepared.len(), &prepared[0]["metrics"]["sample_rate"]), (2, &Value::from(16_000)));
    let before = sandbox.read("out/manifest.jsonl");
    let again = sandbox.run(&keep).succeeded();
    assert!(again.stderr.contains("0 recordings done, 3 skipped, 0 failed"), "{}", again.stderr);
    assert_eq!(sandbox.read("out/manifest.jsonl"), before);

    sandbox
        .run(&["dataset", "measure", "in", "-o", "fast", "--fail-fast"])
        .failed(2, &["d.wav", "not a supported"]);
    sandbox.run(&["dataset", "measure", "gone", "-o", "x"]).failed(4, &["cannot read", "gone: No such file"]);
    let again = sandbox.run(&measure[..5]).failed(1, &["1 of 4 recordings failed"]);
    assert!(again.stderr.contains("0 recordings done, 3 skipped, 1 failed"), "{}", again.stderr);
    let both = ["dataset", "prepare", "in", "-o", "x", "--peak=-1"];
    for other in ["--loudness=-20", "--gain=3"] {
        sandbox.run(&[&both[..], &[other]].concat()).failed(2, &["--peak", "cannot be used with"]);
    }
    for wrong in [["--keep", "size>1"], ["--shard", "5/4"], ["--jobs", "0"]] {
        sandbox.run(&[&["dataset", "measure", "in", "-o", "x"][..], &wrong].concat()).failed(2, &[wrong[1]]);
    }
}

#[test]
fn recordings_are_encoded_to_latents_in_parts_and_decoded() {
    let sandbox = Sandbox::new();
    recordings(&sandbox);
    sandbox.run(&["dataset", "measure", "in", "-o", "set"]).failed(1, &["1 of 4 recordings failed"]);
    let config = goldens().join("01_lsd_24k_bos/config.yaml");
    let config = config.to_str().unwrap();
    let encode = ["dataset", "encode", "set/manifest.jsonl", "--config", config, "--offline"];
    let first = sandbox.run(&[&encode[..], &["--shard", "1/2"]].concat()).succeeded();
    assert!(first.stderr.contains("the other parts are missing"), "{}", first.stderr);
    sandbox.run(&[&encode[..], &["--shard", "2/2"]].concat()).succeeded();
    let rows = rows(&sandbox.path("set/manifest_latents.jsonl"));
    assert_eq!(rows[2]["latents_file"], "latents/7e026f0c/manifest_00000002.safetensors");
    let meta: Value = serde_json::from_slice(&sandbox.read("set/manifest_latents.meta.json")).unwrap();
    assert_eq!(meta["frame_rate"], 12.5);
    assert!(meta["mimi_hash"].as_str().unwrap().starts_with("7e026f0c"));
    let decoded = sandbox
        .run(&[
            "dataset",
            "decode",
            "set/manifest_latents.jsonl",
            "-o",
            "sound",
            "--config",
            config,
            "--offline",
        ])
        .succeeded();
    assert!(decoded.stderr.contains("3 recordings done"), "{}", decoded.stderr);
    assert!(sandbox.read("sound/manifest_latents_00000000.wav").len() > 40_000);
    sandbox.run(&["dataset", "encode", "in"]).failed(2, &["is a folder", "dataset measure"]);
}

#[test]
fn what_cannot_be_done_is_refused_with_the_reason() {
    let sandbox = Sandbox::new();
    recordings(&sandbox);
    sandbox.write("in/e.aiff", "FORM");
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    let run = |arguments: &[&str]| sandbox.run(&[&["dataset"], arguments].concat());
    let empty = run(&["measure", "empty", "-o", "none"]).succeeded();
    assert!(empty.stderr.contains("no recordings in empty"), "{}", empty.stderr);
    let some = run(&["measure", "in", "-o", "out"]);
    assert_eq!(some.code, Some(1));
    for part in ["left out 1 sound file in in", "1 of 4 recordings failed"] {
        assert!(some.stderr.contains(part), "{}", some.stderr);
    }
    run(&["prepare", "in", "-o", "out"]).failed(2, &["belongs to `measure`", "choose another folder"]);
    run(&["prepare", "in", "-o", "in"]).failed(2, &["folder of the recordings", "choose another folder"]);
    run(&["prepare", "in", "-o", "x", "--fade", "-1"]).failed(2, &["a fade of -1 s", "give 0 to 60 s"]);
    run(&["cut", "in", "-o", "x"]).failed(2, &["manifest with the times of words"]);
    run(&["measure", "in/a.flac", "-o", "x"]).failed(2, &["in/a.flac is not a manifest"]);
    assert!(!sandbox.path("in/a.flac.idx").exists());
    run(&["measure", "in", "-o", "in/b.wav"]).failed(4, &["cannot write", "a file is there"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_command() {
    let sandbox = Sandbox::new();
    recordings(&sandbox);
    std::fs::create_dir(sandbox.path("out")).unwrap();
    std::os::unix::fs::symlink("/dev/full", sandbox.path("out/a_00000000.flac")).unwrap();
    sandbox.run(&["dataset", "prepare", "in", "-o", "out"]).failed(4, &["cannot write", "No space left"]);
}
