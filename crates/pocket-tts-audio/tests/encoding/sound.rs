//! Sounds to encode, and measures of the decoded sound.

use std::f64::consts::TAU;

use pocket_tts_test_support::noise;

use crate::ffmpeg::SAMPLE_RATE_HZ;

/// A voice-like sound that is loud up to its last sample: a gliding pitch with 20 harmonics and some noise.
pub(crate) fn voice(samples: usize) -> Vec<f32> {
    let mut phase = 0.0_f64;
    noise(1, samples)
        .into_iter()
        .enumerate()
        .map(|(index, noise)| {
            let time_s = index as f64 / f64::from(SAMPLE_RATE_HZ);
            phase += (140.0 + 40.0 * (TAU * 0.7 * time_s).sin()) / f64::from(SAMPLE_RATE_HZ);
            let harmonics: f64 = (1..=20)
                .map(|harmonic| (TAU * phase * f64::from(harmonic)).sin() / f64::from(harmonic))
                .sum();
            (0.25 * harmonics + 0.005 * f64::from(noise)) as f32
        })
        .collect()
}

/// A sine of half of full scale.
pub(crate) fn sine(frequency_hz: f64, samples: usize) -> Vec<f32> {
    let step = TAU * frequency_hz / f64::from(SAMPLE_RATE_HZ);
    (0..samples).map(|index| (0.5 * (step * index as f64).sin()) as f32).collect()
}

/// The correlation of two sounds: 1 if they differ in volume only.
pub(crate) fn correlation(one: &[f32], other: &[f32]) -> f64 {
    let product = |one: &[f32], other: &[f32]| -> f64 {
        one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
    };
    product(one, other) / (product(one, one) * product(other, other)).sqrt()
}

/// Power of `original` over that of the difference, in dB.
pub(crate) fn signal_to_noise_db(original: &[f32], decoded: &[f32]) -> f64 {
    let power = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let signal = power(&mut original.iter().map(|sample| f64::from(*sample)));
    let noise =
        power(&mut original.iter().zip(decoded).map(|(one, other)| f64::from(*one) - f64::from(*other)));
    10.0 * (signal / noise).log10()
}

/// Amplitude of the sine of that frequency within `samples`.
pub(crate) fn amplitude_at(frequency_hz: f64, samples: &[f32]) -> f64 {
    let step = TAU * frequency_hz / f64::from(SAMPLE_RATE_HZ);
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (index, sample) in samples.iter().enumerate() {
        let (sin, cos) = (step * index as f64).sin_cos();
        sine += f64::from(*sample) * sin;
        cosine += f64::from(*sample) * cos;
    }
    2.0 * sine.hypot(cosine) / samples.len() as f64
}

/// The root of the mean square.
pub(crate) fn level(samples: &[f32]) -> f64 {
    let squares: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (squares / samples.len() as f64).sqrt()
}
