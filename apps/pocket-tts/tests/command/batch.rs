//! The lines of a manifest: what is spoken, skipped and refused.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::{Outcome, Sandbox, samples};

/// Four lines of different lengths, whose names and formats differ.
const LINES: &str = r#"{"text": "Good morning.", "seed": 1}
{"text": "It is a cold day. Nobody came, and nothing was said.", "seed": 2, "name": "day/cold", "temperature": 0.7}

{"file": "night.txt", "name": "night.flac"}
{"text": "Yes.", "name": "v1.2", "format": "pcm", "speed": 2}
"#;
const LOG: &str = "pocket-tts-batch.jsonl";

/// Lines with these texts, whose seeds are 1.
fn lines(texts: impl IntoIterator<Item = String>) -> String {
    let lines: Vec<String> =
        texts.into_iter().map(|text| format!("{{\"text\": \"{text}\", \"seed\": 1}}\n")).collect();
    lines.concat()
}

/// A sandbox with the manifest `m.jsonl` and what it names.
fn sandbox(lines: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("m.jsonl", lines);
    sandbox.write("night.txt", "Good night.");
    sandbox
}

fn batch(sandbox: &Sandbox, more: &[&str]) -> Outcome {
    sandbox.run(&[&["batch", "m.jsonl", "--out", "out"], more].concat())
}

/// The outputs below a folder, by name, without logs.
fn outputs(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    add_outputs(folder, "", &mut found);
    found
}

fn add_outputs(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            add_outputs(&path, &format!("{name}/"), found);
        } else if path.extension().is_none_or(|extension| extension != "jsonl") {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

/// The rows of `--json`, the last of which is the summary.
#[track_caller]
fn rows(outcome: &Outcome) -> Vec<Value> {
    let text = std::str::from_utf8(&outcome.stdout).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.last().unwrap()["type"], "summary");
    assert!(rows[..rows.len() - 1].iter().all(|row| row["type"] == "line"), "{text}");
    rows
}

/// The numbers of lines that were spoken, skipped and failed.
#[track_caller]
fn sums(outcome: &Outcome) -> [u64; 3] {
    let summary = rows(outcome).pop().unwrap();
    ["spoken", "skipped", "failed"].map(|key| summary[key].as_u64().unwrap())
}

#[test]
fn each_line_becomes_a_file_that_is_like_that_of_generate() {
    let sandbox = sandbox(LINES);
    let outcome = batch(&sandbox, &["--seed", "9"]).succeeded();
    assert!(outcome.stdout.is_empty());
    let said: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(said.len(), 1, "{}", outcome.stderr);
    assert!(said[0].starts_with("4 spoken, 0 skipped, 0 failed; "), "{}", outcome.stderr);
    let found = outputs(&sandbox.path("out"));
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(names, ["000001.wav", "day/cold.wav", "night.flac", "v1.2.pcm"]);
    let same = |name: &str, arguments: &[&str]| {
        sandbox.run(&[&["generate", "--output-path", "one", "-q"], arguments].concat()).succeeded();
        assert!(found[name] == sandbox.read("one"), "{name}");
    };
    same("000001.wav", &["--seed", "1", "Good morning."]);
    let day = "It is a cold day. Nobody came, and nothing was said.";
    same("day/cold.wav", &["--seed", "2", "--temperature", "0.7", day]);
    same("night.flac", &["--seed", "9", "--text-file", "night.txt", "--format", "flac"]);
    same("v1.2.pcm", &["--seed", "9", "--speed", "2", "--format", "pcm", "Yes."]);
}

#[test]
fn the_samples_do_not_depend_on_how_many_lines_are_spoken_at_once() {
    let lines = lines((0..9).map(|index| format!("Line {index}. {}", "It goes on. ".repeat(index % 4))));
    let sandbox = sandbox(&lines);
    let speak = |jobs: &str| {
        sandbox.run(&["batch", "m.jsonl", "-o", jobs, "--jobs", jobs, "--temperature", "0.7"]).succeeded();
        outputs(&sandbox.path(jobs))
    };
    let alone = speak("1");
    assert_eq!(alone.len(), 9);
    for jobs in ["2", "9", "64"] {
        assert!(speak(jobs) == alone, "{jobs} lines at once");
    }
}

#[test]
fn a_second_run_speaks_only_what_is_missing_or_has_changed() {
    let sandbox = sandbox(LINES);
    let speak = |more: &[&str]| batch(&sandbox, &[&["--json"], more].concat()).succeeded();
    assert_eq!(sums(&speak(&[])), [4, 0, 0]);
    let first = outputs(&sandbox.path("out"));
    assert_eq!(sums(&speak(&[])), [0, 4, 0]);
    assert!(outputs(&sandbox.path("out")) == first);

    // A missing file, one that was cut, one with another text, and one with another option.
    std::fs::remove_file(sandbox.path("out/000001.wav")).unwrap();
    std::fs::write(sandbox.path("out/v1.2.pcm"), "cut").unwrap();
    sandbox.write("night.txt", "Good night, all of you.");
    let lines = LINES.replace("\"seed\": 2", "\"seed\": 3");
    sandbox.write("m.jsonl", &format!("{lines}{{\"text\": \"New.\"}}\n"));
    let outcome = speak(&[]);
    assert_eq!(sums(&outcome), [5, 0, 0]);
    let second = outputs(&sandbox.path("out"));
    assert!(second["000001.wav"] == first["000001.wav"]);
    assert!(second["day/cold.wav"] != first["day/cold.wav"] && second["night.flac"] != first["night.flac"]);
    assert!(second.contains_key("000006.wav"));
    assert_eq!(sums(&speak(&[])), [0, 5, 0]);
    // Options of all lines count, too; the number of threads does not change the sound.
    assert_eq!(sums(&speak(&["--threads", "1", "--quiet"])), [0, 5, 0]);
    assert_eq!(sums(&speak(&["--no-normalize"])), [5, 0, 0]);
    assert_eq!(sums(&speak(&["--no-normalize", "--overwrite"])), [5, 0, 0]);
}

#[test]
fn the_content_of_dictionaries_counts() {
    let sandbox = sandbox("{\"text\": \"Nginx.\", \"seed\": 1}\n");
    sandbox.write("words.toml", "[words]\n\"Nginx\" = \"engine x\"\n");
    let speak = || sums(&batch(&sandbox, &["--dictionary", "words.toml", "--json"]).succeeded());
    assert_eq!((speak(), speak()), ([1, 0, 0], [0, 1, 0]));
    sandbox.write("words.toml", "[words]\n\"Nginx\" = \"n jinx\"\n");
    assert_eq!(speak(), [1, 0, 0]);
}

#[test]
fn wrong_lines_are_reported_with_their_numbers_and_the_others_are_spoken() {
    let sandbox = sandbox(
        "{\"text\": \"Good.\"}\nno json\n{\"text\": \"a\", \"pitch\": 2}\n{\"text\": \"a\", \"name\": \"../a\"}\n\
         {\"text\": \"a\", \"name\": \"/a\"}\n{\"text\": \"a\", \"name\": \"000001\"}\n{\"file\": \"missing.txt\"}\n\
         {\"text\": \"a\", \"voice\": \"alba\"}\n{\"text\": \"a\", \"voice\": \"missing.wav\"}\n\
         {\"text\": \"a\", \"speed\": 9}\n{\"text\": \"a\", \"seed\": \"x\"}\n{\"text\": \"a\", \"language\": \"engish\"}\n\
         {\"text\": \"a\", \"name\": \"b.wav\", \"format\": \"mp3\"}\n{\"text\": \"Yes [voice:heart\"}\n\
         {\"text\": \"Fine.\", \"name\": \"fine\"}\n{\"text\": \"two\", \"text\": \"three\"}\n\
         {\"text\": \"a\", \"speed\": \"1.2\"}\n{\"text\": \"a\", \"name\": \"fine.wav/b\"}\n",
    );
    let outcome = batch(&sandbox, &["--json"]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    for (line, problem) in [
        (2, "it is not JSON"),
        (3, "the field `pitch` is unknown"),
        (4, "`../a` can't be the name of an output"),
        (5, "`/a` can't be the name of an output"),
        (6, "its output 000001.wav is that of line 1, too"),
        (7, "cannot read the text in missing.txt"),
        (8, "the model tiny has no voice `alba`"),
        (9, "the file missing.wav cannot be read"),
        (10, "invalid value `9` for `speed`"),
        (11, "invalid value `x` for `seed`"),
        (12, "there is no model `engish`"),
        (13, "`name` is b.wav, which means wav, but `format` is mp3"),
        (14, "the mark-up of the text is wrong"),
        (16, "the field `text` is there twice"),
        (17, "invalid value `\"1.2\"` for `speed`"),
        (18, "its folder fine.wav is the output of line 15"),
    ] {
        let place = format!("error: line {line} of m.jsonl: ");
        let told = outcome.stderr.lines().any(|told| told.starts_with(&place) && told.contains(problem));
        assert!(told, "line {line}: {}", outcome.stderr);
        let rows = rows(&outcome);
        let row = rows.iter().find(|row| row["line"] == line).unwrap();
        assert_eq!(row["status"], "failed");
        assert!(row["error"].as_str().unwrap().contains(problem), "{row}");
    }
    let help = "error: 16 of 18 lines failed\nhelp: run the same command again";
    assert!(outcome.stderr.contains(help), "{}", outcome.stderr);
    assert_eq!(sums(&outcome), [2, 0, 16]);
    let names: Vec<String> = outputs(&sandbox.path("out")).into_keys().collect();
    assert_eq!(names, ["000001.wav", "fine.wav"]);
    assert_eq!(sandbox.files(), ["m.jsonl", "night.txt", "out"]);
}

#[test]
fn lines_whose_model_cannot_be_loaded_fail_alone() {
    let sandbox = sandbox(
        "{\"text\": \"Bonjour.\", \"language\": \"french\"}\n{\"text\": \"Good.\"}\n\
         {\"text\": \"Salut.\", \"language\": \"french\"}\n{\"text\": \"Hallo.\", \"language\": \"german\"}\n",
    );
    let outcome = batch(&sandbox, &["--json", "--offline"]);
    assert_eq!((outcome.code, sums(&outcome)), (Some(1), [1, 0, 3]), "{}", outcome.stderr);
    let rows = rows(&outcome);
    for line in [1, 3, 4] {
        let place = format!("error: line {line} of m.jsonl: ");
        assert!(outcome.stderr.contains(&place), "{}", outcome.stderr);
        let row = rows.iter().find(|row| row["line"] == line).unwrap();
        assert_eq!(row["status"], "failed", "{row}");
    }
    assert!(outcome.stderr.contains("error: 3 of 4 lines failed\nhelp: run the same"), "{}", outcome.stderr);
    assert_eq!(outputs(&sandbox.path("out")).into_keys().collect::<Vec<_>>(), ["000002.wav"]);
    let outcome = batch(&sandbox, &["--json", "--offline", "--fail-fast", "--overwrite"]);
    assert_eq!((outcome.code, sums(&outcome)), (Some(1), [0, 0, 1]), "{}", outcome.stderr);
    sandbox.write("m.jsonl", "{\"text\": 5}\n");
    let wrong = batch(&sandbox, &[]);
    let help = "error: 1 of 1 line failed\nhelp: correct it and run the same command again";
    assert!(wrong.stderr.contains(help), "{}", wrong.stderr);
}

#[test]
fn with_fail_fast_the_first_wrong_line_is_the_end() {
    let sandbox = sandbox("{\"text\": \"Good.\"}\n{\"text\": 5}\nno json\n");
    let outcome = batch(&sandbox, &["--fail-fast"]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("line 2 of m.jsonl") && !outcome.stderr.contains("line 3"),
        "{}",
        outcome.stderr
    );
    assert_eq!(sandbox.files(), ["m.jsonl", "night.txt"]);
    // A line that only the model finds wrong.
    sandbox
        .write("m.jsonl", "{\"text\": \"Yes [voice:heart\"}\n{\"text\": \"Good.\"}\n{\"text\": \"Good.\"}\n");
    let outcome = batch(&sandbox, &["--fail-fast", "--jobs", "1", "--json"]);
    assert_eq!((outcome.code, sums(&outcome)), (Some(1), [0, 0, 1]));
    assert!(outputs(&sandbox.path("out")).is_empty());
}

#[test]
fn lines_are_brought_to_their_loudness() {
    let text = "\"text\": \"It is a cold day, and nobody came.\", \"seed\": 1";
    let sandbox =
        sandbox(&format!("{{{text}}}\n{{{text}, \"loudness\": -40}}\n{{{text}, \"loudness\": -5}}\n"));
    let outcome = batch(&sandbox, &["--json"]).succeeded();
    let found = outputs(&sandbox.path("out"));
    let arguments = ["--seed", "1", "--loudness", "-40", "It is a cold day, and nobody came."];
    sandbox.run(&[&["generate", "-q", "-o", "one.wav"], &arguments[..]].concat()).succeeded();
    assert!(found["000002.wav"] == sandbox.read("one.wav") && found["000002.wav"] != found["000001.wav"]);
    let rows = rows(&outcome);
    let loud = rows.iter().find(|row| row["line"] == 3).unwrap();
    assert!(loud["warnings"][0].as_str().unwrap().contains("LUFS"), "{loud}");
    assert!(outcome.stderr.contains("warning: line 3 of m.jsonl: the loudness is "), "{}", outcome.stderr);
}

#[test]
fn results_are_rows_of_json() {
    let sandbox =
        sandbox("{\"text\": \"Good morning. 5\u{4e2d}\", \"seed\": 18446744073709551615, \"name\": \"a\"}\n");
    let outcome = batch(&sandbox, &["--json", "--quiet"]).succeeded();
    assert_eq!(outcome.stderr, "");
    let rows = rows(&outcome);
    assert_eq!(rows.len(), 2);
    let (line, summary) = (&rows[0], &rows[1]);
    assert_eq!(
        (&line["status"], &line["name"], &line["line"]),
        (&"spoken".into(), &"a.wav".into(), &1.into())
    );
    assert_eq!(line["output"], "out/a.wav");
    assert_eq!(line["seed"].as_u64(), Some(u64::MAX));
    assert!(line["sentences"].as_u64().unwrap() >= 1 && line["times_real_time"].as_f64().unwrap() > 0.0);
    assert_eq!(line["warnings"].as_array().unwrap().len(), 1, "{line}");
    let wav = sandbox.read("out/a.wav");
    let seconds = samples(&wav, wav.len() - 44).len() as f64 / 24_000.0 - 0.2;
    assert!((line["duration_s"].as_f64().unwrap() - seconds).abs() < 0.001, "{line}");
    assert_eq!(summary["duration_s"], line["duration_s"]);
    let skipped = batch(&sandbox, &["--json"]).succeeded();
    assert_eq!(self::rows(&skipped)[0]["status"], "skipped");
}

#[test]
fn parts_of_a_manifest_share_a_folder_and_agree_on_duplicates() {
    let mut lines = lines((1..=7).map(|index| format!("Line {index}.")));
    lines.push_str("{\"text\": \"Again.\", \"name\": \"000002\"}\n");
    let sandbox = sandbox(&lines);
    let mut children: Vec<_> = ["1/3", "2/3", "3/3"]
        .map(|shard| {
            let mut command =
                sandbox.command(&["batch", "m.jsonl", "--out", "out", "--shard", shard, "--json"]);
            let command = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            pocket_tts_test_support::ChildGuard::spawn(command)
        })
        .into_iter()
        .map(|child| Outcome::of(child.wait_with_output().unwrap()))
        .collect();
    let codes: Vec<Option<i32>> = children.iter().map(|outcome| outcome.code).collect();
    assert_eq!(codes, [Some(0), Some(1), Some(0)]);
    assert_eq!(
        children.drain(..).map(|outcome| sums(&outcome)).collect::<Vec<_>>(),
        [[3, 0, 0], [2, 0, 1], [2, 0, 0]]
    );
    assert_eq!(outputs(&sandbox.path("out")).len(), 7);
    for log in ["-1-of-3", "-2-of-3", "-3-of-3"] {
        assert!(sandbox.path(&format!("out/pocket-tts-batch{log}.jsonl")).is_file());
    }
    // Another number of parts finds the same files.
    assert_eq!(sums(&batch(&sandbox, &["--json"])), [0, 7, 1]);
}

#[test]
fn a_manifest_can_come_from_standard_input_and_name_outputs_of_its_own() {
    let sandbox = Sandbox::new();
    let arguments = ["batch", "-", "--out", "deep/er", "--format", "flac"];
    let outcome = sandbox.run_on(b"\n{\"text\": \"Hi.\"}\r\n{\"text\": 5}", &arguments);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("error: line 3 of standard input: `text` is 5"), "{}", outcome.stderr);
    assert_eq!(outputs(&sandbox.path("deep/er")).into_keys().collect::<Vec<_>>(), ["000002.flac"]);
    let empty = sandbox.run_on(b"", &arguments).succeeded();
    assert!(empty.stderr.starts_with("0 spoken, 0 skipped, 0 failed"), "{}", empty.stderr);
}

#[test]
fn inputs_are_not_replaced_by_outputs() {
    let sandbox = sandbox("{\"text\": \"Hi.\", \"voice\": \"out/me.wav\", \"name\": \"me\"}\n");
    sandbox.write("out/me.wav", "a recording");
    let outcome = batch(&sandbox, &[]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("is the voice itself, which would be lost"), "{}", outcome.stderr);
    assert_eq!(sandbox.read("out/me.wav"), b"a recording");
}

#[test]
fn wrong_usage_is_told_before_anything_is_spoken() {
    let sandbox = sandbox(LINES);
    batch(&sandbox, &["--shard", "0/2"]).failed(2, &["invalid value `0/2` for --shard", "from 1/4 to 4/4"]);
    batch(&sandbox, &["--jobs", "0"]).failed(2, &["invalid value `0` for --jobs"]);
    batch(&sandbox, &["--speed", "9"]).failed(2, &["invalid value `9` for --speed"]);
    sandbox.run(&["batch", "m.jsonl"]).failed(2, &["--out <FOLDER>"]);
    sandbox
        .run(&["batch", "none.jsonl", "--out", "out"])
        .failed(4, &["cannot read none.jsonl", "check its path"]);
    sandbox.run(&["batch", ".", "--out", "out"]).failed(4, &["cannot read ."]);
    sandbox.write("out/pocket-tts-batch.jsonl", LINES);
    let log = format!("out/{LOG}");
    sandbox.run(&["batch", &log, "--out", "out"]).failed(2, &["is the log of the folder"]);
    sandbox.write("file", "");
    sandbox.run(&["batch", "m.jsonl", "--out", "file"]).failed(4, &["file"]);
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_run_leaves_whole_files_and_the_next_goes_on() {
    let long = "It goes on and on, and nobody knows the end of it. ".repeat(40);
    let lines = lines((0..6).map(|index| if index == 0 { "Short.".to_owned() } else { long.clone() }));
    let sandbox = sandbox(&lines);
    let mut command = sandbox.signalled_command(&["batch", "m.jsonl", "--out", "out", "--jobs", "2"]);
    let child = pocket_tts_test_support::ChildGuard::spawn(command.stderr(std::process::Stdio::piped()));
    let started = std::time::Instant::now();
    while !sandbox.path("out/000001.wav").exists() {
        assert!(started.elapsed().as_secs() < 60, "nothing is written");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let kill = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let outcome = Outcome::of(child.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(143), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("error: interrupted after "), "{}", outcome.stderr);
    let left = outputs(&sandbox.path("out"));
    assert!(!left.is_empty() && left.len() < 6, "{:?}", left.keys());
    assert!(left.keys().all(|name| name.starts_with("00000")), "no unfinished file: {:?}", left.keys());
    let next = batch(&sandbox, &["--json"]).succeeded();
    assert_eq!(sums(&next), [6 - left.len() as u64, left.len() as u64, 0]);
}

#[test]
fn captions_stand_beside_the_outputs_and_are_completed_with_them() {
    let lines = "{\"text\": \"Good morning. It is late.\", \"name\": \"day/a\", \"seed\": 1}\n\
                 {\"text\": \"Yes.\", \"timestamps\": \"json\", \"format\": \"mp3\"}\n\
                 {\"text\": \"No.\", \"timestamps\": \"off\"}\n";
    let sandbox = sandbox(lines);
    let speak = |more: &[&str]| batch(&sandbox, &[&["--json"], more].concat()).succeeded();
    let outcome = speak(&["--timestamps", "srt"]);
    let row = rows(&outcome).into_iter().find(|row| row["line"] == 1).unwrap();
    let captions = Path::new("out").join("day/a.srt");
    assert_eq!(row["timestamps"].as_str().map(Path::new), Some(captions.as_path()));
    let found = outputs(&sandbox.path("out"));
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(names, ["000002.json", "000002.mp3", "000003.wav", "day/a.srt", "day/a.wav"]);
    let text = "Good morning. It is late.";
    let alone = ["generate", "--seed", "1", "-o", "one.wav", "--timestamps", "one.srt", "-q", text];
    sandbox.run(&alone).succeeded();
    assert!(found["day/a.srt"] == sandbox.read("one.srt") && found["day/a.wav"] == sandbox.read("one.wav"));
    assert!(found["000002.json"].starts_with(b"{"));
    // Lost captions are made again, and so are ones of another format.
    assert_eq!(sums(&speak(&["--timestamps", "srt"])), [0, 3, 0]);
    std::fs::remove_file(sandbox.path("out").join("day/a.srt")).unwrap();
    assert_eq!(sums(&speak(&["--timestamps", "srt"])), [1, 2, 0]);
    assert_eq!(sums(&speak(&["--timestamps", "vtt"])), [1, 2, 0]);
    assert!(outputs(&sandbox.path("out"))["day/a.vtt"].starts_with(b"WEBVTT"));
}

#[test]
fn wrong_captions_are_told() {
    let sandbox = sandbox(
        "{\"text\": \"a\", \"timestamps\": \"txt\"}\n\
         {\"text\": \"b\", \"name\": \"b.wav\", \"timestamps\": \"srt\"}\n\
         {\"text\": \"c\", \"name\": \"b.mp3\", \"timestamps\": \"srt\"}\n\
         {\"file\": \"out/d.srt\", \"name\": \"d\", \"timestamps\": \"srt\"}\n",
    );
    sandbox.write("out/d.srt", "Keep this.");
    let outcome = batch(&sandbox, &[]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    for told in [
        "line 1 of m.jsonl: `timestamps` is `txt`\nhelp: it must be one of srt, vtt, json, off",
        "line 3 of m.jsonl: its output b.srt is that of line 2, too",
        "line 4 of m.jsonl: the output out/d.srt is the text itself",
    ] {
        assert!(outcome.stderr.contains(told), "{told}: {}", outcome.stderr);
    }
    assert_eq!(sandbox.read("out/d.srt"), b"Keep this.");
    batch(&sandbox, &["--timestamps", "txt"]).failed(2, &["invalid value 'txt'", "srt, vtt, json, off"]);
}
