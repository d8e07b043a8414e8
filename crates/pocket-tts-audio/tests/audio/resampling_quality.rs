//! Both resamplers, measured with tones: ripple, images, aliases and delay.

use std::f64::consts::PI;

use pocket_tts_audio::{Audio, Resampler, resample_with};
use proptest::prelude::*;

/// Sample rates of recordings.
const RATES_HZ: [u32; 9] = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000];
const MODEL_RATE_HZ: u32 = 24_000;
/// The transition band lies between this share of the lower Nyquist frequency and its mirror beyond.
const PASS_BAND: f64 = 0.9;

fn tone(frequency_hz: f64, rate_hz: u32) -> Audio {
    let samples =
        (0..rate_hz / 4).map(|n| (2.0 * PI * frequency_hz * f64::from(n) / f64::from(rate_hz)).sin());
    Audio { samples: samples.map(|x| 0.5 * x as f32).collect(), sample_rate_hz: rate_hz }
}

/// The middle of a sound, where its ends have no influence.
fn middle(audio: &Audio) -> &[f32] {
    let length = audio.samples.len();
    &audio.samples[length / 4..length * 3 / 4]
}

fn level_db(samples: &[f32]) -> f64 {
    let power = samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / samples.len() as f64;
    // A sine of half of full scale counts as 0 dB.
    10.0 * (power / 0.125).max(1e-20).log10()
}

/// The level of a resampled tone after the tone itself is subtracted, in decibels.
fn residue_db(audio: &Audio, frequency_hz: f64) -> f64 {
    let omega = 2.0 * PI * frequency_hz / f64::from(audio.sample_rate_hz);
    let offset = audio.samples.len() / 4;
    let samples = middle(audio);
    let basis = |n: usize| ((omega * (n + offset) as f64).sin(), (omega * (n + offset) as f64).cos());
    // Least squares of a sine and a cosine, which aren't quite orthogonal over a finite interval.
    let (mut ss, mut sc, mut cc, mut xs, mut xc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (n, x) in samples.iter().enumerate() {
        let (s, c) = basis(n);
        (ss, sc, cc) = (ss + s * s, sc + s * c, cc + c * c);
        (xs, xc) = (xs + f64::from(*x) * s, xc + f64::from(*x) * c);
    }
    let determinant = ss * cc - sc * sc;
    let (a, b) = ((xs * cc - xc * sc) / determinant, (xc * ss - xs * sc) / determinant);
    let residue = samples.iter().enumerate().map(|(n, x)| {
        let (s, c) = basis(n);
        (f64::from(*x) - a * s - b * c) as f32
    });
    level_db(&residue.collect::<Vec<_>>())
}

/// Ripple in the pass band; the worst image or alias of a tone within it; the worst alias of a tone beyond.
fn measure(from_hz: u32, to_hz: u32, resampler: Resampler) -> [f64; 3] {
    let nyquist = f64::from(from_hz.min(to_hz)) / 2.0;
    let convert = |frequency| resample_with(&tone(frequency, from_hz), to_hz, resampler).unwrap();
    let (mut least, mut most, mut images, mut aliases) = (0.0_f64, 0.0_f64, -200.0_f64, -200.0_f64);
    for step in 1..=12 {
        let frequency = nyquist * PASS_BAND * f64::from(step) / 12.0;
        let sound = convert(frequency);
        let level = level_db(middle(&sound));
        (least, most) = (least.min(level), most.max(level));
        images = images.max(residue_db(&sound, frequency));
    }
    let highest = f64::from(from_hz) / 2.0;
    let mut frequency = nyquist * (2.0 - PASS_BAND);
    while frequency < 0.98 * highest {
        aliases = aliases.max(level_db(middle(&convert(frequency))));
        frequency += nyquist / 3.0;
    }
    [most - least, images, aliases]
}

#[test]
fn the_better_resampler_suppresses_aliases_and_is_nowhere_worse_than_the_reference() {
    for rate_hz in RATES_HZ {
        let ours = measure(rate_hz, MODEL_RATE_HZ, Resampler::HighQuality);
        let reference = measure(rate_hz, MODEL_RATE_HZ, Resampler::Reference);
        println!("{rate_hz}: ripple, images, aliases in dB: {ours:.3?}, reference {reference:.3?}");
        let [ripple, images, aliases] = ours;
        assert!(ripple <= 0.1 && ripple <= reference[0], "{rate_hz}: ripple {ripple} dB");
        assert!(images <= -80.0 && images <= reference[1], "{rate_hz}: images at {images} dB");
        assert!(aliases <= -80.0 && aliases <= reference[2], "{rate_hz}: aliases at {aliases} dB");
    }
}

#[test]
fn a_click_is_not_delayed() {
    for rate_hz in RATES_HZ {
        for resampler in [Resampler::HighQuality, Resampler::Reference] {
            let mut samples = vec![0.0; rate_hz as usize / 10];
            let at = samples.len() / 3;
            samples[at] = 1.0;
            let sound = resample_with(&Audio { samples, sample_rate_hz: rate_hz }, MODEL_RATE_HZ, resampler);
            let sound = sound.unwrap().samples;
            // The centre of gravity of the click's energy.
            let energy: f64 = sound.iter().map(|x| f64::from(*x).powi(2)).sum();
            let moment: f64 = sound.iter().enumerate().map(|(n, x)| n as f64 * f64::from(*x).powi(2)).sum();
            let expected = at as f64 * f64::from(MODEL_RATE_HZ) / f64::from(rate_hz);
            let error = (moment / energy - expected).abs();
            assert!(error < 0.02, "{rate_hz}, {resampler:?}: {error} samples off");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_rates_result_in_the_length_that_they_imply(
        from_hz in 1_000_u32..=384_000, to_hz in 1_000_u32..=384_000, length in 0_usize..3_000,
    ) {
        let audio = Audio { samples: vec![0.25; length], sample_rate_hz: from_hz };
        for resampler in [Resampler::HighQuality, Resampler::Reference] {
            let sound = resample_with(&audio, to_hz, resampler).unwrap();
            let expected = (length as u64 * u64::from(to_hz)).div_ceil(u64::from(from_hz)) as usize;
            prop_assert_eq!((sound.samples.len(), sound.sample_rate_hz), (expected, to_hz));
            prop_assert!(sound.samples.iter().all(|x| x.abs() < 0.5), "a sample overshoots");
        }
    }
}
