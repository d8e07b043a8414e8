//! Captions beside the speech, and the heads that they come from.

use serde_json::Value;

use crate::support::Sandbox;

const TEXT: &str =
    "On March 3rd she paid $12.50 for it. “Really?”, he asked; nobody else knew that, and it didn't matter.";

#[test]
fn captions_show_the_text_as_it_was_written() {
    let sandbox = Sandbox::new();
    sandbox.run(&["generate", "-o", "a.wav", "--timestamps", "a.srt", TEXT]).succeeded();
    let srt = String::from_utf8(sandbox.read("a.srt")).unwrap();
    let shown: Vec<&str> = srt.lines().filter(|line| line.contains(char::is_alphabetic)).collect();
    assert_eq!(shown.join(" "), TEXT);
    assert!(srt.starts_with("1\n00:00:00,"), "{srt}");
    sandbox.run(&["generate", "-o", "b.wav", "--timestamps", "b.vtt", TEXT]).succeeded();
    assert!(sandbox.read("b.vtt").starts_with(b"WEBVTT\n\n00:00:00."));
    assert_eq!(sandbox.read("a.wav"), sandbox.read("b.wav"));
}

#[test]
fn times_point_into_the_original_from_a_file_and_from_a_pipe() {
    let sandbox = Sandbox::new();
    let text = "# One\n\nIt is 5 o'clock, *really*.\n\nAnother [pause:200ms] paragraph of 😀 some words follows here.\n";
    sandbox.write("a.md", text);
    sandbox.run(&["generate", "-f", "a.md", "-o", "a.wav", "--timestamps", "a.json"]).succeeded();
    let pipe = ["generate", "--text", "-", "-o", "b.wav", "--timestamps", "b.json"];
    let plain = "It is 5 o'clock. Another [pause:200ms] paragraph of some words follows here. And 3 more.";
    sandbox.run_on(plain.as_bytes(), &pipe).succeeded();
    for (file, text, words) in [
        ("a.json", text, "One It is 5 o'clock really Another paragraph of some words follows here"),
        ("b.json", plain, "It is 5 o'clock Another paragraph of some words follows here And 3 more"),
    ] {
        let times: Value = serde_json::from_slice(&sandbox.read(file)).unwrap();
        let (mut found, mut before) = (Vec::new(), 0.0);
        let units: Vec<u16> = text.encode_utf16().collect();
        for sentence in times["sentences"].as_array().unwrap() {
            for word in sentence["words"].as_array().unwrap() {
                let place = |key: &str, index: usize| word[key][index].as_u64().unwrap() as usize;
                let written = &text[place("source", 0)..place("source", 1)];
                let utf16 = &units[place("source_utf16", 0)..place("source_utf16", 1)];
                assert_eq!(String::from_utf16(utf16).unwrap(), written);
                found.push(written);
                let [start, end] = ["start", "end"].map(|key| word[key].as_f64().unwrap());
                assert!(before <= start && start <= end, "{word}");
                before = end;
            }
        }
        assert_eq!(found.join(" "), words, "{file}");
    }
}

#[test]
fn a_file_of_another_kind_is_refused_before_anything_is_spoken() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["generate", "-o", "a.wav", "--timestamps", "a.txt", "Hello."]);
    outcome.failed(2, &["--timestamps", ".srt, .vtt or .json"]);
    sandbox.write("own.srt", "Hello.");
    let outcome = sandbox.run(&["generate", "-f", "own.srt", "-o", "a.wav", "--timestamps", "own.srt"]);
    outcome.failed(2, &["is the text itself, which would be lost"]);
    assert_eq!(sandbox.read("own.srt"), b"Hello.");
    let outcome = sandbox.run(&["generate", "-o", "a.wav", "--timestamps", "missing/a.srt", "Hello."]);
    assert_ne!(outcome.code, Some(0));
    assert!(!sandbox.path("a.wav").exists());
}

#[test]
fn the_heads_of_the_built_in_model_are_found() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["find-timestamp-heads"]).succeeded();
    let line = String::from_utf8(outcome.stdout).unwrap();
    assert!(line.starts_with("timestamp_heads: [{layer: ") && line.ends_with("}]\n"), "{line}");
    assert!(line.contains("head: 0"), "{line}");
    sandbox.run(&["find-timestamp-heads", "--text", "Hi."]).failed(2, &["too short"]);
}
