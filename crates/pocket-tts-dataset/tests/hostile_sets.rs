//! Sets that are wrong in some way: what is refused, what fails alone, and what ends the work.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::task::Poll;
use std::time::Duration;

use pocket_tts_audio::{Audio, AudioFormat};
use pocket_tts_dataset::jobs::{JobOptions, JobSummary, Jobs, Shard};
use pocket_tts_dataset::tasks::Task;
use pocket_tts_dataset::{
    CutRules, DatasetError, DatasetReader, Manifest, OnError, Preparation, ReaderOptions, Recordings, Steps,
    Trim,
};
use pocket_tts_test_support::noise;
use serde_json::{Value, json};

fn save(path: &Path, seconds: usize) -> PathBuf {
    let samples = noise(seconds as u32, 8_000 * seconds).into_iter().map(|sample| sample * 0.5).collect();
    Audio { samples, sample_rate_hz: 8_000 }.save(path).unwrap();
    path.to_owned()
}

fn run(task: &Task, input: &Path, output: &Path) -> Result<JobSummary, DatasetError> {
    let stop = AtomicBool::new(false);
    let options = JobOptions { shard: Shard::WHOLE, threads: usize::MAX, fail_fast: false, stop: &stop };
    let jobs = Jobs::new(output, task.settings(&[]), options)?;
    task.run(&Recordings::open_without(input, output)?, &[], &jobs, &|_, _| {})
}

fn prepare() -> Task {
    Task::Prepare { preparation: Preparation::default(), format: AudioFormat::Wav }
}

fn refusal(task: &Task, input: &Path, output: &Path) -> String {
    match run(task, input, output) {
        Err(DatasetError::Option(message)) => message,
        other => unreachable!("{other:?}"),
    }
}

fn reasons(output: &Path) -> Vec<String> {
    let text = fs::read_to_string(output.join("failed.jsonl")).unwrap();
    let reason = |line| serde_json::from_str::<Value>(line).unwrap()["error"].as_str().unwrap().to_owned();
    text.lines().map(reason).collect()
}

#[cfg(unix)]
#[test]
fn named_pipes_are_refused_and_links_to_nothing_fail_alone() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    fs::create_dir(&input).unwrap();
    save(&input.join("a.wav"), 1);
    let pipe = input.join("b.wav");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink("gone", input.join("c.wav")).unwrap();
    fs::write(input.join("d.aiff"), "FORM").unwrap();
    for task in [Task::Measure, prepare()] {
        let output = folder.path().join(format!("{}", task.has_report() && matches!(task, Task::Measure)));
        let summary = run(&task, &input, &output).unwrap();
        assert_eq!((summary.done, summary.failed), (1, 2));
        let reasons = reasons(&output);
        assert!(reasons[0].contains("b.wav") && reasons[0].contains("not a regular file"), "{reasons:?}");
        assert!(reasons[1].contains("c.wav") && reasons[1].contains("No such file"), "{reasons:?}");
    }
    assert_eq!(Recordings::open(&input).unwrap().left_out(), 1);
    assert!(pocket_tts_dataset::duration(&pipe).is_err());
    assert!(pocket_tts_dataset::latents::read_latents(&pipe).is_err());
    assert!(Manifest::open(&pipe).unwrap_err().to_string().contains("not a regular file"));
}

#[test]
fn what_is_no_manifest_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let sound = save(&folder.path().join("a.wav"), 1);
    let message = Manifest::open(&sound).unwrap_err().to_string();
    assert!(message.contains("does not begin with a JSON object"), "{message}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let message = Manifest::open(folder.path()).unwrap_err().to_string();
    assert!(message.contains("is a folder") && message.contains("dataset measure"), "{message}");
    let cut =
        Task::Cut { rules: CutRules::default(), seed: 0, sample_rate_hz: None, format: AudioFormat::Wav };
    let message = refusal(&cut, folder.path(), &folder.path().join("out"));
    assert!(message.contains("manifest with the times of words"), "{message}");
}

#[test]
fn blank_lines_are_no_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.jsonl");
    fs::write(
        &path,
        "\n  \r\n{\"path\":\"\",\"duration\":1}\n\n{\"path\":1}\n{\"path\":\"b\",\"duration\":2}\n \n\n",
    )
    .unwrap();
    // The second time, the places of the lines are read from the file beside it.
    for _ in 0..2 {
        let manifest = Manifest::open(&path).unwrap();
        assert_eq!(manifest.len(), 3);
        assert!((manifest.entry(0).unwrap().duration, manifest.entry(2).unwrap().duration) == (1.0, 2.0));
        assert!(manifest.entry(1).unwrap_err().to_string().contains("line 5 of"));
        assert!(manifest.line(3).is_err());
    }
    fs::write(&path, "\n\n").unwrap();
    assert!(Manifest::open(&path).unwrap().is_empty());
}

#[test]
fn results_neither_mix_with_recordings_nor_replace_those_of_other_work() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    save(&input.join("a.wav"), 1);
    let message = refusal(&prepare(), &input, &input.join("../in"));
    assert!(message.contains("folder of the recordings"), "{message}");
    assert_eq!(fs::read_dir(&input).unwrap().count(), 1);

    run(&Task::Measure, &input, &output).unwrap();
    let message = refusal(&prepare(), &input, &output);
    assert!(message.contains("belongs to `measure`") && message.contains("remove it"), "{message}");
    let message = refusal(&prepare(), &output.join("manifest.jsonl"), &output);
    assert!(message.contains("would replace the manifest"), "{message}");
    assert_eq!(run(&Task::Measure, &input, &output).unwrap().skipped, 1);
    fs::remove_file(output.join("manifest.jsonl")).unwrap();
    assert!(run(&prepare(), &input, &output).unwrap().is_complete);
}

#[test]
fn outputs_that_were_cut_off_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    save(&input.join("a.wav"), 1);
    save(&input.join("b.wav"), 2);
    run(&prepare(), &input, &output).unwrap();
    let copy = output.join("b_00000001.wav");
    let whole = fs::read(&copy).unwrap();
    fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
    let again = run(&prepare(), &input, &output).unwrap();
    assert_eq!((again.done, again.skipped), (1, 1));
    assert!(fs::read(&copy).unwrap() == whole);
    // An older log does not say how large they are.
    let log = output.join(".pocket-tts-dataset-1-of-1.jsonl");
    let text = fs::read_to_string(&log).unwrap();
    let older: Vec<String> = text
        .lines()
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            line.as_object_mut().unwrap().remove("bytes");
            format!("{line}\n")
        })
        .collect();
    fs::write(&log, older.concat()).unwrap();
    fs::write(&copy, "cut off").unwrap();
    assert_eq!(run(&prepare(), &input, &output).unwrap().skipped, 2);
}

#[test]
fn a_place_that_cannot_be_written_ends_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    save(&input.join("a.wav"), 1);
    fs::write(&output, "a file").unwrap();
    let message = run(&prepare(), &input, &output).unwrap_err().to_string();
    assert!(message.contains("cannot write") && message.contains("a file is there"), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    for path in [&input, &output] {
        fs::create_dir(path).unwrap();
    }
    for name in ["a.wav", "b.wav"] {
        save(&input.join(name), 1);
    }
    std::os::unix::fs::symlink("/dev/full", output.join("a_00000000.wav")).unwrap();
    let outcome = run(&prepare(), &input, &output);
    assert!(matches!(outcome, Err(DatasetError::SaveSound(_))), "{outcome:?}");
    assert!(!output.join("manifest.jsonl").exists());
}

#[test]
fn words_at_impossible_times_and_trimmed_silence_fail_with_their_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let sound = save(&folder.path().join("a.wav"), 3);
    let manifest = folder.path().join("set.jsonl");
    let words = json!([{"word": "a", "start": 0.1, "end": 9.0}, {"word": "b", "start": 9.1, "end": 9.5}]);
    fs::write(&manifest, json!({"path": sound, "duration": 3.0, "words": words}).to_string()).unwrap();
    let cut =
        Task::Cut { rules: CutRules::default(), seed: 0, sample_rate_hz: None, format: AudioFormat::Wav };
    let output = folder.path().join("cut");
    assert_eq!(run(&cut, &manifest, &output).unwrap().failed, 1);
    assert!(reasons(&output)[0].contains("`a` ends at 9 s"), "{:?}", reasons(&output));

    let trim = Trim { threshold_dbfs: 0.0, kept_s: 0.1 };
    let preparation = Preparation { trim: Some(trim), ..Preparation::default() };
    let task = Task::Prepare { preparation, format: AudioFormat::Wav };
    let output = folder.path().join("trimmed");
    assert_eq!(run(&task, &manifest, &output).unwrap().failed, 1);
    assert!(reasons(&output)[0].contains("trimming leaves nothing"), "{:?}", reasons(&output));
}

#[test]
fn a_duration_that_is_far_too_long_leaves_signals_heard_and_the_order_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let sound = save(&folder.path().join("a.wav"), 3);
    let options = |threads| ReaderOptions { threads, on_error: OnError::Skip, ..ReaderOptions::new(1.0) };
    let endless = vec![(sound.clone(), 1e12)];
    let reader = DatasetReader::of_files(endless, options(2)).unwrap();
    let mut windows = reader.sequential(Steps::default()).unwrap();
    for _ in 0..3 {
        assert!(windows.next().unwrap().is_ok());
    }
    assert!(matches!(windows.next_within(Duration::from_millis(20)), Poll::Pending));
    assert!(windows.skipped_count() > 0);
    drop(windows);

    let files = vec![(sound.clone(), 50_000.0), (sound, 3.0)];
    for threads in [1, 3] {
        let reader = DatasetReader::of_files(files.clone(), options(threads)).unwrap();
        let mut windows = reader.sequential(Steps { skip: 2, step_by: 2 }).unwrap();
        let found: Vec<u64> = windows.by_ref().map(|sample| sample.unwrap().sample_index).collect();
        assert_eq!(found, [2, 50_000, 50_002]);
        assert_eq!(windows.skipped_count(), 24_998);
        let last = windows.take_skipped().pop().unwrap();
        assert_eq!(last.sample_index, Some(49_998));
        assert!(last.error.to_string().contains("no sound at 49998.000 s"), "{}", last.error);
    }
}
