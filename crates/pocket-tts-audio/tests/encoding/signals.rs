//! Quality of the decoded sound.

use pocket_tts_audio::{AudioFormat, pcm_s16le};

use crate::ffmpeg::{SAMPLE_RATE_HZ, decode, file, stream};
use crate::sound::{amplitude_at, correlation, level, signal_to_noise_db, sine, voice};

/// 100 ms.
const TAIL_SAMPLES: usize = 2_400;

#[test]
fn the_last_tenth_of_a_second_is_kept() {
    // Lengths that end at, just before and just after the ends of all kinds of blocks.
    for samples in [48_000, 46_079, 30_720, 40_321] {
        let sound = voice(samples);
        for format in AudioFormat::ALL {
            for bytes in [stream(format, &sound, 1_920), file(format, &sound)] {
                let decoded = decode(format, &bytes).aligned(format);
                let tail = samples - TAIL_SAMPLES..samples;
                let found = correlation(&sound[tail.clone()], &decoded[tail]);
                assert!(found > 0.98, "{format}, {samples} samples: {found}");
                // Not even the last 5 ms are faded out.
                let end = samples - 120..samples;
                let found = level(&decoded[end.clone()]) / level(&sound[end]);
                assert!((0.8..1.25).contains(&found), "{format}, {samples} samples: {found}");
            }
        }
    }
}

#[test]
fn the_start_is_kept() {
    let sound = voice(24_000);
    for format in AudioFormat::ALL {
        let decoded = decode(format, &stream(format, &sound, 1_920)).aligned(format);
        let found = correlation(&sound[..TAIL_SAMPLES], &decoded[..TAIL_SAMPLES]);
        assert!(found > 0.97, "{format}: {found}");
    }
}

#[test]
fn the_sound_is_close_to_the_original() {
    let sound = voice(120_000);
    for (format, at_least_db) in [
        (AudioFormat::Wav, 75.0),
        (AudioFormat::Pcm, 75.0),
        (AudioFormat::Flac, 75.0),
        (AudioFormat::Mp3, 20.0),
        (AudioFormat::Opus, 14.0),
        (AudioFormat::Aac, 14.0),
    ] {
        let decoded = decode(format, &file(format, &sound)).aligned(format);
        let found_db = signal_to_noise_db(&sound, &decoded);
        assert!(found_db > at_least_db, "{format}: {found_db} dB");
    }
}

#[test]
fn a_sine_keeps_its_amplitude() {
    for frequency_hz in [110.0, 440.0, 1_000.0, 3_500.0, 7_000.0] {
        let sound = sine(frequency_hz, SAMPLE_RATE_HZ as usize);
        for format in AudioFormat::ALL {
            let decoded = decode(format, &stream(format, &sound, 1_920)).aligned(format);
            let middle = &decoded[6_000..18_000];
            let amplitude = amplitude_at(frequency_hz, middle);
            assert!((0.47..0.53).contains(&amplitude), "{format}, {frequency_hz} Hz: {amplitude}");
            // Everything else together is far weaker.
            let rest = (level(middle).powi(2) - amplitude.powi(2) / 2.0).max(0.0).sqrt();
            let limit = if format == AudioFormat::Opus { 0.04 } else { 0.02 };
            assert!(rest < limit, "{format}, {frequency_hz} Hz: {rest}");
        }
    }
}

#[test]
fn lossless_formats_decode_to_the_samples_of_pcm() {
    let sound = voice(10_000);
    let expected: Vec<f32> = pcm_s16le(&sound)
        .as_chunks::<2>()
        .0
        .iter()
        .map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32_768.0)
        .collect();
    for format in [AudioFormat::Wav, AudioFormat::Pcm, AudioFormat::Flac] {
        for bytes in [stream(format, &sound, 777), file(format, &sound)] {
            assert!(decode(format, &bytes).samples[..10_000] == expected, "{format}");
        }
    }
}

#[test]
fn silence_stays_silence() {
    for format in AudioFormat::ALL {
        let decoded = decode(format, &stream(format, &vec![0.0; 30_000], 1_920));
        assert!(decoded.samples.iter().all(|sample| sample.abs() < 1e-4), "{format}");
    }
}
