//! The output of `generate`.

use std::io::{BufRead, BufReader, Read};
use std::process::{ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Sandbox, samples};
use pocket_tts_test_support::ChildGuard;

/// 0.2 s at 24 kHz.
const FINAL_SILENCE_SAMPLES: usize = 4_800;
/// The size in the header of a pipe: a billion samples.
const PIPE_DATA_BYTES: usize = 2_000_000_000;

#[test]
fn without_any_argument_the_built_in_model_speaks_into_a_file() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["generate"]).succeeded();
    assert!(outcome.stdout.is_empty());
    assert!(outcome.stderr.contains("model tiny, voice heart, seed "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("pocket-tts generate --language english"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("times real time"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("written to ./tts_output.wav"), "{}", outcome.stderr);
    assert_eq!(sandbox.files(), ["tts_output.wav"]);

    let wav = sandbox.read("tts_output.wav");
    let samples = samples(&wav, wav.len() - 44);
    let (speech, silence) = samples.split_at(samples.len() - FINAL_SILENCE_SAMPLES);
    assert!(silence.iter().all(|sample| *sample == 0));
    assert_eq!(speech.len() % 1920, 0, "whole frames");
    assert!((3.0..15.0).contains(&(speech.len() as f64 / 24_000.0)), "{} samples", speech.len());
    let power = speech.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / speech.len() as f64;
    assert!(power.sqrt() > 300.0, "the root mean square is {}", power.sqrt());
}

#[test]
fn a_pipe_gets_the_bytes_of_the_file_except_the_sizes() {
    let sandbox = Sandbox::new();
    let text = ["generate", "--seed", "1", "--text", "One. Two. Three."];
    sandbox.run(&[&text[..], &["--output-path", "a.wav"]].concat()).succeeded();
    let piped = sandbox.run(&[&text[..], &["--output-path", "-"]].concat()).succeeded();
    assert!(piped.stderr.contains("written to standard output"), "{}", piped.stderr);
    let file = sandbox.read("a.wav");
    assert_eq!(samples(&file, file.len() - 44), samples(&piped.stdout, PIPE_DATA_BYTES));
    let without_sizes = |wav: &[u8]| [&wav[..4], &wav[8..40], &wav[44..]].concat();
    assert_eq!(without_sizes(&file), without_sizes(&piped.stdout));
    assert_eq!(sandbox.files(), ["a.wav"]);
}

#[test]
fn the_seed_determines_the_speech() {
    let sandbox = Sandbox::new();
    let speak = |seed: &str| {
        let arguments = ["--temperature", "0.7", "--seed", seed, "--text", "Good morning."];
        sandbox.run(&[&["generate", "--output-path", "-"], &arguments[..]].concat()).succeeded().stdout
    };
    let first = speak("7");
    assert_eq!(first, speak("7"));
    assert_ne!(first, speak("8"));
}

#[test]
fn a_random_seed_can_be_reused() {
    let sandbox = Sandbox::new();
    let speak = |more: &[&str]| {
        let fixed = ["generate", "--temperature", "0.7", "--output-path", "-", "--text", "Good morning."];
        sandbox.run(&[&fixed[..], more].concat()).succeeded()
    };
    let first = speak(&[]);
    let (_, rest) = first.stderr.split_once("seed ").unwrap();
    let seed = rest.split(',').next().unwrap();
    assert_eq!(first.stdout, speak(&["--seed", seed]).stdout);
}

#[test]
fn standard_input_gives_the_same_speech_as_an_argument() {
    let sandbox = Sandbox::new();
    let read =
        sandbox.run_on(b"Hello there.\n", &["generate", "--text", "-", "--output-path", "-"]).succeeded();
    let given = sandbox.run(&["generate", "--text", "Hello there.", "--output-path", "-"]).succeeded();
    assert_eq!(read.stdout, given.stdout);
}

#[test]
fn a_text_is_taken_from_words_options_files_and_pipes_alike() {
    let sandbox = Sandbox::new();
    sandbox.write("notes.txt", "\u{feff}Hello there.\n");
    let speak =
        |arguments: &[&str]| sandbox.run(&[&["generate", "-o", "-"], arguments].concat()).succeeded().stdout;
    let expected = speak(&["--text", "Hello there."]);
    for arguments in [
        &["Hello there."][..],
        &["Hello", "there."],
        &["-t", "Hello there."],
        &["-f", "notes.txt"],
        &["--text-file", "notes.txt"],
    ] {
        assert!(speak(arguments) == expected, "{arguments:?}");
    }
    let piped = sandbox.run_on(b"Hello there.\n", &["generate", "-o", "-"]).succeeded();
    assert!(piped.stdout == expected && piped.stderr.contains("reading the text from standard input"));
    for arguments in [&["generate", "-", "-o", "-"][..], &["generate", "-f", "-", "-o", "-"]] {
        assert!(sandbox.run_on(b"Hello there.", arguments).succeeded().stdout == expected, "{arguments:?}");
    }
    sandbox
        .run(&["generate", "-f", "gone.txt"])
        .failed(4, &["cannot read the text in gone.txt", "check its path"]);
    sandbox
        .run(&["generate", "Hi.", "-t", "Ho."])
        .failed(2, &["'[TEXT]...' cannot be used with '--text <TEXT>'"]);
}

#[test]
fn a_text_that_names_a_file_is_spoken_with_a_hint() {
    let sandbox = Sandbox::new();
    sandbox.write("notes.txt", "Hello there.");
    let outcome = sandbox.run(&["generate", "--text", "notes.txt"]).succeeded();
    assert!(outcome.stderr.contains("pocket-tts generate --text-file notes.txt"), "{}", outcome.stderr);
    let outcome = sandbox.run(&["generate", "--text", "gone.txt"]).succeeded();
    assert!(!outcome.stderr.contains("--text-file"), "{}", outcome.stderr);
}

#[test]
fn the_last_of_a_repeated_option_wins() {
    let sandbox = Sandbox::new();
    let twice =
        ["generate", "-t", "Hi.", "--seed", "1", "-q", "-o", "a.wav", "--seed", "2", "-q", "-o", "b.wav"];
    sandbox.run(&[&twice[..], &["-t", "Ho.", "--keep-partial", "--keep-partial"]].concat()).succeeded();
    assert_eq!(sandbox.files(), ["b.wav"]);
    sandbox.run(&["generate", "-t", "Ho.", "--seed", "2", "-o", "c.wav"]).succeeded();
    assert_eq!(sandbox.read("b.wav"), sandbox.read("c.wav"));
}

#[test]
fn quiet_prints_nothing() {
    let sandbox = Sandbox::new();
    for flag in ["-q", "--quiet"] {
        let outcome =
            sandbox.run(&["generate", "--text", "Hi.", flag, "--lsd-decode-steps", "1"]).succeeded();
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn the_former_name_of_the_sampler_steps_still_works_and_warns() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["generate", "--text", "Hi.", "--lsd-decode-steps", "2"]).succeeded();
    let warning = "warning: --lsd-decode-steps is deprecated; use --sampler-decode-steps";
    assert!(outcome.stderr.contains(warning), "{}", outcome.stderr);
}

#[test]
fn defaults_of_the_python_package_are_accepted() {
    let sandbox = Sandbox::new();
    sandbox.run(&["generate", "--text", "Hi.", "--device", "cpu", "--no-quantize"]).succeeded();
}

#[test]
fn a_sentence_cut_at_its_frame_limit_is_warned_about() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["generate", "--text", "Hi.", "--eos-threshold", "1e9"]).succeeded();
    assert!(outcome.stderr.contains("warning: 1 sentence was cut before"), "{}", outcome.stderr);
}

#[test]
fn characters_that_the_model_does_not_know_are_warned_about() {
    let sandbox = Sandbox::new();
    let text = ["generate", "--text", "It costs 42 dollars, or 24."];
    let outcome = sandbox.run(&[&text[..], &["--no-normalize"]].concat()).succeeded();
    let warning =
        "warning: left out, as the model does not know these characters: 4 (2 times), 2 (2 times); write";
    assert!(outcome.stderr.contains(warning), "{}", outcome.stderr);
    for known in [&text[..], &["generate", "--text", "It costs forty-two \u{201c}dollars\u{201d}."]] {
        let outcome = sandbox.run(known).succeeded();
        assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    }
}

#[test]
fn a_text_with_nothing_to_say_is_an_error() {
    let sandbox = Sandbox::new();
    // Emoji are removed from a text, so that nothing is left to quote.
    sandbox.run(&["generate", "--text", "\u{1f600}"]).failed(2, &["cannot speak the text", "is empty"]);
    for text in ["...", "?", "你好", "42", "\u{200b}"] {
        sandbox
            .run(&["generate", "--no-normalize", "--text", text])
            .failed(2, &["cannot speak the text", &format!("{text:?}")]);
    }
    for text in ["...", "你好", "\u{1f600}", "[voice:heart]", "<speak> </speak>"] {
        sandbox.run(&["generate", "--text", text]).failed(2, &["cannot speak the text"]);
    }
}

#[test]
fn a_sentence_that_is_too_long_is_quoted() {
    let sandbox = Sandbox::new();
    let text = format!("Hi. {}on.", "And so it went ".repeat(8));
    let split = |way| sandbox.run(&["generate", "--text", &text, "--split", way]).succeeded();
    assert!(!split("natural").stderr.contains("warning"), "no piece is too long");
    let outcome = split("reference");
    let parts = ["warning: 1 sentence is longer than 50 tokens", "\"And so it went And so"];
    assert!(parts.iter().all(|part| outcome.stderr.contains(part)), "{}", outcome.stderr);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_the_command_silently() {
    let sandbox = Sandbox::new();
    let endless = ["--text", "Hello.", "--eos-threshold", "1e9", "--frames-after-eos", "0"];
    let mut command = sandbox.command(&[&["generate", "-q", "--output-path", "-"], &endless[..]].concat());
    let mut child = ChildGuard::spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let mut header = [0; 44];
    let mut reader = child.stdout.take().unwrap();
    reader.read_exact(&mut header).unwrap();
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(141), Vec::new()));
}

#[cfg(target_os = "linux")]
#[cfg(unix)]
#[test]
fn a_closed_standard_output_is_an_error_and_the_null_device_is_not() {
    let sandbox = Sandbox::new();
    for (redirection, code) in [(">&-", 4), ("1<>/dev/null", 0), (">/dev/null", 0)] {
        let script = format!("exec \"$0\" generate --output-path - --text 'Hello there.' {redirection}");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_pocket-tts")]).current_dir(sandbox.path(""));
        let output = command.env_clear().env("HOME", sandbox.path("")).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{redirection}: {told}");
        assert_eq!(told.contains("standard output is closed"), code != 0, "{told}");
    }
    // An output file needs no standard output.
    let script = "exec \"$0\" generate --output-path speech.wav --text 'Hello there.' >&-";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_pocket-tts")]).current_dir(sandbox.path(""));
    assert!(command.env_clear().env("HOME", sandbox.path("")).output().unwrap().status.success());
    assert!(sandbox.read("speech.wav").len() > 44);
}

#[test]
fn a_named_pipe_is_written_as_a_pipe() {
    let sandbox = Sandbox::new();
    let fifo = sandbox.path("fifo");
    let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    let mut command = sandbox.command(&["generate", "-q", "--text", "Hi.", "--output-path", "fifo"]);
    let mut child = ChildGuard::spawn(&mut command);
    let wav = std::fs::read(&fifo).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(samples(&wav, PIPE_DATA_BYTES).iter().any(|sample| *sample != 0));
}

/// Starts long speech, and waits until some of it has been written to a file other than the given ones.
#[cfg(target_os = "linux")]
fn start_to_speak(
    sandbox: &Sandbox,
    heeded: &str,
    more: &[&str],
    files: usize,
) -> (ChildGuard, BufReader<ChildStderr>) {
    let sentence = "This sentence is said again and again until the test interrupts the run. ";
    let book = sandbox.write("book.txt", &sentence.repeat(2_000));
    let mut command = sandbox.signalled_command_of(heeded, &[&["generate", "--text", "-"], more].concat());
    let command = command.stdin(std::fs::File::open(&book).unwrap()).stderr(Stdio::piped());
    let mut child = ChildGuard::spawn(command);
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("model tiny") {
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "{said}");
    }
    let started = Instant::now();
    let is_begun =
        |name: &String| sandbox.path(name).metadata().unwrap().len() > 100_000 || name == "old.wav";
    while sandbox.files().iter().filter(|name| is_begun(name)).count() < files {
        assert!(started.elapsed() < Duration::from_mins(1), "no file was begun: {:?}", sandbox.files());
        std::thread::sleep(Duration::from_millis(5));
    }
    (child, stderr)
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_run_leaves_no_file() {
    let sandbox = Sandbox::new();
    sandbox.write("old.wav", "untouched");
    // The last but one as under `nohup`, which must not affect other signals.
    for (signal, heeded, code) in [
        ("-INT", "INT,TERM,HUP", 130),
        ("-TERM", "INT,TERM,HUP", 143),
        ("-TERM", "INT,TERM", 143),
        ("-HUP", "INT,TERM,HUP", 129),
    ] {
        let (mut child, mut stderr) = start_to_speak(&sandbox, heeded, &["--output-path", "old.wav"], 3);
        if !heeded.contains("HUP") {
            let sent = Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap();
            assert!(sent.success());
            std::thread::sleep(Duration::from_millis(50));
            assert_eq!(child.try_wait().unwrap(), None, "the ignored signal ended it");
        }
        // Twice, as `timeout` signals the program and then its process group.
        let pid = child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid, &pid]).status().unwrap();
        assert!(sent.success());
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{said}");
        let lines = "error: interrupted, and nothing was written\n\
                     help: --keep-partial keeps the audio so far\n";
        assert!(said.contains(lines), "{said}");
        assert_eq!(sandbox.files(), ["book.txt", "old.wav"]);
        assert_eq!(sandbox.read("old.wav"), b"untouched");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_run_keeps_the_audio_on_request() {
    let sandbox = Sandbox::new();
    sandbox.write("old.wav", "untouched");
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let more = ["--keep-partial", "--output-path", "new.wav"];
        let (mut child, mut stderr) = start_to_speak(&sandbox, "INT,TERM,HUP", &more, 3);
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{said}");
        assert_eq!(sandbox.files(), ["book.txt", "new.wav", "old.wav"]);
        let wav = sandbox.read("new.wav");
        let speech = samples(&wav, wav.len() - 44).len() - FINAL_SILENCE_SAMPLES;
        let told = format!(
            "error: interrupted, and the first {:.1} s of the speech are in new.wav",
            speech as f64 / 24_000.0
        );
        assert!(said.contains(&told) && speech >= 24_000, "{told} in {said}");
        std::fs::remove_file(sandbox.path("new.wav")).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_run_completes_a_redirected_file() {
    let sandbox = Sandbox::new();
    let sentence = "This sentence is said again and again until the test interrupts the run. ";
    let book = sandbox.write("book.txt", &sentence.repeat(2_000));
    let mut command = sandbox.signalled_command(&["generate", "--text", "-", "--output-path", "-"]);
    let output = std::fs::File::create(sandbox.path("new.wav")).unwrap();
    let command = command.stdin(std::fs::File::open(&book).unwrap()).stdout(output).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let started = Instant::now();
    while sandbox.path("new.wav").metadata().unwrap().len() < 100_000 {
        assert!(started.elapsed() < Duration::from_mins(1), "nothing is written");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let outcome = child.wait_with_output().unwrap();
    let said = String::from_utf8(outcome.stderr).unwrap();
    assert_eq!(outcome.status.code(), Some(130), "{said}");
    assert!(said.contains("s of the speech are in standard output"), "{said}");
    let wav = sandbox.read("new.wav");
    assert!(samples(&wav, wav.len() - 44).len() > 24_000);
}

#[cfg(target_os = "linux")]
#[test]
fn unfinished_files_of_a_killed_run_are_removed_by_the_next() {
    let sandbox = Sandbox::new();
    let (mut child, _stderr) = start_to_speak(&sandbox, "INT,TERM,HUP", &["--output-path", "new.wav"], 2);
    child.kill().unwrap();
    child.wait().unwrap();
    let left = sandbox.files();
    assert!(left.iter().any(|name| name.starts_with(".pocket-tts-")), "{left:?}");
    sandbox.run(&["generate", "--text", "Hi.", "--output-path", "other.wav"]).succeeded();
    assert_eq!(sandbox.files(), ["book.txt", "other.wav"]);
}

#[cfg(unix)]
#[test]
fn a_redirected_file_has_its_length_in_the_header_unless_appended() {
    let sandbox = Sandbox::new();
    sandbox.run(&["generate", "--seed", "1", "--text", "Hi.", "--output-path", "a.wav"]).succeeded();
    let file = sandbox.read("a.wav");
    let redirected = |name: &str, redirection: &str| {
        let script = format!("exec \"$0\" generate --seed 1 --text Hi. --output-path - {redirection} {name}");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_pocket-tts")]).current_dir(sandbox.path(""));
        assert!(command.env_clear().env("HOME", sandbox.path("")).output().unwrap().status.success());
        sandbox.read(name)
    };
    assert_eq!(redirected("b.wav", ">"), file);
    let appended = redirected("c.wav", ">>");
    assert_eq!(samples(&appended, PIPE_DATA_BYTES), samples(&file, file.len() - 44));
}

#[cfg(target_os = "linux")]
#[test]
fn an_interruption_before_the_first_audio_is_reported() {
    let sandbox = Sandbox::new();
    let fifo = sandbox.path("voice.wav");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut command = sandbox.signalled_command(&["generate", "--text", "Hi.", "--voice", "voice.wav"]);
    let child = ChildGuard::spawn(command.stderr(Stdio::piped()));
    // This waits until the program reads the recording.
    let writer = std::fs::File::options().write(true).open(&fifo).unwrap();
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    drop(writer);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), told.as_str()),
        (Some(143), "error: interrupted, and nothing was written\n")
    );
    assert_eq!(sandbox.files(), ["voice.wav"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_without_write_permission_is_not_called_missing() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run(&["generate", "--output-path", "/proc/x.wav"]);
    let outcome = outcome.failed(4, &["cannot write /proc/x.wav: No such file or directory"]);
    assert!(!outcome.stderr.contains("does not exist"), "{}", outcome.stderr);
}
