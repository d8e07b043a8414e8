//! Parts of sound files are slices of the whole.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

use std::path::{Path, PathBuf};
use std::process::Command;

use pocket_tts_audio::{DecodeLimits, SoundFile, decode_file};
use pocket_tts_test_support::noise;

/// Frames of each file: 13.1 s at 44.1 kHz.
const SECONDS: f64 = 13.1;

/// A stereo recording with tones, noise and silence, so that encoders with a variable rate vary it.
fn recording(folder: &Path, rate_hz: u32) -> PathBuf {
    let frames = (SECONDS * f64::from(rate_hz)) as usize;
    let noise = noise(5, 2 * frames);
    let mut bytes = Vec::new();
    for index in 0..frames {
        let time = index as f32 / rate_hz as f32;
        let level = if (time as usize).is_multiple_of(3) { 0.001 } else { 0.3 };
        for channel in 0..2 {
            let tone = (time * 2_000.0 * (1.0 + channel as f32 + time.sin())).sin();
            let sample = level * (tone + 0.3 * noise[2 * index + channel]);
            bytes.extend(((sample * 20_000.0) as i16).to_le_bytes());
        }
    }
    let path = folder.join("recording.raw");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The recording as `ffmpeg` encodes it.
fn encoded(raw: &Path, rate_hz: u32, name: &str, options: &[&str]) -> PathBuf {
    let path = raw.with_file_name(name);
    let rate = rate_hz.to_string();
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-f", "s16le", "-ar", &rate, "-ac", "2", "-i"]).arg(raw);
    assert!(command.args(options).arg(&path).status().unwrap().success(), "{name}");
    path
}

/// All samples, interleaved.
fn whole(path: &Path) -> (Vec<f32>, usize) {
    let mut file = SoundFile::open(path).unwrap();
    let mut samples = Vec::new();
    let frames = file.read(0, usize::MAX / 64, &mut samples).unwrap();
    assert_eq!(samples.len(), frames * file.channels());
    (samples, file.channels())
}

/// The largest difference between parts of a file, in several orders, and slices of the whole.
fn difference(path: &Path) -> f32 {
    let (samples, channels) = whole(path);
    let frames = samples.len() / channels;
    let mut file = SoundFile::open(path).unwrap();
    let last = frames - 3_000;
    let starts =
        [0, 100, 40_000, 40_500, 39_000, 2, 150_001, 200_000, 300_017, 250_000, last, last - 40_000, 77_777];
    let mut largest = 0_f32;
    let starts = starts.into_iter().filter(|start| *start < frames);
    for (number, start) in starts.chain((0..frames).step_by(23_456)).enumerate() {
        let length = [4_800, 1, 30_000, 500][number % 4];
        let mut part = Vec::new();
        let read = file.read(start as u64, length, &mut part).unwrap();
        assert_eq!(read, length.min(frames - start), "{} {start}", path.display());
        let expected = &samples[start * channels..(start + read) * channels];
        let far = part.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(far < 0.02, "{} differs by {far} at {start}", path.display());
        largest = largest.max(far);
    }
    let mut part = Vec::new();
    assert_eq!(file.read(frames as u64 + 10_000_000, 10, &mut part).unwrap(), 0);
    assert_eq!(file.read(frames as u64 - 1, 10, &mut part).unwrap(), 1);
    for behind in [0, 1, 10_000_000] {
        assert_eq!(file.read(frames as u64 + behind, 10, &mut part).unwrap(), 0);
        assert_eq!(file.read(0, 10, &mut part).unwrap(), 10, "{}, {behind} behind the end", path.display());
    }
    largest
}

#[test]
fn parts_equal_the_whole_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let formats: [(&str, &[&str]); 12] = [
        ("a.wav", &[]),
        ("b.wav", &["-c:a", "pcm_f32le"]),
        ("c.flac", &[]),
        ("d.mp3", &["-b:a", "128k"]),
        ("e.mp3", &["-q:a", "9"]),
        ("f.mp3", &["-b:a", "32k", "-ar", "44100"]),
        ("g.mp3", &["-b:a", "8k", "-ar", "16000", "-ac", "1"]),
        ("h.mp3", &["-b:a", "24k", "-ar", "24000"]),
        ("i.mp3", &["-b:a", "8k", "-ar", "8000", "-ac", "1", "-write_xing", "0"]),
        ("j.ogg", &["-c:a", "libvorbis"]),
        ("k.ogg", &["-c:a", "flac"]),
        ("l.m4a", &["-c:a", "alac"]),
    ];
    let raw = recording(folder.path(), 44_100);
    for (name, options) in formats {
        let path = encoded(&raw, 44_100, name, options);
        let far = difference(&path);
        assert!(far == 0.0, "{name} differs by {far}");
    }
}

#[test]
fn parts_of_inexact_formats_are_close_and_independent_of_what_was_read_before() {
    let folder = tempfile::tempdir().unwrap();
    let formats: [(&str, &[&str]); 5] = [
        ("a.opus", &["-b:a", "48k"]),
        ("b.webm", &["-c:a", "libopus"]),
        ("c.m4a", &["-c:a", "aac", "-aac_pns", "0"]),
        ("d.aac", &["-aac_pns", "0"]),
        ("e.opus", &["-b:a", "12k", "-application", "voip", "-ac", "1"]),
    ];
    let raw = recording(folder.path(), 48_000);
    for (name, options) in formats {
        let path = encoded(&raw, 48_000, name, options);
        let far = difference(&path);
        assert!(far < 0.01, "{name} differs by {far}");
        let (mut fresh, mut used) = (SoundFile::open(&path).unwrap(), SoundFile::open(&path).unwrap());
        let (mut one, mut other, mut ignored) = (Vec::new(), Vec::new(), Vec::new());
        used.read(90_000, 10_000, &mut ignored).unwrap();
        used.read(100_000, 10_000, &mut other).unwrap();
        fresh.read(100_000, 10_000, &mut one).unwrap();
        assert_eq!(one, other, "{name}");
    }
}

#[test]
fn a_whole_file_is_what_decoding_it_returns() {
    let folder = tempfile::tempdir().unwrap();
    let raw = recording(folder.path(), 44_100);
    for name in ["a.wav", "b.flac", "c.mp3", "d.ogg", "e.opus", "f.webm", "g.m4a", "h.aac"] {
        let path = encoded(&raw, 44_100, name, &[]);
        let (samples, channels) = whole(&path);
        let mean: Vec<f32> =
            samples.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32).collect();
        let decoded = decode_file(&path, &DecodeLimits::default()).unwrap();
        let file = SoundFile::open(&path).unwrap();
        assert_eq!(file.sample_rate_hz(), decoded.sample_rate_hz);
        assert!(mean == decoded.samples, "{name}: {} and {}", mean.len(), decoded.samples.len());
        let stated = file.frames().unwrap().abs_diff(mean.len() as u64);
        assert!(
            stated <= if name.ends_with("aac") || name.ends_with("m4a") { 44_100 } else { 0 },
            "{name} {stated}"
        );
        assert_eq!(SoundFile::open(&path).unwrap().count_frames().unwrap(), mean.len() as u64, "{name}");
    }
}

#[test]
fn damaged_packets_are_silence_and_other_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let raw = recording(folder.path(), 44_100);
    let path = encoded(&raw, 44_100, "a.flac", &[]);
    let (samples, channels) = whole(&path);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20].fill(0);
    let damaged = folder.path().join("damaged.flac");
    std::fs::write(&damaged, &bytes).unwrap();
    let mut file = SoundFile::open(&damaged).unwrap();
    let mut part = Vec::new();
    let start = samples.len() / channels - 10_000;
    file.read(start as u64, 10_000, &mut part).unwrap();
    assert!(part == samples[start * channels..], "the end has moved");
    let (whole_damaged, _) = whole(&damaged);
    assert_eq!(whole_damaged.len(), samples.len());

    assert!(SoundFile::open(folder.path()).unwrap_err().to_string().contains("not a regular file"));
    for (name, bytes) in [("empty", &b""[..]), ("text", b"hello"), ("cut", b"RIFF\x10\0\0\0WAVE")] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        SoundFile::open(&path).unwrap_err();
    }
}
