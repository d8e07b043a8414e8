//! Work on sets of recordings: the same results from any number of threads, in parts, and after an interruption.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use pocket_tts_audio::{Audio, AudioFormat};
use pocket_tts_dataset::jobs::{JobOptions, JobSummary, Jobs, Shard};
use pocket_tts_dataset::tasks::Task;
use pocket_tts_dataset::{CutRules, DatasetError, Filter, Preparation, Recordings, Trim};
use pocket_tts_test_support::noise;
use serde_json::Value;

const COUNT: u64 = 9;

/// A set of noise of growing duration, with a file that is none.
fn set(folder: &Path) {
    fs::create_dir_all(folder.join("more")).unwrap();
    for number in 0..COUNT - 1 {
        let samples: Vec<f32> =
            noise(number as u32, 12_000 * (number as usize + 1)).iter().map(|sample| sample * 0.2).collect();
        let name = if number % 2 == 0 { format!("{number}.flac") } else { format!("more/{number}.wav") };
        Audio { samples, sample_rate_hz: 24_000 }.save(folder.join(name)).unwrap();
    }
    fs::write(folder.join("bad.mp3"), "this is text").unwrap();
    fs::write(folder.join("notes.txt"), "not looked at").unwrap();
}

struct Run<'a> {
    shard: &'a str,
    threads: usize,
    /// Recordings after which the run is stopped.
    stop_after: u64,
}

const WHOLE: Run<'_> = Run { shard: "1/1", threads: 1, stop_after: u64::MAX };

fn run(task: &Task, filters: &[Filter], input: &Path, output: &Path, how: &Run<'_>) -> JobSummary {
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let shard: Shard = how.shard.parse().unwrap();
    let options = JobOptions { shard, threads: how.threads, fail_fast: false, stop: &stop };
    let jobs = Jobs::new(output, task.settings(filters), options).unwrap();
    let progress = |_: u64, _: Option<&DatasetError>| {
        if done.fetch_add(1, Ordering::Relaxed) + 1 >= how.stop_after {
            stop.store(true, Ordering::Relaxed);
        }
    };
    task.run(&Recordings::open_without(input, output).unwrap(), filters, &jobs, &progress).unwrap()
}

/// All files of a folder but the logs; paths within their contents don't name the folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if !name.contains(".pocket-tts-dataset") {
                let bytes = fs::read(&path).unwrap();
                let text = String::from_utf8(bytes.clone()).ok();
                let bytes = text
                    .map_or(bytes, |text| text.replace(&folder.display().to_string(), "OUT").into_bytes());
                found.insert(name, bytes);
            }
        }
    }
    found
}

fn lines(folder: &Path, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn preparation() -> Task {
    let preparation = Preparation {
        trim: Some(Trim::default()),
        sample_rate_hz: Some(16_000),
        peak_dbfs: Some(-3.0),
        fade_s: Some(0.01),
        ..Preparation::default()
    };
    Task::Prepare { preparation, format: AudioFormat::Flac }
}

#[test]
fn threads_parts_and_interruptions_change_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    set(&input);
    let out = |name: &str| folder.path().join(name);
    let task = preparation();
    let summary = run(&task, &[], &input, &out("whole"), &WHOLE);
    assert_eq!(summary, JobSummary { done: COUNT - 1, skipped: 0, failed: 1, is_complete: true });
    let whole = contents(&out("whole"));
    assert_eq!(whole.len() as u64, COUNT - 1 + 2);

    run(&task, &[], &input, &out("threads"), &Run { threads: 5, ..WHOLE });
    assert!(contents(&out("threads")) == whole);
    for shard in ["2/3", "3/3", "1/3"] {
        let summary = run(&task, &[], &input, &out("parts"), &Run { shard, ..WHOLE });
        assert_eq!(summary.is_complete, shard == "1/3");
    }
    assert!(contents(&out("parts")) == whole);

    let stopped = run(&task, &[], &input, &out("stopped"), &Run { stop_after: 4, ..WHOLE });
    assert!(!stopped.is_complete && !out("stopped").join("manifest.jsonl").exists());
    // A killed process leaves half a line.
    let log = out("stopped").join(".pocket-tts-dataset-1-of-1.jsonl");
    let mut text = fs::read_to_string(&log).unwrap();
    text.push_str("{\"index\": 5, \"dig");
    fs::write(&log, text).unwrap();
    let resumed = run(&task, &[], &input, &out("stopped"), &Run { threads: 2, ..WHOLE });
    assert_eq!((resumed.skipped, resumed.done, resumed.failed), (4, COUNT - 5, 1));
    assert!(contents(&out("stopped")) == whole);
    // What is missing is made again, and what failed is tried again; other settings make all again.
    fs::remove_file(out("stopped").join("0_00000000.flac")).unwrap();
    let again = run(&task, &[], &input, &out("stopped"), &WHOLE);
    assert_eq!((again.skipped, again.done, again.failed), (COUNT - 2, 1, 1));
    assert!(contents(&out("stopped")) == whole);
    fs::remove_file(out("stopped").join("manifest.jsonl")).unwrap();
    assert_eq!(run(&Task::Measure, &[], &input, &out("stopped"), &WHOLE).done, COUNT - 1);
}

#[test]
fn the_number_of_parts_may_change_between_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    set(&input);
    let part = |shard| run(&preparation(), &[], &input, &output, &Run { shard, ..WHOLE });
    assert_eq!((part("1/2").failed, part("2/2").is_complete), (1, true));
    // What failed in one part succeeds in a part of another number.
    fs::copy(input.join("0.flac"), input.join("bad.mp3")).unwrap();
    let mended = part("1/1");
    assert_eq!(mended, JobSummary { done: 1, skipped: COUNT - 1, failed: 0, is_complete: true });
    for (shard, recordings) in [("2/3", 3), ("3/5", 2), ("9/20", 1), ("20/20", 0)] {
        let again = part(shard);
        assert_eq!(again, JobSummary { done: 0, skipped: recordings, failed: 0, is_complete: true });
    }
    run(&preparation(), &[], &input, &folder.path().join("whole"), &WHOLE);
    assert!(contents(&output) == contents(&folder.path().join("whole")));
}

#[test]
fn results_of_other_settings_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    set(&input);
    let measure = |least: &str, shard| {
        run(&Task::Measure, &[least.parse().unwrap()], &input, &output, &Run { shard, ..WHOLE })
    };
    assert!(measure("duration>=1", "1/1").is_complete);
    fs::remove_file(output.join("manifest.jsonl")).unwrap();
    assert!(!measure("duration>=2", "1/2").is_complete);
    assert!(measure("duration>=2", "2/2").is_complete);
    let kept = lines(&output, "manifest.jsonl");
    assert!(kept.len() == 5 && kept.iter().all(|row| row["duration"].as_f64().unwrap() >= 2.0), "{kept:?}");
}

#[cfg(unix)]
#[test]
fn names_that_a_manifest_cannot_hold_are_reported() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    set(&input);
    let name = OsStr::from_bytes(b"\xff.flac");
    fs::copy(input.join("0.flac"), input.join(name)).unwrap();
    let prepared = run(&preparation(), &[], &input, &output, &WHOLE);
    assert_eq!((prepared.done, prepared.failed), (COUNT - 1, 2));
    let reasons: Vec<String> = lines(&output, "failed.jsonl").iter().map(Value::to_string).collect();
    assert!(reasons.iter().any(|reason| reason.contains("not UTF-8")), "{reasons:?}");
    let stop = AtomicBool::new(false);
    let options = JobOptions { shard: Shard::WHOLE, threads: 1, fail_fast: false, stop: &stop };
    let output = folder.path().join(name);
    let jobs = Jobs::new(&output, String::new(), options).unwrap();
    let outcome = preparation().run(&Recordings::open(&input).unwrap(), &[], &jobs, &|_, _| {});
    assert!(matches!(outcome, Err(DatasetError::Name { .. })), "{outcome:?}");
}

#[test]
fn results_inside_the_set_are_no_recordings_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("in/prepared"));
    set(&input);
    for _ in 0..2 {
        run(&preparation(), &[], &input, &output, &WHOLE);
        assert_eq!(lines(&output, "manifest.jsonl").len() as u64, COUNT - 1);
    }
    let of_itself = Recordings::open_without(&output, &output).unwrap();
    assert_eq!(of_itself.len(), COUNT - 1, "a set may get its results beside its files");
}

#[test]
fn bad_and_filtered_recordings_are_listed_with_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    set(&input);
    let filters = ["duration>=1".parse().unwrap(), "duration<3.9".parse().unwrap()];
    run(&Task::Measure, &filters, &input, &output, &WHOLE);
    let kept = lines(&output, "manifest.jsonl");
    assert!(kept.iter().all(|row| (1.0..3.9).contains(&row["metrics"]["duration"].as_f64().unwrap())));
    assert_eq!(kept.len(), 6);
    let failed = lines(&output, "failed.jsonl");
    let reasons: Vec<&str> = failed.iter().map(|row| row["error"].as_str().unwrap()).collect();
    assert_eq!(failed.len() as u64, COUNT - 6);
    assert!(reasons.iter().any(|reason| reason.contains("not a supported audio file")), "{reasons:?}");
    assert!(reasons.contains(&"it does not meet duration>=1"), "{reasons:?}");
    // The output is a manifest.
    let again = Recordings::open(&output.join("manifest.jsonl")).unwrap();
    assert_eq!(again.len(), 6);

    let stop = AtomicBool::new(false);
    let options = JobOptions { shard: Shard::WHOLE, threads: 1, fail_fast: true, stop: &stop };
    let fast = folder.path().join("fast");
    let jobs = Jobs::new(&fast, String::new(), options).unwrap();
    let error = Task::Measure.run(&Recordings::open(&input).unwrap(), &[], &jobs, &|_, _| {}).unwrap_err();
    assert!(error.to_string().contains("bad.mp3"), "{error}");
}

#[test]
fn utterances_are_cut_into_prompts_and_targets() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    set(&input);
    let path = input.join("6.flac");
    let words = serde_json::json!([
        {"word": "One", "start": 0.1, "end": 0.9}, {"word": "two", "start": 1.3, "end": 1.5},
        {"word": "three.", "start": 2.0, "end": 2.6}]);
    let line =
        serde_json::json!({"path": path, "duration": 3.5, "transcript": "One two three.", "words": words});
    let uncut = serde_json::json!({"path": path, "duration": 0.5, "start": 1.0, "transcript": "One."});
    let manifest = folder.path().join("set.jsonl");
    fs::write(&manifest, format!("{line}\n{uncut}\n")).unwrap();
    let task = Task::Cut {
        rules: CutRules::default(),
        seed: 3,
        sample_rate_hz: Some(24_000),
        format: AudioFormat::Flac,
    };
    run(&task, &[], &manifest, &output, &WHOLE);
    let rows = lines(&output, "manifest.jsonl");
    let seconds = |path: &Value| pocket_tts_dataset::duration(Path::new(path.as_str().unwrap())).unwrap();
    let (prompt_s, target_s) = (seconds(&rows[0]["voice"]), seconds(&rows[0]["path"]));
    assert!((prompt_s + target_s - 2.8).abs() < 1e-3, "{prompt_s} {target_s}");
    let said = format!(
        "{} {}",
        rows[0]["voice_transcript"].as_str().unwrap(),
        rows[0]["transcript"].as_str().unwrap()
    );
    assert_eq!(said, "One two three.");
    assert!(rows[1].get("voice").is_none() && (seconds(&rows[1]["path"]) - 0.5).abs() < 1e-3);
}
