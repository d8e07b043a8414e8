//! Playing with programs that stand in for real players.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use pocket_tts_play::{Output, PlayError, Player};
use tempfile::TempDir;

const RATE_HZ: u32 = 24_000;

/// A folder of programs with the names of players.
struct Programs(TempDir);

impl Programs {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A player of this name that behaves as the script.
    fn add(&self, name: &str, script: &str) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs").join(script);
        let path = self.path(name);
        std::os::unix::fs::symlink(script, &path).unwrap();
        Output::Program(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn played(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(&format!("{name}.played"))).unwrap()
    }
}

fn sound(count: usize) -> Vec<f32> {
    (0..count).map(|index| (index as f32 * 0.05).sin() * 1.2).collect()
}

fn in_16_bits(samples: &[f32]) -> impl Iterator<Item = i16> {
    samples.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_767.0) as i16)
}

fn little_endian(samples: &[f32]) -> Vec<u8> {
    in_16_bits(samples).flat_map(i16::to_le_bytes).collect()
}

/// Waits for a condition that is about to become true.
#[track_caller]
fn wait_for(is_true: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_mins(1), "it does not happen");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_program_gets_each_sample_once_and_in_order() {
    let programs = Programs::new();
    let sound = sound(100_000);
    for name in ["pacat", "aplay", "play"] {
        let output = programs.add(name, "records");
        let player = Player::open_one_of(vec![output.clone()], RATE_HZ).unwrap();
        for chunk in sound.chunks(1_920) {
            player.write(chunk).unwrap();
        }
        assert_eq!(player.finish().unwrap().output, output);
        assert!(programs.played(name) == little_endian(&sound), "{name}");
        let arguments = std::fs::read_to_string(programs.path(&format!("{name}.arguments"))).unwrap();
        assert!(arguments.contains("24000"), "{name} {arguments}");
    }
}

#[test]
fn a_program_gets_a_newer_option_only_if_it_knows_it() {
    let programs = Programs::new();
    for (script, is_given) in [("records", false), ("records_raw", true)] {
        let player = Player::open_one_of(vec![programs.add("pw-play", script)], RATE_HZ).unwrap();
        player.write(&sound(5_000)).unwrap();
        player.finish().unwrap();
        assert!(programs.played("pw-play") == little_endian(&sound(5_000)), "{script}");
        let arguments = std::fs::read_to_string(programs.path("pw-play.arguments")).unwrap();
        assert_eq!(arguments.contains("--raw"), is_given, "{arguments}");
        std::fs::remove_file(programs.path("pw-play")).unwrap();
    }
}

#[test]
fn an_output_that_does_not_work_is_replaced_without_loss() {
    // As long as what a pipe holds at most, and shorter.
    for length in [0, 10, 30_000, 48_000] {
        let programs = Programs::new();
        let outputs = vec![
            Output::SoundServer(programs.path("no socket")),
            programs.add("pacat", "fails"),
            programs.add("aplay", "records"),
            programs.add("play", "fails"),
        ];
        let sound = sound(length);
        let player = Player::open_one_of(outputs.clone(), RATE_HZ).unwrap();
        for chunk in sound.chunks(1_920) {
            player.write(chunk).unwrap();
        }
        assert_eq!(player.finish().unwrap().output, outputs[2]);
        assert!(programs.played("aplay") == little_endian(&sound), "{length} samples");
    }
}

#[test]
fn without_an_output_that_works_each_is_named() {
    assert_eq!(Player::open_one_of(Vec::new(), RATE_HZ).unwrap_err(), PlayError::NoOutput);
    let programs = Programs::new();
    let player = Player::open_one_of(vec![programs.add("aplay", "fails")], RATE_HZ).unwrap();
    let error = player.finish().unwrap_err();
    let expected = format!(
        "cannot play: {}: cannot open the card: no such device; start PipeWire or PulseAudio, check the sound card, or \
         write a file with --output-path",
        programs.path("aplay").display()
    );
    assert_eq!(error.to_string(), expected);
    let missing = Player::open_one_of(vec![Output::Program(programs.path("play"))], RATE_HZ).unwrap_err();
    assert!(matches!(missing, PlayError::AllFailed { .. }), "{missing}");
}

#[test]
fn an_output_that_breaks_later_is_an_error_and_nothing_is_played_twice() {
    let programs = Programs::new();
    let outputs = vec![programs.add("aplay", "breaks"), programs.add("play", "records")];
    let player = Player::open_one_of(outputs.clone(), RATE_HZ).unwrap();
    // Until the failure is noticed.
    let error = loop {
        if let Err(error) = player.write(&sound(4_800)) {
            break error;
        }
    };
    let reason = "the card was removed".to_owned();
    assert_eq!(error, PlayError::Broken { output: outputs[0].clone(), reason });
    assert_eq!(player.finish().unwrap_err(), error);
    assert!(!programs.path("play.played").exists());
}

#[test]
fn a_player_that_is_stopped_ends_its_program_and_who_waits_for_it() {
    let programs = Programs::new();
    let player = Player::open_one_of(vec![programs.add("aplay", "stuck")], RATE_HZ).unwrap();
    let pid = programs.path("aplay.pid");
    wait_for(|| std::fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n')));
    let pid = std::fs::read_to_string(&pid).unwrap();
    let is_running = || Command::new("kill").args(["-0", pid.trim()]).output().unwrap().status.success();
    assert!(is_running());
    let handle = player.stop_handle();
    let writer = thread::spawn(move || {
        loop {
            // Its pipe and the queue have room for some of it.
            if let Err(error) = player.write(&sound(24_000)) {
                return (error, player.finish().unwrap_err());
            }
        }
    });
    thread::sleep(Duration::from_millis(50));
    handle.stop();
    handle.stop();
    assert_eq!(writer.join().unwrap(), (PlayError::Stopped, PlayError::Stopped));
    assert!(!is_running());
}

#[test]
fn a_player_that_is_dropped_ends_its_program() {
    let programs = Programs::new();
    let player = Player::open_one_of(vec![programs.add("aplay", "stuck")], RATE_HZ).unwrap();
    player.write(&sound(100)).unwrap();
    player.stop();
}

#[test]
fn held_sound_is_played_only_when_it_is_released() {
    let programs = Programs::new();
    let player = Player::open_one_of(vec![programs.add("aplay", "records")], RATE_HZ).unwrap();
    let sound = sound(600_000);
    player.hold();
    // More than fits in the queue.
    player.write(&sound[..400_000]).unwrap();
    thread::sleep(Duration::from_millis(20));
    assert!(programs.path("aplay.played").metadata().map_or(0, |file| file.len()) == 0);
    assert_eq!(player.ahead(), Duration::ZERO);
    player.release();
    wait_for(|| programs.played("aplay").len() == 800_000);
    assert!(player.ahead() > Duration::from_secs(10), "seventeen seconds were given away just now");
    player.write(&sound[400_000..]).unwrap();
    player.finish().unwrap();
    assert!(programs.played("aplay") == little_endian(&sound));
}
