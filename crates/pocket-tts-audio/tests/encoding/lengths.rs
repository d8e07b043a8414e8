//! The length of the decoded sound.

use std::ops::RangeInclusive;

use pocket_tts_audio::{AudioFormat, DecodeLimits};

use crate::ffmpeg::{SAMPLE_RATE_HZ, decode, file, rate_hz, stream};
use crate::sound::voice;

/// Around the sizes of the blocks: 480 (Opus), 576 (MP3), 1024 (AAC), 1920 (FLAC, the speech model).
const LENGTHS: [usize; 10] = [1, 95, 480, 577, 1_023, 1_024, 1_920, 1_921, 24_000, 100_003];

/// The number of samples that a stream of `samples` decodes to.
fn expected(format: AudioFormat, samples: usize, in_file: bool) -> RangeInclusive<usize> {
    match format {
        AudioFormat::Wav => samples + 4_800..=samples + 4_800,
        AudioFormat::Pcm | AudioFormat::Flac => samples..=samples,
        AudioFormat::Opus => 2 * samples..=2 * samples,
        AudioFormat::Mp3 if in_file => samples..=samples,
        AudioFormat::Mp3 => samples..=samples + 575,
        AudioFormat::Aac => samples + 1_024..=samples + 2_047,
    }
}

#[track_caller]
fn has_its_length(format: AudioFormat, samples: usize) {
    let sound = voice(samples);
    for (in_file, bytes) in [(false, stream(format, &sound, 1_920)), (true, file(format, &sound))] {
        let found = decode(format, &bytes).samples.len();
        let expected = expected(format, samples, in_file);
        assert!(
            expected.contains(&found),
            "{format}, file {in_file}: {samples} samples at {SAMPLE_RATE_HZ} Hz became {found} at {} Hz, not {expected:?}",
            rate_hz(format)
        );
    }
}

#[test]
fn every_length_survives_within_a_frame() {
    for format in AudioFormat::ALL {
        for samples in LENGTHS {
            has_its_length(format, samples);
        }
    }
}

#[test]
fn a_million_samples_survive() {
    for format in AudioFormat::ALL {
        has_its_length(format, 1_000_000);
    }
}

#[test]
fn a_sound_without_samples_is_a_complete_file() {
    for format in AudioFormat::ALL {
        let bytes = file(format, &[]);
        match format {
            AudioFormat::Pcm => assert!(bytes.is_empty()),
            // The marker and one block of metadata; ffmpeg requires a frame.
            AudioFormat::Flac => assert_eq!(bytes.len(), 42),
            _ => {
                let found = decode(format, &bytes).samples;
                assert!(found.len() <= 4_800, "{format}: {}", found.len());
                assert!(found.iter().all(|sample| *sample == 0.0), "{format}");
            }
        }
    }
}

#[test]
fn a_second_decoder_agrees() {
    let samples = 50_000;
    for format in [AudioFormat::Wav, AudioFormat::Mp3, AudioFormat::Aac, AudioFormat::Flac] {
        let sound = voice(samples);
        for bytes in [stream(format, &sound, 1_920), file(format, &sound)] {
            let found = pocket_tts_audio::decode(&bytes, &DecodeLimits::default()).unwrap();
            assert_eq!(found.sample_rate_hz, SAMPLE_RATE_HZ);
            let found = found.samples.len();
            assert!((samples..=samples + 4_800).contains(&found), "{format}: {found}");
        }
    }
}
