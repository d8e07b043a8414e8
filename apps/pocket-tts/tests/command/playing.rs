//! `generate --play`, with programs that stand in for players.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::player::{add_player, played, programs, run, wait_for};
use crate::support::{Outcome, Sandbox, samples};
use pocket_tts_test_support::ChildGuard;

const SAY: [&str; 7] =
    ["generate", "--seed", "5", "--temperature", "0.7", "--text", "Good morning. It is late."];
/// 0.2 s at the end of a WAV file.
const FINAL_SILENCE_SAMPLES: usize = 4_800;

fn raw(sandbox: &Sandbox, more: &[&str]) -> Vec<u8> {
    sandbox.run(&[&SAY[..], &["--format", "pcm", "--output-path", "-"], more].concat()).succeeded().stdout
}

#[test]
fn the_speech_is_played_sample_by_sample_and_no_file_is_written() {
    let sandbox = Sandbox::new();
    add_player(&sandbox, "aplay", "records");
    let outcome = run(&sandbox, &[&SAY[..], &["--play"]].concat()).succeeded();
    assert!(outcome.stdout.is_empty());
    assert!(played(&sandbox, "aplay") == raw(&sandbox, &[]));
    let program = sandbox.path("programs").join("aplay");
    let told = format!("ms, played with {}\n", program.display());
    assert!(outcome.stderr.contains(&told) && !outcome.stderr.contains("warning"), "{}", outcome.stderr);
    assert_eq!(sandbox.files(), ["programs"]);
}

#[test]
fn the_speech_can_be_played_and_written() {
    let sandbox = Sandbox::new();
    add_player(&sandbox, "pacat", "records");
    let outcome = run(&sandbox, &[&SAY[..], &["--play", "--output-path", "a.wav"]].concat()).succeeded();
    let wav = sandbox.read("a.wav");
    let heard: Vec<i16> =
        played(&sandbox, "pacat").as_chunks().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
    let written = samples(&wav, wav.len() - 44);
    assert!(heard == written[..written.len() - FINAL_SILENCE_SAMPLES]);
    assert!(outcome.stderr.contains("written to a.wav and played with "), "{}", outcome.stderr);
    let streamed = run(&sandbox, &[&SAY[..], &["--play", "-o", "-", "--format", "pcm"]].concat()).succeeded();
    assert!(streamed.stdout == played(&sandbox, "pacat"));
}

#[test]
fn playing_is_a_setting() {
    let sandbox = Sandbox::new();
    add_player(&sandbox, "play", "records");
    let mut command = sandbox.command(&SAY);
    let output = command.env("PATH", programs(&sandbox)).env("POCKET_TTS_PLAY", "1").output().unwrap();
    Outcome::of(output).succeeded();
    assert!(played(&sandbox, "play") == raw(&sandbox, &[]));
    assert_eq!(sandbox.files(), ["programs"]);
}

#[test]
fn a_machine_that_cannot_play_says_what_to_do() {
    let sandbox = Sandbox::new();
    let play = [&SAY[..], &["--play", "-o", "a.wav"]].concat();
    sandbox.run(&play).says(4, &[
        "error: cannot play, as no sound output was found on this machine",
        "help: start PipeWire or PulseAudio, install a player (pw-play, pacat, aplay or sox), or write a file with \
         --output-path",
    ]);
    add_player(&sandbox, "aplay", "fails");
    let parts = ["cannot play: ", "aplay: cannot open the card: no such device; start PipeWire"];
    run(&sandbox, &[&SAY[..], &["--play"]].concat()).failed(4, &parts);
    assert_eq!(sandbox.files(), ["programs"]);
    // A file is written nevertheless.
    run(&sandbox, &play).failed(4, &parts);
    let written = sandbox.read("a.wav");
    sandbox.run(&[&SAY[..], &["-o", "b.wav"]].concat()).succeeded();
    assert!(written == sandbox.read("b.wav"));
    // Another player works.
    add_player(&sandbox, "play", "records");
    run(&sandbox, &play).succeeded();
    assert!(played(&sandbox, "play") == raw(&sandbox, &[]));
}

#[test]
fn a_sentence_is_played_before_the_next_is_written() {
    let sandbox = Sandbox::new();
    add_player(&sandbox, "aplay", "records");
    let arguments = ["generate", "--seed", "5", "--temperature", "0.7", "--text", "-"];
    let mut command = sandbox.command(&[&arguments[..], &["--play"]].concat());
    let command = command.env("PATH", programs(&sandbox)).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = ChildGuard::spawn(command);
    let mut writer = child.stdin.take().unwrap();
    writer.write_all(b"Good morning.\n").unwrap();
    wait_for(|| played(&sandbox, "aplay").len() > 20_000);
    writer.write_all(b"Where did she go? I do not know that yet.\n").unwrap();
    drop(writer);
    Outcome::of(child.wait_with_output().unwrap()).succeeded();
    let whole = b"Good morning.\nWhere did she go? I do not know that yet.\n";
    let piped =
        sandbox.run_on(whole, &[&arguments[..], &["--format", "pcm", "-o", "-"]].concat()).succeeded();
    assert!(played(&sandbox, "aplay") == piped.stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn an_interruption_ends_the_player_at_once() {
    use std::os::unix::process::ExitStatusExt;

    let sentence = "This sentence is said again and again until the test interrupts the run. ";
    for (more, code, said) in [
        (&[][..], None, ""),
        (&["-o", "a.wav"], Some(130), "error: interrupted, and nothing was written\nhelp: --keep-partial"),
        (&["-o", "a.wav", "--keep-partial"], Some(130), "s of the speech are in a.wav"),
    ] {
        let sandbox = Sandbox::new();
        add_player(&sandbox, "aplay", "stuck");
        let book = sandbox.write("book.txt", &sentence.repeat(200));
        let mut command =
            sandbox.signalled_command(&[&["generate", "--play", "-f", "book.txt"], more].concat());
        let command = command.env("PATH", programs(&sandbox)).stderr(Stdio::piped());
        let child = ChildGuard::spawn(command);
        let pid = sandbox.path("programs").join("aplay.pid");
        wait_for(|| std::fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n')));
        let pid = std::fs::read_to_string(&pid).unwrap();
        let is_running = || Command::new("kill").args(["-0", pid.trim()]).output().unwrap().status.success();
        assert!(is_running());
        if !more.is_empty() {
            // Some of the speech must be there to be kept.
            let is_begun =
                |name: &String| sandbox.path(name).metadata().unwrap().len() > 50_000 && name != "programs";
            wait_for(|| sandbox.files().iter().any(is_begun));
        }
        let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        assert!(!is_running(), "the player goes on");
        let (status, stderr) = (output.status, String::from_utf8(output.stderr).unwrap());
        assert_eq!(status.code(), code, "{stderr}");
        assert!(code.is_some() || status.signal() == Some(2), "{status}");
        assert!(stderr.contains(said), "{stderr}");
        assert_eq!(sandbox.path("a.wav").exists(), more.len() == 3);
        drop(book);
    }
}
