//! Bytes are returned early, and depend only on the samples.

use pocket_tts_audio::{AudioFormat, Encoder};
use proptest::prelude::*;

use crate::ffmpeg::{SAMPLE_RATE_HZ, stream};
use crate::sound::voice;

#[test]
fn every_frame_of_the_model_produces_bytes() {
    for format in AudioFormat::ALL {
        let mut encoder = Encoder::new(format, SAMPLE_RATE_HZ).unwrap();
        assert_eq!(encoder.format(), format);
        for (index, frame) in voice(20 * 1_920).chunks(1_920).enumerate() {
            let bytes = encoder.push(frame).unwrap();
            assert!(bytes.len() > 200, "{format}: frame {index} produced {} bytes", bytes.len());
        }
    }
}

#[test]
fn a_file_has_the_bytes_of_the_stream_except_for_its_header() {
    let sound = voice(20_000);
    for format in AudioFormat::ALL {
        let streamed = stream(format, &sound, 1_920);
        let mut encoder = Encoder::for_file(format, SAMPLE_RATE_HZ).unwrap();
        let mut written = encoder.push(&sound).unwrap();
        let end = encoder.finish_file().unwrap();
        written.extend(end.tail);
        assert_eq!(written.len(), streamed.len(), "{format}");
        let head = end.head.map_or(0, |head| head.len());
        assert!(written[head..] == streamed[head..], "{format}");
        let has_head = matches!(format, AudioFormat::Wav | AudioFormat::Mp3 | AudioFormat::Flac);
        assert_eq!(head > 0, has_head, "{format}");
    }
}

#[test]
fn a_rate_that_a_format_cannot_hold_is_refused() {
    for format in [AudioFormat::Mp3, AudioFormat::Opus, AudioFormat::Aac, AudioFormat::Flac] {
        let error = Encoder::new(format, 1_000_000).unwrap_err().to_string();
        let beginning = format!("{format} cannot hold sound of 1000000 Hz; allowed are ");
        assert!(error.starts_with(&beginning), "{error}");
    }
}

#[test]
fn every_rate_that_a_format_allows_is_encoded() {
    let rates_hz: [(AudioFormat, &[u32]); 6] = [
        (AudioFormat::Wav, &[8_000, 24_000, 96_000]),
        (AudioFormat::Pcm, &[8_000, 24_000, 96_000]),
        (AudioFormat::Mp3, &[8_000, 11_025, 12_000, 16_000, 22_050, 24_000]),
        (AudioFormat::Opus, &[8_000, 12_000, 16_000, 24_000, 48_000]),
        (
            AudioFormat::Aac,
            &[
                7_350, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200,
                96_000,
            ],
        ),
        (AudioFormat::Flac, &[8_000, 24_000, 44_100, 96_000]),
    ];
    for (format, rates_hz) in rates_hz {
        for rate_hz in rates_hz {
            let mut encoder = Encoder::new(format, *rate_hz).unwrap();
            let bytes = encoder.push(&voice(10_000)).unwrap();
            assert!(bytes.len() > 1_000, "{format} at {rate_hz} Hz: {} bytes", bytes.len());
            encoder.finish().unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn chunks_do_not_change_bytes(
        samples in 0_usize..12_000,
        chunks in prop::collection::vec(0_usize..5_000, 0..12),
    ) {
        let sound = voice(samples);
        for format in AudioFormat::ALL {
            let whole = stream(format, &sound, sound.len().max(1));
            let mut encoder = Encoder::new(format, SAMPLE_RATE_HZ).unwrap();
            let mut cut = Vec::new();
            let mut rest = &sound[..];
            for chunk in &chunks {
                let (front, back) = rest.split_at((*chunk).min(rest.len()));
                cut.extend(encoder.push(front).unwrap());
                rest = back;
            }
            cut.extend(encoder.push(rest).unwrap());
            cut.extend(encoder.finish().unwrap());
            prop_assert!(whole == cut, "{}", format);
        }
    }
}
