//! How `generate` reads texts: mark-up, numbers, formats and dictionaries.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use crate::support::{Outcome, Sandbox, samples};
use pocket_tts_test_support::ChildGuard;

/// Raw samples to standard output, by a seed and with much noise.
const ARGUMENTS: [&str; 8] = ["generate", "--seed", "5", "--temperature", "0.7", "--format", "pcm", "-o-"];
/// The silence at the end of a WAV file, in bytes.
const END: usize = 2 * 4_800;
/// A text that each stage changes.
const TEXT: &str = "I paid $5 \u{1f600} for it. [pause:1s] Dr. Hill didn't.\n\nSo what?";
/// With these arguments texts are read as the Python package does.
const OFF: [&str; 6] = ["--no-normalize", "--no-markup", "--split", "reference", "--paragraph-pause", "0"];

/// The samples of a text.
fn say(sandbox: &Sandbox, text: &str, more: &[&str]) -> Vec<u8> {
    sandbox.run(&[&ARGUMENTS[..], &["--text", text], more].concat()).succeeded().stdout
}

/// The audio of "Yes." and "No." with half a second of silence in between.
fn with_pause(sandbox: &Sandbox) -> Vec<u8> {
    let yes = say(sandbox, "Yes.", &[]);
    let both = say(sandbox, "Yes. [pause:1ms] No.", &[]);
    let (first, rest) = both.split_at(yes.len());
    assert!(first == yes && rest[..48] == [0; 48] && rest.len() > 48);
    [first, &vec![0; 24_000], &rest[48..]].concat()
}

#[test]
fn half_a_second_is_12_000_samples_in_every_output() {
    let sandbox = Sandbox::new();
    let expected = with_pause(&sandbox);
    for text in [
        "Yes. [pause:0.5s] No.",
        "Yes. [pause] No.",
        "Yes. [pause:400ms] [pause:0.1] No.",
        "<speak>Yes. <break time=\"500ms\"/> No.</speak>",
    ] {
        assert!(say(&sandbox, text, &[]) == expected, "{text}");
    }
    let file = ["generate", "Yes. [pause:0.5s] No.", "--seed", "5", "--temperature", "0.7", "-o", "x.wav"];
    sandbox.run(&file).succeeded();
    let wav = sandbox.read("x.wav");
    let found: Vec<u8> = samples(&wav, wav.len() - 44).into_iter().flat_map(i16::to_le_bytes).collect();
    assert!(found == [&expected[..], &[0; END]].concat());
    sandbox.write("text.txt", "Yes. [pause:0.5s] No.\n");
    let from_file = sandbox.run(&[&ARGUMENTS[..], &["-f", "text.txt"]].concat()).succeeded().stdout;
    assert!(from_file == expected);
}

#[test]
fn half_a_second_is_12_000_samples_through_a_growing_pipe() {
    let sandbox = Sandbox::new();
    let expected = with_pause(&sandbox);
    for pieces in [
        &["Yes. [pause:0.5s] No."][..],
        &["Yes. [pau", "se:0.5s", "] No."],
        &["Yes. ", "[pause] ", "No.\n"],
        &["<spe", "ak>Yes. <break time=", "'0.5s'/> No.", "</speak>"],
        &["<?xml version='1.0'?>\n", "<speak>Yes. <break/> No.</speak>"],
    ] {
        let mut command = sandbox.command(&ARGUMENTS);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = ChildGuard::spawn(command);
        let mut writer = child.stdin.take().unwrap();
        for piece in pieces {
            writer.write_all(piece.as_bytes()).unwrap();
            writer.flush().unwrap();
            // Long enough for the pieces to arrive one by one; the outcome must not depend on it.
            std::thread::sleep(Duration::from_millis(50));
        }
        drop(writer);
        let outcome = Outcome::of(child.wait_with_output().unwrap()).succeeded();
        let sound = outcome.stdout;
        assert!(sound == expected, "{pieces:?}: {} bytes", sound.len());
        assert!(!outcome.stderr.contains("warning:"), "{}", outcome.stderr);
    }
}

#[test]
fn voices_are_named_in_the_text() {
    let sandbox = Sandbox::new();
    let expected = say(&sandbox, "Yes. No.", &["--split", "natural"]);
    let marked = say(&sandbox, "[voice:heart] Yes. No. [voice]", &[]);
    assert!(marked == expected);
    let piped = sandbox.run_on(b"Yes.\n\n[voice:heart]\n\nNo. [voice]", &ARGUMENTS).succeeded();
    assert!(!piped.stderr.contains("warning:"), "{}", piped.stderr);
    for text in ["Yes. [voice:hart] No.", "<speak>Yes. <voice name='hart'>No.</voice></speak>"] {
        let refused = [
            "the mark-up of the text names the voice `hart`, which does not exist",
            "did you mean `heart`? known voices are heart",
        ];
        sandbox.run(&["generate", text, "-o", "x.wav"]).failed(2, &refused);
        sandbox.run_on(text.as_bytes(), &["generate", "-o", "x.wav"]).failed(2, &refused);
    }
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn with_everything_off_the_text_is_spoken_as_it_is() {
    let sandbox = Sandbox::new();
    let expected = say(&sandbox, TEXT, &OFF);
    let on = say(&sandbox, TEXT, &[]);
    assert!(on != expected);
    sandbox.write("off.yaml", "normalize: false\nmarkup: false\nsplit: reference\nparagraph_pause: 0\n");
    assert!(say(&sandbox, TEXT, &["--settings", "off.yaml"]) == expected);
    let variables = [
        ("POCKET_TTS_NORMALIZE", "false"),
        ("POCKET_TTS_MARKUP", "no"),
        ("POCKET_TTS_SPLIT", "reference"),
        ("POCKET_TTS_PARAGRAPH_PAUSE", "0"),
    ];
    let arguments = [&ARGUMENTS[..], &["--text", TEXT]].concat();
    let sound = sandbox.run_with(&variables, &arguments).succeeded().stdout;
    assert!(sound == expected);
    // Options win over settings, and the last one counts.
    let back = ["--normalize", "--markup", "--split", "natural", "--paragraph-pause", "0.4"];
    assert!(say(&sandbox, TEXT, &[&["--settings", "off.yaml"], &back[..]].concat()) == on);
    assert!(say(&sandbox, TEXT, &[&OFF[..], &back[..]].concat()) == on);
    let piped = [&ARGUMENTS[..], &OFF[..]].concat();
    let sound = sandbox.run_on(TEXT.as_bytes(), &piped).succeeded().stdout;
    assert!(!sound.is_empty());
}

#[test]
fn numbers_are_spoken_in_the_language_of_the_text() {
    let sandbox = Sandbox::new();
    assert!(
        say(&sandbox, "On March 3rd, 2024 she paid $12.50.", &[])
            == say(
                &sandbox,
                "On March third, twenty twenty-four she paid twelve dollars and fifty cents.",
                &["--no-normalize"]
            )
    );
    let french = say(&sandbox, "Il y en a douze.", &["--no-normalize"]);
    for language in ["fr", "french", "fr-CA"] {
        assert!(say(&sandbox, "Il y en a 12.", &["--text-language", language]) == french, "{language}");
    }
    let piped = [&ARGUMENTS[..], &["--text-language", "fr"]].concat();
    let sound = sandbox.run_on(b"Il y en a 12.", &piped).succeeded().stdout;
    assert!(sound == french, "the language of a text that is still being written");
    let marked = "<speak><lang xml:lang='fr'>Il y en a 12.</lang></speak>";
    assert!(say(&sandbox, marked, &[]) == french);
    let refused = ["line 1, column 29: no text can be read in the language `tlh`", "write one of en, "];
    sandbox.run(&["generate", "<speak><lang xml:lang='tlh'>Q.</lang></speak>"]).failed(2, &refused);
}

#[test]
fn a_file_is_read_by_its_ending() {
    let sandbox = Sandbox::new();
    let plain = say(&sandbox, "A title.\n\nSome words.", &[]);
    let file = |name: &str, content: &str, more: &[&str]| {
        sandbox.write(name, content);
        sandbox.run(&[&ARGUMENTS[..], &["-f", name], more].concat()).succeeded().stdout
    };
    let (markdown, html) = (
        "# A title\n\nSome [**words**](http://example.org).\n",
        "<h1>A title</h1><p>Some <b class='wide'>words</b>.</p>\n",
    );
    for (name, content) in [("x.md", markdown), ("X.MARKDOWN", markdown), ("x.html", html), ("x.htm", html)] {
        assert!(file(name, content, &[]) == plain, "{name}");
        assert!(file(name, content, &["--no-normalize"]) == plain, "{name}");
        assert!(file(name, content, &["--input-format", "text"]) != plain, "{name}");
    }
    assert!(file("x.txt", markdown, &[]) != plain);
    assert!(file("x.txt", markdown, &["--input-format", "markdown"]) == plain);
    assert!(file("x.txt", markdown, &["--input-format", "auto"]) == plain);
    assert!(say(&sandbox, html, &["--input-format", "html"]) == plain);
    let piped = [&ARGUMENTS[..], &["--input-format", "markdown"]].concat();
    let sound = sandbox.run_on(markdown.as_bytes(), &piped).succeeded().stdout;
    assert!(sound == plain);
    // Marks are read in Markdown, but not in its code.
    assert!(file("x.md", "Yes. `[pause:1s]` No.", &[]) == say(&sandbox, "Yes. \\[pause:1s] No.", &[]));
    assert!(file("x.md", "Yes.\n\n[pause:1s]\n\nNo.", &[]) == say(&sandbox, "Yes. [pause:1s] No.", &[]));
}

#[test]
fn a_dictionary_respells_words() {
    let sandbox = Sandbox::new();
    sandbox.write("words.toml", "[words]\n\"Nginx\" = \"engine x\"\n");
    let expected = say(&sandbox, "The engine x is on.", &[]);
    assert!(say(&sandbox, "The nginx is on.", &["--dictionary", "words.toml"]) == expected);
    let variable = [("POCKET_TTS_DICTIONARY", "words.toml")];
    let arguments = [&ARGUMENTS[..], &["--text", "The NGINX is on."]].concat();
    let sound = sandbox.run_with(&variable, &arguments).succeeded().stdout;
    assert!(sound == expected);
    let piped = [&ARGUMENTS[..], &["--dictionary", "words.toml"]].concat();
    let sound = sandbox.run_on(b"The nginx is on.", &piped).succeeded().stdout;
    assert!(sound == expected);
}

#[test]
fn pauses_between_sentences_and_paragraphs_are_added() {
    let sandbox = Sandbox::new();
    let text = "Yes.\n\nNo.";
    let none = say(&sandbox, text, &["--paragraph-pause", "0"]);
    let yes = say(&sandbox, "Yes.", &[]);
    for (more, samples) in [
        (&[][..], 9_600),
        (&["--paragraph-pause", "0.25"], 6_000),
        (&["--paragraph-pause", "0", "--sentence-pause", "1"], 24_000),
    ] {
        let expected = [&none[..yes.len()], &vec![0; 2 * samples], &none[yes.len()..]].concat();
        assert!(say(&sandbox, text, more) == expected, "{more:?}");
        assert!(say(&sandbox, "Yes.\n\n[voice:heart]\nNo.", more) == expected, "{more:?} before a voice");
        let piped = [&ARGUMENTS[..], more].concat();
        let sound = sandbox.run_on(text.as_bytes(), &piped).succeeded().stdout;
        assert!(sound == expected, "{more:?} in a pipe");
    }
    for option in ["--sentence-pause", "--paragraph-pause"] {
        for value in ["-1", "3601", "nan", "inf"] {
            let refused = [option, "it must be a number from 0 to 3600"];
            sandbox.run(&["generate", "Hi.", option, value]).failed(2, &refused);
        }
        sandbox.run(&["generate", "Hi.", option, "long"]).failed(2, &[option, "a number"]);
    }
}

#[test]
fn wrong_mark_up_ends_the_speech_of_a_pipe() {
    let sandbox = Sandbox::new();
    let refused = ["the mark-up of the text is wrong in line 1, column ", "`long` is not a length of time"];
    let outcome = sandbox.run_on(b"Yes. [pause:long] No.", &["generate", "-o", "x.wav"]);
    outcome.failed(2, &refused);
    assert_eq!(sandbox.files(), [""; 0]);
}
