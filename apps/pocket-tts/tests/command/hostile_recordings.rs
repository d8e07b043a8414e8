//! Recordings made to hang the program or to use up its memory: each is rejected soon, within a
//! limited address space, and without a panic.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Sandbox;

/// The program may take ten seconds for it; a busy machine may double that, and a hang takes forever.
const LONGEST: Duration = Duration::from_secs(20);
/// Address space in KiB, of which the program itself, its threads' stacks and its model take about half.
const ADDRESS_SPACE_KIB: &str = "2000000";

/// Runs `generate` with `voice` and demands that it is refused with `parts` in the message.
#[track_caller]
fn refuses(sandbox: &Sandbox, voice: &str, parts: &[&str]) {
    let script = format!("ulimit -v {ADDRESS_SPACE_KIB}; exec \"$@\"");
    let program = env!("CARGO_BIN_EXE_pocket-tts");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script, "sh", program, "generate", "--voice", voice]);
    command.env_clear().env("HOME", sandbox.path("")).current_dir(sandbox.path(""));
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = pocket_tts_test_support::ChildGuard::spawn(command);
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(start.elapsed() <= LONGEST, "{voice}: no answer after {LONGEST:?}");
        std::thread::sleep(Duration::from_millis(10));
    };
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(2), "{voice}: {said}");
    assert!(!said.contains("panicked"), "{voice}: {said}");
    let told = said[said.find("error: ").unwrap()..].replace("\nhelp: ", "; ");
    for part in parts {
        assert!(told.contains(part), "{voice}: `{part}` is missing in: {told}");
    }
    assert!(!sandbox.path("tts_output.wav").exists(), "{voice}: nothing may be written");
}

fn fifo(sandbox: &Sandbox, name: &str) {
    assert!(Command::new("mkfifo").arg(sandbox.path(name)).status().unwrap().success());
}

#[test]
fn an_endless_device_is_rejected() {
    refuses(&Sandbox::new(), "/dev/zero", &["/dev/zero", "larger than the limit of 268435456 bytes"]);
}

#[test]
fn a_pipe_without_a_writer_is_rejected() {
    for name in ["voice.wav", "voice.safetensors"] {
        let sandbox = Sandbox::new();
        fifo(&sandbox, name);
        refuses(&sandbox, name, &[name, "did not come to its end within 5 s", "save the sound to a file"]);
    }
}

#[test]
fn an_endless_pipe_is_rejected() {
    let sandbox = Sandbox::new();
    fifo(&sandbox, "voice.wav");
    let path = sandbox.path("voice.wav");
    // Audio that arrives in real time, from a writer that ends with its reader.
    let writer = std::thread::spawn(move || {
        let mut pipe = std::fs::OpenOptions::new().write(true).open(path).unwrap();
        while pipe.write_all(&[0xff, 0xfb, 0x90, 0x64]).is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    refuses(&sandbox, "voice.wav", &["voice.wav", "did not come to its end within 5 s"]);
    writer.join().unwrap();
}

#[test]
fn a_pipe_that_ends_is_a_valid_recording() {
    let sandbox = Sandbox::new();
    sandbox.run(&["generate", "-q", "--text", "A recording.", "--output-path", "me.wav"]).succeeded();
    let wav = sandbox.read("me.wav");
    fifo(&sandbox, "voice.wav");
    let path = sandbox.path("voice.wav");
    let writer = std::thread::spawn(move || std::fs::write(path, wav).unwrap());
    let speak = |voice: &str| {
        sandbox.run(&["generate", "-q", "--text", "Hi.", "--voice", voice, "--output-path", "-"]).succeeded()
    };
    let from_pipe = speak("voice.wav");
    writer.join().unwrap();
    assert_eq!(from_pipe.stdout, speak("me.wav").stdout);
}

/// A WAV file with one sample in each channel, whatever its header declares.
fn wav(channels: u16, sample_rate_hz: u32) -> Vec<u8> {
    let data = vec![1; 2 * usize::from(channels)];
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    bytes.extend(channels.to_le_bytes());
    bytes.extend(sample_rate_hz.to_le_bytes());
    bytes.extend(sample_rate_hz.saturating_mul(2 * u32::from(channels)).to_le_bytes());
    bytes.extend((2 * channels).to_le_bytes());
    bytes.extend(b"\x10\0data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

/// The stream information of a FLAC file, and nothing behind it.
fn flac(sample_rate_hz: u32) -> Vec<u8> {
    let mut bytes = b"fLaC\x80\0\0\x22\x10\0\x10\0\0\0\0\0\0\0".to_vec();
    // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples.
    let packed = u64::from(sample_rate_hz) << 44 | 15 << 36 | 0xf_ffff_ffff;
    bytes.extend(packed.to_be_bytes());
    bytes.extend([0; 16]);
    bytes
}

/// An `ID3v2` tag of 33 bytes with a wrong size, and no audio after it.
fn tag() -> Vec<u8> {
    let mut bytes = b"ID3\x03\0\0\0\0\0\x17".to_vec();
    bytes.extend(b"TXXX\0\0\0\x0d\0\0\x01\xff\xfea\0\0\0\xff\xfe");
    bytes.resize(33, 0);
    bytes
}

/// A Matroska file whose clusters are empty and of unknown size.
fn matroska() -> Vec<u8> {
    let mut bytes = b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04".to_vec();
    bytes.extend(b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff");
    bytes.extend(b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff".repeat(20));
    bytes.resize(339, 0);
    bytes
}

/// Media in boxes that declare `samples` samples of nothing, all in one chunk of bytes.
fn boxes(samples: u32) -> Vec<u8> {
    fn in_box(name: &str, content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes()[..], name.as_bytes(), content].concat()
    }
    let count = samples.to_be_bytes();
    let times = in_box("stts", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &count, &[0, 0, 4, 0]].concat());
    let sizes = in_box("stsz", &[&[0; 8][..], &count].concat());
    let chunks = in_box("stsc", &[&[0; 4][..], &count].concat());
    let offsets = in_box("stco", &[&[0; 4][..], &count].concat());
    let table = in_box("stbl", &[times, sizes, chunks, offsets].concat());
    let media = in_box("mdia", &in_box("minf", &table));
    let movie = in_box("moov", &in_box("trak", &media));
    [in_box("ftyp", b"M4A \0\0\0\0M4A mp42"), movie].concat()
}

#[test]
fn headers_with_wrong_sizes_are_rejected() {
    let files: [(&str, Vec<u8>, &str); 10] = [
        ("empty.wav", Vec::new(), "the audio file is empty"),
        ("tag.mp3", tag(), "not a supported audio file"),
        ("loop.mkv", matroska(), "a WebM or Matroska file without Opus sound"),
        ("channels.wav", wav(500, 24_000), "declares 500 channels; 1 to"),
        ("one_hertz.wav", wav(1, 1), "a sample rate of 1 Hz is not supported"),
        ("ten_megahertz.wav", wav(1, 10_000_000), "a sample rate of 10000000 Hz is not supported"),
        ("one_hertz.flac", flac(1), "cannot take a voice"),
        ("nothing.flac", flac(24_000), "cannot take a voice"),
        ("boxes.m4a", boxes(u32::MAX), "cannot take a voice"),
        ("cut.wav", wav(1, 24_000)[..40].to_vec(), "the WAV header is damaged"),
    ];
    let sandbox = Sandbox::new();
    for (name, bytes, part) in files {
        std::fs::write(sandbox.path(name), bytes).unwrap();
        refuses(&sandbox, name, &[name, part]);
    }
}
