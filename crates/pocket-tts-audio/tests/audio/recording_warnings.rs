//! Warnings about recordings.

use pocket_tts_audio::{Audio, DecodeLimits, Recording, RecordingWarning, inspect};
use pocket_tts_test_support::noise;

const RATE_HZ: u32 = 24_000;

/// Syllables of a harmonic tone at `level`, with background noise at `hiss`.
fn speech(duration_s: f64, level: f64, hiss: f64) -> Audio {
    let noise = noise(1, (duration_s * f64::from(RATE_HZ)) as usize);
    let samples = noise.into_iter().enumerate().map(|(n, noise)| {
        let t = n as f64 / f64::from(RATE_HZ);
        let syllable = (std::f64::consts::TAU * 1.5 * t).sin().max(0.0);
        let tone: f64 =
            (1..8).map(|k| (std::f64::consts::TAU * 140.0 * f64::from(k) * t).sin() / f64::from(k)).sum();
        (level * syllable * tone + hiss * f64::from(noise)) as f32
    });
    Audio { samples: samples.map(|x| x.clamp(-1.0, 1.0)).collect(), sample_rate_hz: RATE_HZ }
}

#[test]
fn clean_speech_causes_no_warning() {
    assert_eq!(inspect(&speech(5.0, 0.3, 0.001)), []);
    // A room that is not quite silent.
    assert_eq!(inspect(&speech(5.0, 0.3, 0.01)), []);
}

#[test]
fn silence_is_the_only_warning_about_a_silent_recording() {
    for samples in [vec![0.0; 24_000], vec![0.001; 240_000]] {
        let warnings = inspect(&Audio { samples, sample_rate_hz: RATE_HZ });
        assert!(matches!(warnings[..], [RecordingWarning::Silent { .. }]), "{warnings:?}");
        assert!(warnings[0].to_string().contains("silent"), "{}", warnings[0]);
    }
}

#[test]
fn clipping_is_reported_with_its_share() {
    let warnings = inspect(&speech(5.0, 2.0, 0.001));
    let [RecordingWarning::Clipped { share }] = warnings[..] else { panic!("{warnings:?}") };
    assert!((0.05..0.5).contains(&share), "{share}");
    assert!(warnings[0].to_string().contains("clipped"), "{}", warnings[0]);
}

#[test]
fn single_peaks_are_not_clipping() {
    let mut audio = speech(5.0, 0.3, 0.001);
    for index in (0..audio.samples.len()).step_by(500) {
        audio.samples[index] = 1.0;
    }
    let warnings = inspect(&audio);
    assert!(
        !warnings.iter().any(|warning| matches!(warning, RecordingWarning::Clipped { .. })),
        "{warnings:?}"
    );
}

#[test]
fn short_recordings_are_reported_with_their_duration() {
    let warnings = inspect(&speech(2.0, 0.3, 0.001));
    assert_eq!(warnings, [RecordingWarning::TooShort { duration_s: 2.0 }]);
    assert!(warnings[0].to_string().contains("2.0 s"), "{}", warnings[0]);
}

#[test]
fn speech_in_noise_and_noise_alone_are_reported() {
    let warnings = inspect(&speech(5.0, 0.3, 0.2));
    let is_noisy = matches!(warnings[..], [RecordingWarning::Noisy { range_db }] if range_db < 15.0);
    assert!(is_noisy, "{warnings:?}");
    assert_eq!(inspect(&speech(5.0, 0.0, 0.3)), [RecordingWarning::OnlyNoise]);
}

#[test]
fn bytes_that_are_not_audio_are_reported_as_noise() {
    // The numbers of a multiplicative generator as bytes resemble a compressed file.
    let words = (0..12_000_u32).map(|number| number.wrapping_mul(2_654_435_761).rotate_left(number % 32));
    let garbage: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
    let sizes = [garbage.len() as u32 + 36, garbage.len() as u32].map(u32::to_le_bytes);
    let original = crate::formats::bytes("original.wav");
    let wav = [&original[..4], &sizes[0], &original[8..40], &sizes[1], &garbage].concat();
    let warnings = Recording::from_bytes(&wav, &DecodeLimits::default()).unwrap().warnings();
    assert!(warnings.contains(&RecordingWarning::OnlyNoise), "{warnings:?}");
    assert!(warnings.iter().any(|warning| warning.to_string().contains("nothing but noise")), "{warnings:?}");
}

#[test]
fn cut_and_damaged_recordings_are_reported() {
    let audio = speech(5.0, 0.3, 0.001);
    let recording = Recording { was_cut: true, damaged_packets: 3, ..Recording::from_audio(audio) };
    let texts: Vec<String> = recording.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("3 damaged parts") && texts[1].contains("first 5 s"), "{texts:?}");
}

#[test]
fn the_recording_of_other_tests_is_reported_as_short_only() {
    let original = Recording::from_file(&crate::formats::path("original.wav"), &DecodeLimits::default());
    assert_eq!(original.unwrap().warnings(), [RecordingWarning::TooShort { duration_s: 1.0 }]);
}
