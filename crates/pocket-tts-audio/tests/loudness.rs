//! Loudness against known signals, and sound that was brought to a loudness.

#![expect(clippy::unwrap_used, reason = "in a test, a failed unwrap is the report of the failure")]

use std::f64::consts::TAU;

use pocket_tts_audio::{LoudnessMeter, LoudnessSpool, PEAK_LIMIT_DBTP};

const RATE_HZ: u32 = 24_000;

/// A sine of 1 kHz whose crests have `peak_dbfs`.
fn tone(rate_hz: u32, peak_dbfs: f64, duration_s: f64) -> Vec<f32> {
    let amplitude = 10.0_f64.powf(peak_dbfs / 20.0);
    let step = TAU * 1_000.0 / f64::from(rate_hz);
    let count = (f64::from(rate_hz) * duration_s) as usize;
    (0..count).map(|index| (amplitude * (step * index as f64).sin()) as f32).collect()
}

fn meter(rate_hz: u32, samples: &[f32]) -> LoudnessMeter {
    let mut meter = LoudnessMeter::new(rate_hz).unwrap();
    samples.chunks(1_920).for_each(|chunk| meter.push(chunk));
    meter
}

#[track_caller]
fn measures(rate_hz: u32, levels: &[(f64, f64)], expected: f64) {
    let sound: Vec<f32> =
        levels.iter().flat_map(|(peak_dbfs, duration_s)| tone(rate_hz, *peak_dbfs, *duration_s)).collect();
    let found = meter(rate_hz, &sound).loudness_lufs().unwrap();
    assert!((found - expected).abs() <= 0.1, "{found} LUFS at {rate_hz} Hz, not {expected}");
}

/// Source: EBU Tech 3341, table 1. Its signals are stereo; one channel of the same level is 3.01 LU quieter.
#[test]
fn the_integrated_loudness_is_the_one_of_ebu_tech_3341() {
    let mono = -3.01;
    for rate_hz in [24_000, 48_000] {
        measures(rate_hz, &[(-23.0, 20.0)], -23.0 + mono);
        measures(rate_hz, &[(-33.0, 20.0)], -33.0 + mono);
        // The quiet parts are below the relative gate.
        measures(rate_hz, &[(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0 + mono);
        let quieter = [(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)];
        measures(rate_hz, &quieter, -23.0 + mono);
        measures(rate_hz, &[(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)], -23.0 + mono);
    }
}

/// Source: EBU Tech 3341, table 1, cases 15 to 19: a sine between whose samples the crests lie.
#[test]
fn the_true_peak_is_the_one_of_ebu_tech_3341() {
    for (divisor, phase_degrees) in [(4.0, 0.0), (4.0, 45.0), (6.0, 60.0), (8.0, 67.5)] {
        // It begins and ends gently, as a step has peaks of its own.
        let volume = |index: usize| (index.min(96_000 - index) as f64 / 4_800.0).min(1.0);
        let sine = |index: usize| (TAU * index as f64 / divisor + f64::to_radians(phase_degrees)).sin();
        let sound: Vec<f32> = (0..96_000).map(|index| (0.5 * volume(index) * sine(index)) as f32).collect();
        let found = meter(48_000, &sound).true_peak_dbtp();
        assert!((-6.4..=-5.8).contains(&found), "{found} dBTP at {phase_degrees} degrees");
    }
}

#[test]
fn silence_and_the_shortest_sounds_have_no_loudness() {
    for sound in [vec![], vec![0.0; 48_000], tone(RATE_HZ, -75.0, 3.0), tone(RATE_HZ, -20.0, 0.39)] {
        assert_eq!(meter(RATE_HZ, &sound).loudness_lufs(), None);
        assert_eq!(leveled(&sound, -16.0, 0), (sound, None));
    }
    assert!(meter(RATE_HZ, &[0.0; 100]).true_peak_dbtp().is_infinite());
}

#[test]
fn samples_that_are_not_numbers_leave_the_measurement_as_it_is() {
    let mut sound = tone(RATE_HZ, -20.0, 3.0);
    let expected = meter(RATE_HZ, &sound).loudness_lufs().unwrap();
    sound[100] = f32::NAN;
    let found = meter(RATE_HZ, &sound).loudness_lufs().unwrap();
    assert!((found - expected).abs() < 0.1, "{found} LUFS");
    assert!(LoudnessMeter::new(0).is_err() && LoudnessMeter::new(u32::MAX).is_err());
}

/// The sound with this loudness, and what it was told to have.
fn leveled(sound: &[f32], target_lufs: f64, silence: usize) -> (Vec<f32>, Option<f64>) {
    let mut spool = LoudnessSpool::new(target_lufs, RATE_HZ).unwrap();
    sound.chunks(1_920).for_each(|chunk| spool.push(chunk).unwrap());
    let mut leveled = spool.finish(silence).unwrap();
    let mut output = Vec::new();
    while let Some(block) = leveled.next_block().unwrap() {
        output.extend(block);
    }
    (output, leveled.loudness_lufs())
}

/// Words of a voice with many overtones, some of them loud, and pauses.
fn speech(duration_s: f64) -> Vec<f32> {
    let sample = |index: usize| {
        let time = index as f64 / f64::from(RATE_HZ);
        let word = (4.0 * time).sin().max(0.0) * (0.2 + (0.9 * time).sin().powi(4));
        // Overtones whose crests do not coincide, as the ones of a voice.
        let phase = |n: f64| TAU * 120.0 * n * time + n * n * 0.13;
        let wave: f64 = (1..25).map(|n| phase(f64::from(n)).cos() / f64::from(n).sqrt()).sum();
        (0.03 * word * wave) as f32
    };
    (0..(duration_s * f64::from(RATE_HZ)) as usize).map(sample).collect()
}

#[test]
fn a_sound_gets_the_loudness_exactly_and_no_peak_exceeds_the_limit() {
    for duration_s in [0.7, 2.0, 10.0] {
        let sound = speech(duration_s);
        let own = meter(RATE_HZ, &sound).loudness_lufs().unwrap();
        for target in [-70.0 + 12.0, -30.0, -23.0, -19.0, -16.0, -14.0] {
            for silence in [0, 4_800] {
                let (output, told) = leveled(&sound, target, silence);
                assert_eq!(output.len(), sound.len());
                let measured = meter(RATE_HZ, &[&output[..], &vec![0.0; silence]].concat());
                let (found, peak) = (measured.loudness_lufs().unwrap(), measured.true_peak_dbtp());
                let about = format!("{duration_s} s of {own} LUFS with {silence} samples of silence");
                assert!((found - target).abs() < 0.1, "{found} LUFS, not {target}; {about}");
                assert!((found - told.unwrap()).abs() < 0.03, "{found} LUFS, not {told:?}; {about}");
                assert!(peak <= PEAK_LIMIT_DBTP + 0.05, "{peak} dBTP; {about}");
            }
        }
    }
}

#[test]
fn a_loudness_that_the_peaks_do_not_allow_is_told() {
    // A click each half second.
    let sound: Vec<f32> = (0..48_000).map(|index| if index % 12_000 == 0 { 0.9 } else { 0.001 }).collect();
    let (output, told) = leveled(&sound, -5.0, 0);
    let measured = meter(RATE_HZ, &output);
    assert!(told.unwrap() < -5.5, "{told:?}");
    assert!((measured.loudness_lufs().unwrap() - told.unwrap()).abs() < 1.0);
    assert!(measured.true_peak_dbtp() <= PEAK_LIMIT_DBTP + 0.2);
}
