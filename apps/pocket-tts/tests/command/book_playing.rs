//! `read --play`: a book is heard while it becomes an audiobook, or without becoming one.

use std::path::Path;

use crate::books::{CHAPTERS, book, parts};
use crate::support::Sandbox;
use crate::support::player::{add_player, played, run};

/// The samples of the whole book, from the files of its chapters.
fn whole(chapters: &[(&str, &str)]) -> Vec<i16> {
    let sandbox = book(chapters);
    sandbox.run(&["read", "book.epub", "-o", "chapters/", "--format", "pcm", "-q"]).succeeded();
    samples_of(&sandbox.path("chapters"))
}

fn samples_of(folder: &Path) -> Vec<i16> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| in_16_bits(&std::fs::read(file).unwrap())).collect()
}

fn in_16_bits(bytes: &[u8]) -> Vec<i16> {
    bytes.as_chunks().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect()
}

fn heard(sandbox: &Sandbox) -> Vec<i16> {
    in_16_bits(&played(sandbox, "aplay"))
}

/// Asserts that the sounds are the same but for the rounding of stored passages.
#[track_caller]
fn assert_same(found: &[i16], expected: &[i16]) {
    assert_eq!(found.len(), expected.len());
    let difference = found.iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(difference <= Some(2), "{difference:?}");
}

fn names(sandbox: &Sandbox) -> Vec<String> {
    parts(&sandbox.path("book.parts")).into_keys().collect()
}

#[test]
fn a_book_that_is_only_played_leaves_its_passages() {
    let (sandbox, expected) = (book(&CHAPTERS), whole(&CHAPTERS));
    add_player(&sandbox, "aplay", "records");
    let outcome = run(&sandbox, &["read", "book.epub", "--play"]).succeeded();
    assert_same(&heard(&sandbox), &expected);
    let player = sandbox.path("programs").join("aplay");
    let told = format!(" passages spoken), played with {}\n", player.display());
    assert!(outcome.stderr.contains(&told) && !outcome.stderr.contains("warning"), "{}", outcome.stderr);
    assert_eq!(sandbox.files(), ["book.epub", "book.parts", "programs"]);
    // Complete, it is played from the beginning.
    let before = parts(&sandbox.path("book.parts"));
    let outcome = run(&sandbox, &["read", "book.epub", "--play", "--remove-parts"]).succeeded();
    assert!(outcome.stderr.contains("(nothing new to speak), played with "), "{}", outcome.stderr);
    assert!(!before.is_empty());
    assert_same(&heard(&sandbox), &expected);
    assert_eq!(sandbox.files(), ["book.epub", "programs"]);
}

#[test]
fn a_book_is_played_and_written_from_where_it_goes_on() {
    let (sandbox, expected) = (book(&CHAPTERS), whole(&CHAPTERS));
    let silent = book(&CHAPTERS);
    silent.run(&["read", "book.epub", "--captions", "book.srt"]).succeeded();
    add_player(&sandbox, "aplay", "records");
    sandbox.run(&["read", "book.epub", "--chapters", "1-2"]).succeeded();
    let started = names(&sandbox).len();
    let arguments = ["read", "book.epub", "--play", "-o", "book.m4b", "--captions", "book.srt"];
    // A setting of `generate` changes nothing.
    let mut command = sandbox.command(&arguments);
    let command = command.env("PATH", sandbox.path("programs")).env("POCKET_TTS_PLAY", "1");
    let outcome = crate::support::Outcome::of(command.output().unwrap()).succeeded();
    let told = format!("{started} of ");
    assert!(outcome.stderr.contains(&told), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(" written to book.m4b and played with "), "{}", outcome.stderr);
    assert_eq!(names(&sandbox), names(&silent));
    for name in ["book.m4b", "book.srt"] {
        assert!(sandbox.read(name) == silent.read(name), "{name} differs from the one of a silent run");
    }
    // The second chapter's end is heard again, and then the rest.
    let heard = heard(&sandbox);
    let new = book(&CHAPTERS);
    new.run(&["read", "book.epub", "-o", "new/", "--format", "pcm", "--chapters", "3-", "-q"]).succeeded();
    let new = samples_of(&new.path("new"));
    assert!(heard.len() > new.len() && heard.len() < expected.len());
    assert_same(&heard, &expected[expected.len() - heard.len()..]);
}

#[test]
fn what_is_written_outlives_a_player_that_breaks() {
    let sandbox = book(&CHAPTERS);
    add_player(&sandbox, "aplay", "breaks");
    let outcome = run(&sandbox, &["read", "book.epub", "--play", "-o", "book.m4b"]);
    assert!(outcome.stderr.contains("written to book.m4b\n"), "{}", outcome.stderr);
    outcome.failed(4, &["playing ended early", "the card was removed"]);
    let silent = book(&CHAPTERS);
    silent.run(&["read", "book.epub"]).succeeded();
    assert!(sandbox.read("book.m4b") == silent.read("book.m4b"));
}

#[test]
fn what_cannot_be_played_is_refused_before_the_work() {
    let sandbox = book(&CHAPTERS);
    let no_output = ["cannot play, as no sound output was found"];
    sandbox.run(&["read", "book.epub", "--play"]).failed(4, &no_output);
    add_player(&sandbox, "aplay", "records");
    for (option, value) in [("--captions", "a.srt"), ("--format", "mp3")] {
        let refused = [option, "but with --play alone none is written", "name it with --output-path"];
        run(&sandbox, &["read", "book.epub", "--play", option, value]).failed(2, &refused);
    }
    run(&sandbox, &["read", "book.epub", "--play", "--preview"]).failed(2, &["--preview", "cannot be used"]);
    assert_eq!(sandbox.files(), ["book.epub", "programs"]);
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_silences_a_book_at_once_and_it_goes_on_from_there() {
    use std::process::{Command, Stdio};

    use crate::support::Outcome;
    use crate::support::player::{programs, wait_for};
    use pocket_tts_test_support::ChildGuard;

    let sandbox = Sandbox::new();
    // More than waits for a player that doesn't read, after a short passage.
    let text = "This sentence is said again and again until the test ends.\n\n".repeat(30);
    sandbox.write("book.txt", &format!("Chapter 1\n\n{text}Chapter 2\n\n{text}"));
    add_player(&sandbox, "aplay", "stuck");
    for output in [&[][..], &["-o", "book.m4b"]] {
        let before = names(&sandbox).len();
        let mut command = sandbox.signalled_command(&[&["read", "book.txt", "--play"], output].concat());
        let command = command.env("PATH", programs(&sandbox)).stderr(Stdio::piped());
        let child = ChildGuard::spawn(command);
        wait_for(|| !names(&sandbox).is_empty());
        let pid = sandbox.path("programs").join("aplay.pid");
        wait_for(|| std::fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n')));
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let pid = std::fs::read_to_string(&pid).unwrap();
        let outcome = Outcome::of(child.wait_with_output().unwrap());
        assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
        let told = ["error: interrupted after ", "help: run the same command again to go on there"];
        assert!(told.iter().all(|part| outcome.stderr.contains(part)), "{}", outcome.stderr);
        let is_running = || Command::new("kill").args(["-0", pid.trim()]).output().unwrap().status.success();
        assert!(!is_running(), "the player goes on");
        std::fs::remove_file(sandbox.path("programs").join("aplay.pid")).unwrap();
        assert!(names(&sandbox).len() >= before.max(1));
        assert_eq!(sandbox.files(), ["book.parts", "book.txt", "programs"]);
    }
}
