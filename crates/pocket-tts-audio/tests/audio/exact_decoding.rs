//! FLAC of every kind is decoded to the samples that were encoded, and MP3 to what another decoder makes of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use pocket_tts_audio::SoundFile;
use pocket_tts_test_support::noise;

const FRAMES: usize = 30_011;

fn ffmpeg(arguments: &[&str], from: &Path, options: &[&str], to: &Path) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y"]).args(arguments).arg("-i").arg(from).args(options).arg(to);
    assert!(command.status().unwrap().success(), "{} {options:?}", to.display());
}

/// Tones, noise, a silent part, one without noise, and full scale, with `unused` zeros behind the 24 bits of a sample. Its
/// channels are alike.
fn sound(channels: usize, unused: u32) -> Vec<i32> {
    let noise = noise(7, FRAMES * channels);
    let sample = |index: usize| {
        let (frame, channel) = (index / channels, index % channels);
        let time = frame as f32 / 24_000.0;
        let tone = (1_500.0 * time).sin() * 0.4 + (91.0 * time + channel as f32 * 0.1).cos() * 0.3;
        let level = match frame / 5_000 {
            0 => tone,
            1 => tone + 0.2 * noise[index],
            2 => 0.0,
            3 => noise[index],
            4 => (tone * 100.0).clamp(-1.0, 1.0),
            _ => tone + 0.001 * noise[index],
        };
        let full = 8_388_607.0 / 1.3;
        ((level * full) as i32) >> unused << unused
    };
    (0..FRAMES * channels).map(sample).collect()
}

fn written(folder: &Path, channels: usize, unused: u32) -> (PathBuf, Vec<i32>) {
    let samples = sound(channels, unused);
    let path = folder.join("sound.s32");
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| (sample << 8).to_le_bytes()).collect();
    std::fs::write(&path, bytes).unwrap();
    (path, samples)
}

fn decoded(path: &Path) -> Vec<f32> {
    let mut file = SoundFile::open(path).unwrap();
    let mut samples = Vec::new();
    file.read(0, usize::MAX / 64, &mut samples).unwrap();
    samples
}

#[test]
fn flac_gives_the_encoded_samples_for_any_bits_channels_and_predictions() {
    let folder = tempfile::tempdir().unwrap();
    let predictions: [&[&str]; 8] = [
        &["-compression_level", "0"],
        &["-compression_level", "5"],
        &["-compression_level", "12"],
        &["-lpc_type", "fixed", "-max_prediction_order", "4"],
        &["-lpc_type", "levinson", "-min_prediction_order", "9", "-max_prediction_order", "12"],
        &["-lpc_type", "cholesky", "-min_prediction_order", "20", "-max_prediction_order", "32"],
        &["-lpc_type", "none"],
        &["-ch_mode", "left_side", "-frame_size", "1000"],
    ];
    for (number, options) in predictions.into_iter().enumerate() {
        for (channels, unused) in [(1, 0), (2, 0), (2, 8), (2, 11), (1, 16), (6, 8)] {
            if channels != 2 && options[0] == "-ch_mode" {
                continue;
            }
            let (raw, samples) = written(folder.path(), channels, unused);
            let count = channels.to_string();
            let (format, bits) = if unused < 8 { ("s32", "24") } else { ("s16", "16") };
            let options =
                [options, &["-strict", "-2", "-bits_per_raw_sample", bits, "-sample_fmt", format][..]]
                    .concat();
            let path = folder.path().join("sound.flac");
            ffmpeg(&["-f", "s32le", "-ar", "24000", "-ac", &count], &raw, &options, &path);
            let expected: Vec<f32> = samples.iter().map(|sample| *sample as f32 / 8_388_608.0).collect();
            let found = decoded(&path);
            let differs = found
                .iter()
                .zip(&expected)
                .position(|(found, expected)| found.to_bits() != expected.to_bits());
            let case = format!("{number}: {channels} channels, {unused} unused bits");
            assert_eq!((found.len(), differs), (expected.len(), None), "{case}");
        }
    }
}

#[test]
fn side_channels_of_every_kind_are_joined() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, samples) = written(folder.path(), 2, 8);
    for mode in ["indep", "left_side", "right_side", "mid_side"] {
        let path = folder.path().join("sound.flac");
        let options = ["-sample_fmt", "s16", "-ch_mode", mode];
        ffmpeg(&["-f", "s32le", "-ar", "24000", "-ac", "2"], &raw, &options, &path);
        let expected: Vec<f32> = samples.iter().map(|sample| *sample as f32 / 8_388_608.0).collect();
        assert!(decoded(&path) == expected, "{mode}");
    }
}

#[test]
fn mp3_is_decoded_as_by_another_decoder() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, usize, &[&str]); 5] = [
        ("44100", 2, &["-b:a", "128k"]),
        ("44100", 2, &["-b:a", "128k", "-joint_stereo", "0"]),
        ("44100", 1, &["-q:a", "6"]),
        ("22050", 2, &["-b:a", "48k"]),
        ("11025", 1, &["-b:a", "16k"]),
    ];
    for (rate, channels, options) in cases {
        let (raw, _) = written(folder.path(), channels, 0);
        let (path, other) = (folder.path().join("sound.mp3"), folder.path().join("sound.f32"));
        ffmpeg(&["-f", "s32le", "-ar", rate, "-ac", &channels.to_string()], &raw, options, &path);
        ffmpeg(&[], &path, &["-f", "f32le"], &other);
        let bytes = std::fs::read(&other).unwrap();
        let expected: Vec<f32> =
            bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let found = decoded(&path);
        let far = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(found.len() == expected.len() && far < 1e-4, "{rate} {options:?}: {far}");
    }
}
