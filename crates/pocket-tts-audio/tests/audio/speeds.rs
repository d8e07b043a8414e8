//! Changes of speed: the length is exact, the pitch stays, there are no clicks, and chunks don't matter.

use std::f64::consts::TAU;

use pocket_tts_audio::{DecodeLimits, MAX_SPEED, MIN_SPEED, SpeedChanger, decode};
use proptest::prelude::*;

const RATE_HZ: u32 = 24_000;
const SPEEDS: [f64; 9] = [0.25, 0.5, 0.75, 0.9, 1.1, 1.5, 2.0, 3.0, 4.0];
const ORIGINAL: &[u8] = include_bytes!("../recordings/original.wav");

fn change(speed: f64, sound: &[f32], chunk: usize) -> Vec<f32> {
    let mut changer = SpeedChanger::new(speed, RATE_HZ).unwrap();
    let mut output = Vec::new();
    for chunk in sound.chunks(chunk) {
        output.extend(changer.push(chunk));
    }
    output.extend(changer.finish());
    output
}

/// Eight harmonics.
fn tone(pitch_hz: f64, samples: usize) -> Vec<f32> {
    let step = TAU * pitch_hz / f64::from(RATE_HZ);
    (0..samples)
        .map(|index| {
            let harmonics = (1..=8)
                .map(|harmonic| (step * f64::from(harmonic) * index as f64).sin() / f64::from(harmonic));
            0.3 * harmonics.sum::<f64>() as f32
        })
        .collect()
}

/// Pitch of the middle of a sound between 60 and 500 Hz: the peak of its autocorrelation, interpolated.
fn pitch_hz(sound: &[f32]) -> f64 {
    let (shortest, longest) = (RATE_HZ as usize / 500, RATE_HZ as usize / 60);
    let length = (sound.len() - longest - 1).min(6_000);
    let first = (sound.len() - length - longest - 1) / 2;
    let similarity = |lag: usize| -> f64 {
        let pairs = sound[first..first + length].iter().zip(&sound[first + lag..]);
        let (mut product, mut energy) = (0.0, 0.0);
        for (one, other) in pairs {
            product += f64::from(*one) * f64::from(*other);
            energy += f64::from(*other).powi(2);
        }
        product / energy.sqrt()
    };
    let scores: Vec<f64> = (shortest..=longest).map(similarity).collect();
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // The first peak that is nearly the highest: later ones are multiples of the period.
    let peak = (1..scores.len() - 1)
        .find(|at| scores[*at] > 0.9 * most && scores[*at] >= scores[at - 1] && scores[*at] >= scores[at + 1])
        .unwrap();
    let (before, here, after) = (scores[peak - 1], scores[peak], scores[peak + 1]);
    let between = 0.5 * (before - after) / (before - 2.0 * here + after);
    f64::from(RATE_HZ) / ((shortest + peak) as f64 + between)
}

fn level(sound: &[f32]) -> f64 {
    (sound.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / sound.len() as f64).sqrt()
}

/// The sharpest bend, which is where a click would be.
fn sharpest_bend(sound: &[f32]) -> f32 {
    sound.windows(3).map(|three| (three[0] - 2.0 * three[1] + three[2]).abs()).fold(0.0, f32::max)
}

#[test]
fn speed_one_returns_the_samples_unchanged() {
    let mut sound = tone(150.0, 10_001);
    sound[5_000] = f32::NAN;
    let bits = |sound: &[f32]| sound.iter().map(|sample| sample.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&change(1.0, &sound, 777)), bits(&sound));
    let mut changer = SpeedChanger::new(1.0, RATE_HZ).unwrap();
    assert_eq!(changer.push(&sound).len(), sound.len(), "nothing is buffered");
}

#[test]
fn the_length_is_exact() {
    for speed in SPEEDS {
        for samples in [0, 1, 3, 479, 480, 1_920, 24_000, 100_003] {
            let found = change(speed, &tone(120.0, samples), 1_920).len();
            assert_eq!(found, (samples as f64 / speed).round() as usize, "{samples} at speed {speed}");
        }
    }
}

#[test]
fn the_pitch_stays() {
    for expected_hz in [75.0, 98.0, 131.0, 200.0, 317.0, 400.0] {
        let sound = tone(expected_hz, 60_000);
        assert!((pitch_hz(&sound) / expected_hz - 1.0).abs() < 0.001, "the measure itself, {expected_hz} Hz");
        for speed in SPEEDS {
            let found_hz = pitch_hz(&change(speed, &sound, 1_920));
            assert!(
                (found_hz / expected_hz - 1.0).abs() < 0.01,
                "{expected_hz} became {found_hz} at speed {speed}"
            );
        }
    }
}

#[test]
fn a_gliding_pitch_is_kept() {
    let original = decode(ORIGINAL, &DecodeLimits::default()).unwrap().samples;
    let middle_hz = pitch_hz(&original);
    for speed in SPEEDS {
        let changed = change(speed, &original, 1_920);
        let found_hz = pitch_hz(&changed);
        assert!((found_hz / middle_hz - 1.0).abs() < 0.03, "{middle_hz} became {found_hz} at speed {speed}");
    }
}

#[test]
fn there_are_no_clicks_and_the_level_stays() {
    for pitch_hz in [75.0, 131.0, 317.0] {
        let sound = tone(pitch_hz, 48_000);
        for speed in SPEEDS {
            let changed = change(speed, &sound, 1_920);
            // The start and the end stay as abrupt as in the original.
            let ends = (1_200.0 / speed) as usize;
            let inner = &changed[ends..changed.len() - ends];
            let (found, before) = (sharpest_bend(inner), sharpest_bend(&sound));
            assert!(found < 1.1 * before, "{pitch_hz} Hz at speed {speed}: {found} instead of {before}");
            let ratio = level(inner) / level(&sound);
            assert!((0.95..1.05).contains(&ratio), "{pitch_hz} Hz at speed {speed}: {ratio} times the level");
        }
    }
}

#[test]
fn silence_stays_silence_and_a_sound_keeps_its_relative_position() {
    for speed in SPEEDS {
        let mut sound = vec![0.0; 48_000];
        sound[24_000..28_800].copy_from_slice(&tone(150.0, 4_800));
        let changed = change(speed, &sound, 1_920);
        let loud = |sample: &f32| *sample != 0.0;
        let (first, last) = (changed.iter().position(loud).unwrap(), changed.iter().rposition(loud).unwrap());
        for (found, before) in [(first, 24_000.0), (last, 28_800.0)] {
            let off = found as f64 - before / speed;
            assert!(off.abs() < 1_200.0, "speed {speed}: {off} samples off");
        }
    }
}

#[test]
fn little_is_buffered_however_long_the_sound() {
    for speed in SPEEDS {
        let mut changer = SpeedChanger::new(speed, RATE_HZ).unwrap();
        let (mut received, mut produced) = (0.0, 0.0);
        for chunk in tone(140.0, 240_000).chunks(1_920) {
            received += chunk.len() as f64;
            produced += changer.push(chunk).len() as f64;
            let buffered_s = (received - produced * speed) / f64::from(RATE_HZ);
            assert!(buffered_s < 0.12, "speed {speed}: {buffered_s} s");
        }
    }
}

#[test]
fn other_speeds_are_refused() {
    for speed in [f64::NAN, f64::INFINITY, 0.0, -1.0, 0.2499, 4.0001] {
        let error = SpeedChanger::new(speed, RATE_HZ).unwrap_err().to_string();
        assert!(error.contains("0.25 (four times as long) to 4 are"), "{error}");
    }
}

#[test]
fn nan_does_no_harm() {
    for speed in SPEEDS {
        let changed = change(speed, &vec![f32::NAN; 10_000], 1_920);
        assert_eq!(changed.len(), (10_000.0 / speed).round() as usize);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn chunks_do_not_change_samples(
        speed in MIN_SPEED..MAX_SPEED,
        pitch_hz in 70.0..400.0,
        samples in 0_usize..20_000,
        chunk in 1_usize..5_000,
    ) {
        let sound = tone(pitch_hz, samples);
        let whole = change(speed, &sound, samples.max(1));
        prop_assert_eq!(whole.len(), (samples as f64 / speed).round() as usize);
        prop_assert_eq!(whole, change(speed, &sound, chunk));
    }

    #[test]
    fn the_pitch_stays_at_any_speed(speed in MIN_SPEED..MAX_SPEED, expected_hz in 75.0..400.0) {
        let found_hz = pitch_hz(&change(speed, &tone(expected_hz, 40_000), 1_920));
        prop_assert!((found_hz / expected_hz - 1.0).abs() < 0.01, "{} became {}", expected_hz, found_hz);
    }
}
