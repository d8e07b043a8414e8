//! `generate` on a text that is still being written.

use std::io::{Read, Write};
use std::process::{ChildStdin, Stdio};
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

use crate::support::{Outcome, Sandbox};
use pocket_tts_test_support::ChildGuard;

const FIRST: &str = "Good morning.\n";
const SECOND: &str = "Where did she go? I do not know that yet.\n";
/// Raw samples to standard output, by a seed and with much noise.
const ARGUMENTS: [&str; 9] =
    ["generate", "--seed", "5", "--temperature", "0.7", "--format", "pcm", "--output-path", "-"];
const FRAME_BYTES: usize = 2 * 1_920;

/// A run whose writer has not finished.
struct Run {
    child: ChildGuard,
    writer: ChildStdin,
}

impl Run {
    fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        let mut command = sandbox.command(arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = ChildGuard::spawn(command);
        let writer = child.stdin.take().unwrap();
        Self { child, writer }
    }

    fn write(&mut self, text: &[u8]) {
        self.writer.write_all(text).unwrap();
        self.writer.flush().unwrap();
    }

    /// Waits for a frame of sound on standard output.
    fn hear_a_frame(&mut self) -> Vec<u8> {
        let mut frame = vec![0; FRAME_BYTES];
        self.child.stdout.as_mut().unwrap().read_exact(&mut frame).unwrap();
        frame
    }

    /// Closes the pipe and waits for the end.
    fn finish(self) -> Outcome {
        drop(self.writer);
        Outcome::of(self.child.wait_with_output().unwrap())
    }
}

#[test]
fn a_sentence_is_heard_before_the_next_is_written() {
    let sandbox = Sandbox::new();
    let expected = sandbox.run_on([FIRST, SECOND].concat().as_bytes(), &ARGUMENTS).succeeded();
    let mut run = Run::start(&sandbox, &[&ARGUMENTS[..], &["--text", "-"]].concat());
    run.write(FIRST.as_bytes());
    let mut heard = run.hear_a_frame();
    run.write(SECOND.as_bytes());
    let outcome = run.finish().succeeded();
    heard.extend(outcome.stdout);
    assert!(heard == expected.stdout, "the speech depends on when the text came");
    // A run has one set of messages.
    for stderr in [outcome.stderr, expected.stderr] {
        assert_eq!(stderr.matches("seed 5").count(), 1, "{stderr}");
        assert_eq!(stderr.matches("written to standard output").count(), 1, "{stderr}");
        assert!(!stderr.contains("sentence 1"), "progress is for terminals: {stderr}");
    }
}

#[test]
fn the_first_sentence_is_spoken_as_if_it_were_alone_and_the_next_with_other_noise() {
    let sandbox = Sandbox::new();
    let arguments = [&ARGUMENTS[..], &["--paragraph-pause", "0"]].concat();
    let speak = |text: &[u8]| sandbox.run_on(text, &arguments).succeeded().stdout;
    let (first, twice) = (speak(b"Good morning."), speak(b"Good morning.\n\nGood morning."));
    let (once, again) = twice.split_at(first.len());
    assert!(once == first && !again.is_empty() && again != first);
    let given = sandbox.run(&[&ARGUMENTS[..], &["--text", "Good morning."]].concat()).succeeded();
    assert!(given.stdout == first);
}

#[test]
fn an_output_file_is_complete_when_the_text_is() {
    let sandbox = Sandbox::new();
    let to_file = ["generate", "--seed", "5", "--temperature", "0.7", "--output-path", "a.pcm"];
    let mut run = Run::start(&sandbox, &to_file);
    run.write(FIRST.as_bytes());
    run.write(SECOND.as_bytes());
    run.finish().succeeded();
    let expected = sandbox.run_on([FIRST, SECOND].concat().as_bytes(), &ARGUMENTS).succeeded();
    assert!(sandbox.read("a.pcm") == expected.stdout);
    assert_eq!(sandbox.files(), ["a.pcm"]);
}

#[test]
fn bytes_that_are_not_utf_8_end_the_speech_with_an_error() {
    let sandbox = Sandbox::new();
    let mut run = Run::start(&sandbox, &ARGUMENTS);
    run.write(FIRST.as_bytes());
    run.hear_a_frame();
    run.write(b"A caf\xe9 is there.");
    let outcome = run.finish();
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    let message = "error: the text on standard input is not UTF-8 (byte 19 is the first invalid one)\n\
                   help: convert it, for example with `iconv -t UTF-8`\n";
    assert!(outcome.stderr.ends_with(message), "{}", outcome.stderr);
    let failing = [b"Good morning. It is a fine day today. A caf", &b"\xe9."[..]].concat();
    let to_file = ["generate", "--output-path", "a.wav"];
    sandbox.run_on(&failing, &to_file).failed(2, &["is not UTF-8 (byte 43 is"]);
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn a_text_that_turns_out_wrong_leaves_its_beginning_on_request() {
    let sandbox = Sandbox::new();
    let fifo = sandbox.path("fifo.wav");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut run = Run::start(&sandbox, &["generate", "--keep-partial", "--output-path", "fifo.wav"]);
    run.write(FIRST.as_bytes());
    // The reader of the named pipe hears that the first sentence is spoken.
    let mut reader = std::fs::File::open(&fifo).unwrap();
    let mut frame = vec![0; 44 + FRAME_BYTES];
    reader.read_exact(&mut frame).unwrap();
    run.write(b"\xff");
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap();
    let outcome = run.finish();
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("warning: only the first "), "{}", outcome.stderr);
    assert!(rest.ends_with(&[0; 9_600]), "the silence at the end of a complete file");
}

#[test]
fn sentences_without_words_are_left_out_and_their_characters_reported_once() {
    let sandbox = Sandbox::new();
    let speak = |text: &str| sandbox.run_on(text.as_bytes(), &ARGUMENTS).succeeded();
    let plain = speak("Good morning.");
    let marked = speak("你好.\n\n* * *\n\nGood morning.\n\n***\n\n");
    assert!(marked.stdout == plain.stdout);
    let warnings: Vec<&str> = marked.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert!(warnings.len() == 1 && warnings[0].contains("你"), "{}", marked.stderr);
    for nothing in ["...\n\n!!!", "你好.\n\n你好.", "\u{1f600}\n"] {
        let outcome = sandbox.run_on(nothing.as_bytes(), &ARGUMENTS);
        outcome.failed(2, &["cannot speak the text"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interruption_between_two_sentences_keeps_the_first_on_request() {
    for (more, code, message) in [
        (&["--keep-partial"][..], 130, "interrupted, and the first "),
        (&[], 130, "--keep-partial keeps the audio so far"),
    ] {
        let sandbox = Sandbox::new();
        let mut command =
            sandbox.signalled_command(&[&["generate", "--output-path", "a.wav"], more].concat());
        let command = command.stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = ChildGuard::spawn(command);
        let mut writer = child.stdin.take().unwrap();
        writer.write_all(FIRST.as_bytes()).unwrap();
        let is_spoken = |name: &String| sandbox.path(name).metadata().unwrap().len() > 10_000;
        let started = Instant::now();
        while !sandbox.files().iter().any(is_spoken) {
            assert!(started.elapsed() < Duration::from_mins(1), "nothing is spoken: {:?}", sandbox.files());
            std::thread::sleep(Duration::from_millis(5));
        }
        let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        let outcome = Outcome::of(child.wait_with_output().unwrap());
        drop(writer);
        assert_eq!(outcome.code, Some(code), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
        let files: &[&str] = if more.is_empty() { &[] } else { &["a.wav"] };
        assert_eq!(sandbox.files(), files);
    }
}

#[test]
fn marks_are_read_as_the_text_comes() {
    let sandbox = Sandbox::new();
    let mut run = Run::start(&sandbox, &ARGUMENTS);
    // The mark tells that the sentence is over.
    run.write(b"Good morning. [pause:");
    let mut heard = run.hear_a_frame();
    run.write(b"500ms] Where did she go?");
    heard.extend(run.finish().succeeded().stdout);
    let text = "Good morning. [pause:500ms] Where did she go?";
    let whole = sandbox.run(&[&ARGUMENTS[..], &["--text", text]].concat()).succeeded();
    assert!(heard == whole.stdout);
    let zeros =
        heard.split(|byte| *byte != 0).map(<[u8]>::len).filter(|length| *length >= 2 * 11_000).count();
    assert_eq!(zeros, 1, "half a second of silence");
}

#[test]
fn ssml_is_read_when_it_is_complete() {
    let sandbox = Sandbox::new();
    let text = "<speak>Good morning. <break time=\"500ms\"/> Where did she go?</speak>\n";
    let piped = sandbox.run_on(text.as_bytes(), &ARGUMENTS).succeeded();
    let given = sandbox.run(&[&ARGUMENTS[..], &["--text", text]].concat()).succeeded();
    assert!(piped.stdout == given.stdout);
    sandbox.run_on(b"<speak>Good morning. Where did she go?", &ARGUMENTS).failed(2, &["</speak>"]);
}
