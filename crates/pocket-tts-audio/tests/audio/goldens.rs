//! Comparison with values and bytes that the reference package produced.

use std::io::{Cursor, Seek, SeekFrom, Write};

use pocket_tts_audio::{Audio, DecodeLimits, WavWriter, decode_file, end_on_pause, resample};

use pocket_tts_test_support::goldens;

use crate::golden_data::Goldens;

/// Rates of a case named `convert.SOURCE_TARGET`.
fn rates_hz(case: &str) -> (u32, u32) {
    let (source, target) = case.rsplit_once('.').unwrap().1.split_once('_').unwrap();
    (source.parse().unwrap(), target.parse().unwrap())
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn resampling_equals_the_reference_within_one_millionth() {
    let data = Goldens::open();
    for case in data.cases("convert.") {
        let (source_hz, target_hz) = rates_hz(&case);
        let input = Audio { samples: data.samples(&format!("{case}.in")), sample_rate_hz: source_hz };
        let output = resample(&input, target_hz).unwrap();
        assert_eq!(output.sample_rate_hz, target_hz);
        let difference = largest_difference(&output.samples, &data.samples(&format!("{case}.out")));
        println!("{case}: {difference:e}");
        assert!(difference <= 1e-6, "{case}: {difference:e}");
    }
}

#[test]
fn ending_on_a_pause_equals_the_reference() {
    let data = Goldens::open();
    for case in data.cases("pause.") {
        let rate_hz = case.rsplit_once('_').unwrap().1.parse().unwrap();
        let output = end_on_pause(&data.samples(&format!("{case}.in")), rate_hz);
        let difference = largest_difference(&output, &data.samples(&format!("{case}.out")));
        println!("{case}: {difference:e}");
        assert!(difference <= 1e-7, "{case}: {difference:e}");
    }
}

#[test]
fn a_stereo_file_is_read_bit_for_bit_like_the_reference() {
    let audio = decode_file(&goldens().join("stereo_16k.wav"), &DecodeLimits::default()).unwrap();
    assert_eq!(audio.sample_rate_hz, 16_000);
    let expected = Goldens::open().samples("read.stereo_16k");
    let bits = |samples: &[f32]| samples.iter().map(|sample| sample.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&audio.samples), bits(&expected));
}

#[test]
fn a_file_has_the_bytes_of_the_reference() {
    let data = Goldens::open();
    let samples = data.samples("write.in");
    let mut writer = WavWriter::for_file(Cursor::new(Vec::new()), 24_000);
    writer.write(&samples[..100]).unwrap();
    writer.write(&samples[100..]).unwrap();
    let written = writer.finish().unwrap().into_inner();
    assert_eq!(written, data.bytes("write.seekable.wav_bytes"));
}

#[test]
fn a_pipe_gets_the_bytes_of_the_reference() {
    let data = Goldens::open();
    let samples = data.samples("write.in");
    let mut writer = WavWriter::for_pipe(Vec::new(), 24_000);
    writer.write(&samples[..100]).unwrap();
    writer.write(&samples[100..]).unwrap();
    assert_eq!(writer.finish().unwrap(), data.bytes("write.pipe.wav_bytes"));
}

#[test]
fn a_file_that_starts_inside_another_stream_is_patched_at_its_own_start() {
    let data = Goldens::open();
    let mut output = Cursor::new(Vec::new());
    output.write_all(b"front").unwrap();
    let mut writer = WavWriter::for_file(output, 24_000);
    writer.write(&data.samples("write.in")).unwrap();
    let mut output = writer.finish().unwrap();
    let expected = data.bytes("write.seekable.wav_bytes");
    assert_eq!(output.stream_position().unwrap(), 5 + expected.len() as u64);
    output.seek(SeekFrom::Start(0)).unwrap();
    assert_eq!(output.get_ref()[..5], *b"front");
    assert_eq!(output.get_ref()[5..], expected);
}
