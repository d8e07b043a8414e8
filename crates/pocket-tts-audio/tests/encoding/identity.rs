//! The bytes match their MIME type even without a file name.

use std::fs;
use std::process::Command;

use pocket_tts_audio::AudioFormat;

use crate::ffmpeg::{file, stream};
use crate::sound::voice;

/// Container, codec, rate and channels, as `ffprobe`, which comes with ffmpeg, finds them.
fn found(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nameless");
    fs::write(&path, bytes).unwrap();
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "csv=p=0:s=/"])
        .args(["-show_entries", "format=format_name:stream=codec_name,sample_rate,channels"])
        .arg(&path)
        .output()
        .expect("this test needs ffprobe, which is missing; install it: sudo apt-get install ffmpeg");
    String::from_utf8(output.stdout).unwrap().trim().replace('\n', "/")
}

/// The warnings of `ffprobe` about a file.
fn warnings(bytes: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nameless");
    fs::write(&path, bytes).unwrap();
    let output = Command::new("ffprobe").args(["-v", "warning"]).arg(&path).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    text.lines().map(|line| line.split("] ").last().unwrap().to_owned()).collect()
}

#[test]
fn a_saved_stream_is_consistent() {
    let streamed = stream(AudioFormat::Mp3, &voice(24_000), 1_920);
    // A stream's header states no length.
    let unknown = "Estimating duration from bitrate, this may be inaccurate";
    assert!(warnings(&streamed).iter().all(|warning| warning == unknown), "{:?}", warnings(&streamed));
}

#[test]
fn every_format_is_recognised_by_its_bytes() {
    let sound = voice(24_000);
    for (format, mime_type, expected) in [
        (AudioFormat::Wav, "audio/wav", "pcm_s16le/24000/1/wav"),
        (AudioFormat::Mp3, "audio/mpeg", "mp3/24000/1/mp3"),
        (AudioFormat::Opus, "audio/ogg", "opus/48000/1/ogg"),
        (AudioFormat::Aac, "audio/aac", "aac/24000/1/aac"),
        (AudioFormat::Flac, "audio/flac", "flac/24000/1/flac"),
    ] {
        assert_eq!(format.mime_type(), mime_type);
        assert_eq!(found(&stream(format, &sound, 1_920)), expected);
        assert_eq!(found(&file(format, &sound)), expected);
    }
}
