//! `export-voice`, `voices`, and recordings in `generate`.

use crate::support::{Outcome, Sandbox};

/// A recording of the built-in voice in the file `name`.
fn record(sandbox: &Sandbox, name: &str, text: &str) {
    sandbox.run(&["generate", "-q", "--seed", "1", "--text", text, "--output-path", name]).succeeded();
}

fn sandbox_with_recordings() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("in/notes.txt", "not a recording");
    sandbox.write("in/.hidden.wav", "not looked at");
    record(&sandbox, "in/one.wav", "This is the first of two recordings of one voice.");
    std::fs::copy(sandbox.path("in/one.wav"), sandbox.path("in/two.WAV")).unwrap();
    sandbox
}

fn files(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(sandbox.path(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn standard_output(outcome: Outcome) -> String {
    String::from_utf8(outcome.stdout).unwrap()
}

#[test]
fn an_exported_voice_sounds_as_its_recording() {
    let sandbox = Sandbox::new();
    record(&sandbox, "me.wav", "This is a recording that a voice is taken from.");
    let outcome = sandbox.run(&["export-voice", "me.wav", "me.safetensors"]).succeeded();
    assert!(outcome.stderr.contains("me.wav exported to me.safetensors"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("warning: me.wav: the built-in model knows only its own voice"));
    let speak = |voice: &str| {
        let arguments =
            ["generate", "--seed", "2", "--text", "Hello.", "--output-path", "-", "--voice", voice];
        sandbox.run(&arguments).succeeded()
    };
    let (cloned, exported) = (speak("me.wav"), speak("me.safetensors"));
    assert_eq!(cloned.stdout, exported.stdout);
    assert!(
        cloned.stderr.contains("warning: the built-in model knows only its own voice"),
        "{}",
        cloned.stderr
    );
    assert!(!exported.stderr.contains("warning"), "{}", exported.stderr);
}

#[test]
fn a_folder_is_exported_to_a_folder() {
    let sandbox = sandbox_with_recordings();
    let outcome = sandbox.run(&["export-voice", "in", "out/voices"]).succeeded();
    assert_eq!(files(&sandbox, "out/voices"), ["one.safetensors", "two.safetensors"]);
    assert!(
        outcome.stderr.contains("skipped, as they are not recordings: in/notes.txt"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("2 voices exported to out/voices"), "{}", outcome.stderr);
    assert_eq!(outcome.stderr.matches("knows only its own voice").count(), 1, "{}", outcome.stderr);
    assert_eq!(sandbox.read("out/voices/one.safetensors"), sandbox.read("out/voices/two.safetensors"));
}

#[test]
fn bad_files_are_reported_and_the_others_exported() {
    let sandbox = sandbox_with_recordings();
    sandbox.write("in/a_bad.wav", "this is no sound");
    let outcome = sandbox.run(&["export-voice", "--quiet", "in", "out"]);
    let outcome = outcome.failed(2, &["1 of 3 voices could not be exported: in/a_bad.wav"]);
    let said: Vec<&str> = outcome.stderr.lines().collect();
    assert!(
        said[0].starts_with(
            "error: cannot take a voice from `in/a_bad.wav`: this is not a supported audio file"
        ),
        "{said:?}"
    );
    assert!(said[1].starts_with("help: allowed are WAV, "), "{said:?}");
    assert_eq!(
        said[2..],
        ["error: 1 of 3 voices could not be exported: in/a_bad.wav"],
        "quiet says nothing else"
    );
    assert_eq!(files(&sandbox, "out"), ["one.safetensors", "two.safetensors"]);
    let missing = sandbox.run(&["export-voice", "missing.wav", "in/one.wav", "out"]);
    missing.failed(4, &["1 of 2 voices could not be exported: missing.wav"]);
}

#[test]
fn existing_voices_are_replaced_or_skipped() {
    let sandbox = sandbox_with_recordings();
    record(&sandbox, "other.wav", "This is a recording with other words.");
    sandbox.run(&["export-voice", "other.wav", "one.safetensors"]).succeeded();
    std::fs::create_dir(sandbox.path("out")).unwrap();
    std::fs::rename(sandbox.path("one.safetensors"), sandbox.path("out/one.safetensors")).unwrap();
    let old = sandbox.read("out/one.safetensors");
    let outcome = sandbox.run(&["export-voice", "--skip-existing", "in", "out"]).succeeded();
    assert!(outcome.stderr.contains("1 skipped, as the output exists"), "{}", outcome.stderr);
    assert!(sandbox.read("out/one.safetensors") == old);
    sandbox.run(&["export-voice", "in", "out"]).succeeded();
    assert!(sandbox.read("out/one.safetensors") != old);
    assert_eq!(sandbox.read("out/one.safetensors"), sandbox.read("out/two.safetensors"));
}

#[test]
fn no_source_is_overwritten() {
    let sandbox = sandbox_with_recordings();
    sandbox
        .run(&["export-voice", "in/one.wav", "./in/../in/one.wav"])
        .failed(2, &["the source", "would be lost"]);
    sandbox.run(&["export-voice", "in/one.wav", "a.safetensors"]).succeeded();
    let voice = sandbox.read("a.safetensors");
    sandbox.run(&["export-voice", "a.safetensors", "."]).failed(2, &["the source a.safetensors itself"]);
    let forced = sandbox.run(&["export-voice", "--force", "a.safetensors", "."]);
    forced.failed(2, &["the source a.safetensors itself"]);
    assert_eq!(sandbox.read("a.safetensors"), voice);
}

#[test]
fn only_exported_voices_are_replaced() {
    let sandbox = sandbox_with_recordings();
    let recording = sandbox.read("in/two.WAV");
    // The output was forgotten.
    let outcome = sandbox.run(&["export-voice", "in/one.wav", "in/two.WAV"]);
    let problem = "in/two.WAV exists and is not an exported voice; the last argument is the output";
    outcome.failed(2, &[problem, "name another, or add --force to replace what is there"]);
    assert!(sandbox.read("in/two.WAV") == recording);
    // Neither is a text, nor another file of that format.
    sandbox.write("notes.safetensors", "notes");
    sandbox.write("out/one.safetensors", "weights");
    let text = sandbox.run(&["export-voice", "in/one.wav", "notes.safetensors"]);
    text.failed(2, &["notes.safetensors exists and is not an exported voice"]);
    let folder = sandbox.run(&["export-voice", "in", "out"]);
    folder.failed(2, &["out/one.safetensors exists and is not an exported voice"]);
    assert_eq!(files(&sandbox, "out"), ["one.safetensors"], "nothing was begun");
    assert_eq!(sandbox.read("out/one.safetensors"), b"weights");
    sandbox.run(&["export-voice", "--force", "in", "out"]).succeeded();
    assert!(sandbox.read("out/one.safetensors") == sandbox.read("out/two.safetensors"));
    // An exported voice is replaced silently, and so is an empty file.
    std::fs::write(sandbox.path("notes.safetensors"), "").unwrap();
    for _ in 0..2 {
        sandbox.run(&["export-voice", "in/one.wav", "notes.safetensors"]).succeeded();
    }
}

#[test]
fn recordings_with_the_same_stem_keep_their_whole_names() {
    let sandbox = sandbox_with_recordings();
    std::fs::copy(sandbox.path("in/one.wav"), sandbox.path("in/one.mp3")).unwrap();
    sandbox.run(&["export-voice", "in", "out"]).succeeded();
    let exported = ["one.mp3.safetensors", "one.wav.safetensors", "two.safetensors"];
    assert_eq!(files(&sandbox, "out"), exported);
    // If even these are the same, the others are still exported.
    std::fs::create_dir(sandbox.path("more")).unwrap();
    std::fs::copy(sandbox.path("in/one.wav"), sandbox.path("more/two.WAV")).unwrap();
    let both = sandbox.run(&["export-voice", "-q", "in", "more", "second"]);
    assert!(both.stderr.starts_with(
        "error: in/two.WAV and another source would both be written to second/two.WAV.safetensors\n\
         help: rename one, or export them to different folders\n"
    ));
    both.failed(2, &["2 of 4 voices could not be exported: in/two.WAV, more/two.WAV"]);
    assert_eq!(files(&sandbox, "second"), exported[..2]);
}

#[test]
fn unfinished_files_of_a_killed_export_are_removed_by_the_next() {
    let sandbox = sandbox_with_recordings();
    sandbox.write("out/.pocket-tts-aBcDeF.part", "half a voice");
    sandbox.run(&["export-voice", "in", "out"]).succeeded();
    assert_eq!(files(&sandbox, "out"), ["one.safetensors", "two.safetensors"]);
}

/// Converts a recording with ffmpeg.
fn convert(sandbox: &Sandbox, from: &str, to: &str, options: &[&str]) {
    let mut command = std::process::Command::new("ffmpeg");
    command
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(sandbox.path(from))
        .args(options)
        .arg(sandbox.path(to));
    let status = command.status();
    assert!(
        status.expect("this test encodes with ffmpeg; install it: sudo apt-get install ffmpeg").success()
    );
}

#[test]
fn recordings_of_browsers_and_phones_are_accepted() {
    let sandbox = Sandbox::new();
    record(&sandbox, "me.wav", "This is a recording that a voice is taken from.");
    for (name, codec) in [
        ("me.ogg", "libopus"),
        ("me.opus", "libopus"),
        ("me.webm", "libopus"),
        ("me.mp4", "libopus"),
        ("me.m4a", "alac"),
    ] {
        convert(&sandbox, "me.wav", name, &["-codec:a", codec]);
        let outcome = sandbox.run(&["export-voice", "-q", name, "me.safetensors"]).succeeded();
        assert_eq!(outcome.stderr, "", "{name}");
    }
    // A lossless format gives the same voice, bit for bit.
    let lossless = sandbox.read("me.safetensors");
    sandbox.run(&["export-voice", "-q", "me.wav", "me.safetensors"]).succeeded();
    assert!(sandbox.read("me.safetensors") == lossless);
}

#[test]
fn a_recording_that_is_cut_off_or_garbage_is_warned_about() {
    let sandbox = Sandbox::new();
    record(&sandbox, "me.wav", "This is a recording that a voice is taken from.");
    let mut wav = sandbox.read("me.wav");
    std::fs::write(sandbox.path("cut.wav"), &wav[..wav.len() / 2]).unwrap();
    let outcome = sandbox.run(&["export-voice", "cut.wav", "cut.safetensors"]).succeeded();
    let warning = "s of the sound that the file declares are missing or damaged; export or download it again";
    assert!(outcome.stderr.contains(warning), "{}", outcome.stderr);
    // Bytes that look like a compressed file.
    let mut state = 1_u32;
    for byte in &mut wav[44..] {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    std::fs::write(sandbox.path("garbage.wav"), &wav).unwrap();
    let outcome = sandbox.run(&["export-voice", "garbage.wav", "garbage.safetensors"]).succeeded();
    assert!(
        outcome.stderr.contains("warning: garbage.wav: the recording is nothing but noise"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn impossible_exports_are_rejected_before_the_work() {
    let sandbox = sandbox_with_recordings();
    sandbox.write("file", "");
    sandbox.run(&["export-voice", "in", "file"]).failed(2, &["the output file is a file", "need a folder"]);
    sandbox
        .run(&["export-voice", "in/one.wav", "gone/a.safetensors"])
        .failed(4, &["the folder gone does not exist"]);
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    sandbox
        .run(&["export-voice", "empty", "out"])
        .failed(2, &["the folder empty holds no recordings", "wav, "]);
    sandbox.run(&["export-voice", "in/one.wav", "-"]).failed(2, &["the output is `-`", "name a file"]);
    sandbox.run(&["export-voice", "ftp://a/b.wav", "out"]).failed(2, &["is not the location of a voice"]);
    sandbox.run(&["export-voice", "in/one.wav"]).failed(2, &["required arguments"]);
    let both = ["export-voice", "in/one.wav", "a.safetensors", "--language", "tiny", "--config", "a.yaml"];
    sandbox.run(&both).failed(2, &["--language and --config exclude each other"]);
    let offline = ["export-voice", "in/one.wav", "a.safetensors", "--language", "english", "--offline"];
    sandbox.run(&offline).failed(4, &["the network is switched off"]);
    assert!(!sandbox.path("a.safetensors").exists());
}

#[test]
fn an_output_with_another_extension_is_a_warning() {
    let sandbox = sandbox_with_recordings();
    let outcome = sandbox.run(&["export-voice", "in/one.wav", "voice.bin"]).succeeded();
    assert!(outcome.stderr.contains("voice.bin does not end in .safetensors"), "{}", outcome.stderr);
}

#[test]
fn prepared_voices_are_cached_in_the_given_folder() {
    let sandbox = sandbox_with_recordings();
    let arguments = ["generate", "--text", "Hi.", "--voice", "in/one.wav", "--voice-cache", "kept"];
    sandbox.run(&arguments).succeeded();
    let kept = files(&sandbox, "kept");
    assert_eq!(kept.len(), 1);
    let variables = [("POCKET_TTS_VOICE_CACHE", "kept"), ("POCKET_TTS_RESAMPLER", "high-quality")];
    sandbox.run_with(&variables, &["export-voice", "in/one.wav", "a.safetensors"]).succeeded();
    assert_eq!(files(&sandbox, "kept"), kept, "the same recording with the same options");
    sandbox.run_with(&variables, &[&arguments[..5], &["--resampler", "reference"]].concat()).succeeded();
    assert_eq!(files(&sandbox, "kept").len(), 2);
    std::fs::write(sandbox.path("kept").join(&kept[0]), "damaged").unwrap();
    let outcome = sandbox.run(&arguments).succeeded();
    assert!(outcome.stderr.contains("warning: a prepared voice was of no use"), "{}", outcome.stderr);
}

#[test]
fn half_a_minute_of_a_recording_is_used_by_default() {
    let sandbox = Sandbox::new();
    record(&sandbox, "one.wav", "This is a recording of a few seconds, which is said again and again.");
    let wav = sandbox.read("one.wav");
    let samples = wav[44..].repeat(40 * 48_000 / (wav.len() - 44) + 1);
    let sizes = [samples.len() as u32 + 36, samples.len() as u32].map(u32::to_le_bytes);
    let long = [&wav[..4], &sizes[0], &wav[8..40], &sizes[1], &samples].concat();
    std::fs::write(sandbox.path("long.wav"), &long).unwrap();
    let outcome = sandbox.run(&["export-voice", "long.wav", "cut.safetensors"]).succeeded();
    assert!(outcome.stderr.contains("only the first 30 s of the recording are heard"), "{}", outcome.stderr);
    let outcome =
        sandbox.run(&["export-voice", "--no-truncate", "long.wav", "whole.safetensors"]).succeeded();
    assert!(!outcome.stderr.contains("first 30 s"), "{}", outcome.stderr);
    assert!(sandbox.read("whole.safetensors").len() > sandbox.read("cut.safetensors").len());
    let endless = long[44..].repeat(9);
    let sizes = [endless.len() as u32 + 36, endless.len() as u32].map(u32::to_le_bytes);
    let endless = [&wav[..4], &sizes[0], &wav[8..40], &sizes[1], &endless].concat();
    std::fs::write(sandbox.path("endless.wav"), endless).unwrap();
    let arguments = ["generate", "--no-truncate", "--voice", "endless.wav", "--text", "Hi."];
    sandbox
        .run(&arguments)
        .failed(2, &["endless.wav", "longer than the 327 s", "truncated to its first 30 s"]);
}

#[test]
fn an_unknown_resampler_is_rejected_from_every_source() {
    let sandbox = Sandbox::new();
    sandbox.run(&["generate", "--resampler", "best"]).failed(2, &["best"]);
    let variable = [("POCKET_TTS_RESAMPLER", "best")];
    let parts = ["invalid value `best` for POCKET_TTS_RESAMPLER; it must be high-quality or reference"];
    sandbox.run_with(&variable, &["generate"]).failed(2, &parts);
}

#[test]
fn the_voices_of_a_language_are_listed_without_a_network() {
    let sandbox = Sandbox::new();
    let table = standard_output(sandbox.run(&["voices", "--language", "french"]).succeeded());
    assert_eq!(table.lines().count(), 28, "a heading and 27 voices");
    let line = |name: &str| table.lines().find(|line| line.starts_with(name)).unwrap();
    let words: Vec<&str> = line("estelle").split_whitespace().collect();
    let recording = "hf://kyutai/tts-voices/unmute-prod-website/developpeuse-3.wav@1fc7395b7e012e2bbebfca14b942a4ef62ccc899";
    assert_eq!(words, ["estelle", "yes", "no", "https://huggingface.co/kyutai/tts-voices", recording]);
    assert!(
        line("lola").contains("spanish")
            && line("lola").contains("https://huggingface.co/kyutai/pocket-tts ")
    );
    assert_eq!(sandbox.files(), [""; 0], "nothing is written");
}

#[test]
fn a_fetched_voice_is_listed_as_cached() {
    let sandbox = Sandbox::new();
    let commit = "a7056f505a4a8ca72d8b5fb1440071d6f1a35739";
    let repository = "hub/models--kyutai--pocket-tts-without-voice-cloning";
    let file = format!("{repository}/snapshots/{commit}/languages/french/embeddings/alba.safetensors");
    sandbox.write(&file, "");
    let hub = sandbox.path("hub");
    let variables = [("HF_HUB_CACHE", hub.to_str().unwrap())];
    let outcome = sandbox.run_with(&variables, &["voices", "--language", "french", "--json"]).succeeded();
    let voices: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    let cached = voices.as_array().unwrap().iter().filter(|voice| voice["cached"] == true);
    assert_eq!(cached.map(|voice| voice["name"].as_str().unwrap()).collect::<Vec<_>>(), ["alba"]);
}

#[test]
fn without_a_language_the_voices_of_the_default_model_are_listed() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["voices"]).succeeded();
    assert!(outcome.stderr.contains("pocket-tts voices --language english"), "{}", outcome.stderr);
    assert!(standard_output(outcome).lines().nth(1).unwrap().starts_with("heart"));
    let by_variable = sandbox.run_with(&[("POCKET_TTS_LANGUAGE", "german")], &["voices"]).succeeded();
    let table = standard_output(by_variable);
    let juergen = table.lines().find(|line| line.starts_with("juergen")).unwrap();
    assert_eq!(juergen.split_whitespace().nth(1), Some("yes"));
    sandbox.run(&["voices", "--language", "klingon"]).failed(2, &["klingon", "known models are"]);
    let config = sandbox.run_with(&[("POCKET_TTS_CONFIG", "a.yaml")], &["voices"]);
    config.failed(2, &["a.yaml has no named voices", "give --language"]);
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_export_stops_between_two_voices() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};
    let sandbox = sandbox_with_recordings();
    let wav = sandbox.read("in/one.wav");
    for index in 0..300 {
        // Different bytes give different voices, so that none is cached in memory.
        let mut other = wav.clone();
        other[44..46].copy_from_slice(&(index as u16 + 1).to_le_bytes());
        std::fs::write(sandbox.path("in").join(format!("{index:04}.wav")), other).unwrap();
    }
    let mut command = sandbox.signalled_command(&["export-voice", "in", "out"]);
    let mut child = pocket_tts_test_support::ChildGuard::spawn(command.stderr(Stdio::piped()));
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("0000.wav exported") {
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "{said}");
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("error: interrupted after "), "{said}");
    let written = files(&sandbox, "out");
    assert!(!written.is_empty() && written.iter().all(|name| name.ends_with(".safetensors")), "{written:?}");
}
