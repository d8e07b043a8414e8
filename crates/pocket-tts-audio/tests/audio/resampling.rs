//! Properties of the resampler and of the final pause that hold for any sound.

use std::time::Instant;

use pocket_tts_audio::{Audio, AudioError, end_on_pause, resample};
use proptest::prelude::*;

fn rates() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![1_000, 3_000, 8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 44_101, 48_000])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_length_is_the_ratio_rounded_up(from_hz in rates(), to_hz in rates(), length in 0..3_000_usize) {
        let audio = Audio { samples: vec![0.5; length], sample_rate_hz: from_hz };
        let output = resample(&audio, to_hz).unwrap();
        let expected = (length as u64 * u64::from(to_hz)).div_ceil(u64::from(from_hz));
        prop_assert_eq!(output.samples.len() as u64, expected);
        prop_assert_eq!(output.sample_rate_hz, to_hz);
    }

    #[test]
    fn a_constant_stays_constant_away_from_the_ends(
        from_hz in rates(),
        to_hz in rates(),
        value in -1.0..1.0_f32,
    ) {
        // The filter reaches ten samples of the slower rate to each side.
        let reach_s = 10.0 / f64::from(from_hz.min(to_hz));
        let length = (4.0 * reach_s * f64::from(from_hz)) as usize + 10;
        let audio = Audio { samples: vec![value; length], sample_rate_hz: from_hz };
        let output = resample(&audio, to_hz).unwrap();
        let edge = (reach_s * f64::from(to_hz)).ceil() as usize + 1;
        let middle = &output.samples[edge..output.samples.len() - edge];
        prop_assert!(!middle.is_empty());
        // The phases of the filter differ a little in gain; its stop-band attenuation is about 60 dB.
        prop_assert!(middle.iter().all(|sample| (sample - value).abs() <= 2e-3 * value.abs() + 1e-6));
    }

    #[test]
    fn the_same_rate_changes_nothing(
        rate_hz in rates(),
        samples in prop::collection::vec(any::<f32>(), 0..50),
    ) {
        let output = resample(&Audio { samples: samples.clone(), sample_rate_hz: rate_hz }, rate_hz).unwrap();
        let bits = |samples: &[f32]| samples.iter().map(|sample| sample.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&output.samples), bits(&samples));
    }

    #[test]
    fn ending_on_a_pause_never_panics_and_appends_at_most_the_pause(
        samples in prop::collection::vec(any::<f32>(), 0..2_000),
        rate_hz in 0..50_000_u32,
    ) {
        let output = end_on_pause(&samples, rate_hz);
        prop_assert!(output.len() <= samples.len() + (0.08 * f64::from(rate_hz)) as usize);
    }
}

#[test]
fn a_sine_keeps_its_phase_and_amplitude() {
    let sine = |rate_hz: u32| -> Vec<f32> {
        (0..rate_hz)
            .map(|n| (f64::from(n) / f64::from(rate_hz) * 440.0 * std::f64::consts::TAU).sin() as f32)
            .collect()
    };
    for (from_hz, to_hz) in [(44_100, 24_000), (16_000, 24_000), (24_000, 44_101)] {
        let output = resample(&Audio { samples: sine(from_hz), sample_rate_hz: from_hz }, to_hz).unwrap();
        let expected = sine(to_hz);
        let middle = 100..output.samples.len() - 100;
        for (index, (found, wanted)) in
            output.samples.iter().zip(&expected).enumerate().skip(100).take(middle.len())
        {
            assert!(
                (found - wanted).abs() < 2e-3,
                "{from_hz} to {to_hz}, sample {index}: {found}, not {wanted}"
            );
        }
    }
}

#[test]
fn rates_without_a_common_divisor_stay_affordable() {
    let start = Instant::now();
    let audio = Audio { samples: vec![0.1; 384_000], sample_rate_hz: 384_000 };
    assert_eq!(resample(&audio, 383_999).unwrap().samples.len(), 383_999);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn rates_out_of_range_are_refused() {
    for (from_hz, to_hz) in [(0, 24_000), (999, 24_000), (24_000, 0), (24_000, 384_001), (u32::MAX, u32::MAX)]
    {
        let result = resample(&Audio { samples: vec![0.0; 4], sample_rate_hz: from_hz }, to_hz);
        assert!(matches!(result, Err(AudioError::SampleRate { .. })), "{from_hz} to {to_hz}");
    }
}

#[test]
fn the_duration_is_samples_over_rate() {
    let audio = Audio { samples: vec![0.0; 36_000], sample_rate_hz: 24_000 };
    assert!((audio.duration_s() - 1.5).abs() < 1e-12);
    assert!(Audio { sample_rate_hz: 0, ..audio }.duration_s().abs() < 1e-12);
}

#[test]
fn a_sound_without_a_loud_frame_is_returned_unchanged() {
    for samples in [vec![], vec![0.5; 59], vec![f32::INFINITY; 600]] {
        assert_eq!(end_on_pause(&samples, 3_000), samples);
    }
}
