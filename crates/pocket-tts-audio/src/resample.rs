//! Polyphase resampling that gives the samples of `scipy.signal.resample_poly`. Knows rates and samples only.
//!
//! Source: `pocket_tts/data/audio_utils.py`, `convert_audio`. The low-pass filter is a windowed sinc (Kaiser
//! window, β = 5) over ten zero crossings on each side, normalised to unit gain at 0 Hz and centred, so the
//! result is not delayed; the sound counts as zero beyond its ends. As in scipy, the filter is designed in
//! `f64`, rounded to `f32` and applied in `f32`.

use std::f64::consts::PI;

use crate::audio::{Audio, check_sample_rate};
use crate::error::AudioError;

const KAISER_BETA: f64 = 5.0;
const ZERO_CROSSINGS_PER_SIDE: usize = 10;

/// Converts a sound to another sample rate.
///
/// The result has `ceil(samples * to / from)` samples. Time is linear in the longer of input and output,
/// about 20 multiplications for each of its samples; apart from the two sounds, memory is at most 100 MB (for
/// neighbouring rates near 384 kHz without a common divisor) and some kB for usual rates.
///
/// # Errors
/// [`AudioError::SampleRate`] when either rate is outside 1000 to 384000 Hz.
pub fn resample(audio: &Audio, to_rate_hz: u32) -> Result<Audio, AudioError> {
    check_sample_rate(audio.sample_rate_hz)?;
    check_sample_rate(to_rate_hz)?;
    if audio.sample_rate_hz == to_rate_hz {
        return Ok(audio.clone());
    }
    let divisor = greatest_common_divisor(audio.sample_rate_hz, to_rate_hz);
    let filter =
        PolyphaseFilter::new((to_rate_hz / divisor) as usize, (audio.sample_rate_hz / divisor) as usize);
    Ok(Audio { samples: filter.apply(&audio.samples), sample_rate_hz: to_rate_hz })
}

/// The low-pass filter, cut into `up` phases of `taps` coefficients each.
struct PolyphaseFilter {
    up: usize,
    down: usize,
    half_length: usize,
    taps: usize,
    /// `[up, taps]`: coefficient `phase + tap * up` of the filter, 0 beyond its end.
    phases: Vec<f32>,
}

impl PolyphaseFilter {
    /// `up` and `down` have no common divisor and are not 0.
    fn new(up: usize, down: usize) -> Self {
        let half_length = ZERO_CROSSINGS_PER_SIDE * up.max(down);
        let coefficients = low_pass(half_length, up.max(down));
        let taps = coefficients.len().div_ceil(up);
        let mut phases = vec![0.0; up * taps];
        for (index, coefficient) in coefficients.iter().enumerate() {
            phases[index % up * taps + index / up] = *coefficient as f32 * up as f32;
        }
        Self { up, down, half_length, taps, phases }
    }

    /// Output `j` is the sum over `k` of `samples[k] * filter[half_length + j * down - k * up]`.
    fn apply(&self, samples: &[f32]) -> Vec<f32> {
        let (up, down) = (self.up as u64, self.down as u64);
        let output_length = (samples.len() as u64 * up).div_ceil(down);
        (0..output_length)
            .map(|j| {
                let position = self.half_length as u64 + j * down;
                let phase = (position % up) as usize;
                self.output_sample(samples, phase, (position / up) as usize)
            })
            .collect()
    }

    /// `newest` is the last input sample within the filter's reach; it may lie beyond the end of `samples`.
    fn output_sample(&self, samples: &[f32], phase: usize, newest: usize) -> f32 {
        let first = newest.saturating_sub(self.taps - 1);
        let end = samples.len().min(newest + 1);
        if first >= end {
            return 0.0;
        }
        let coefficients = &self.phases[phase * self.taps..][newest + 1 - end..=newest - first];
        // Oldest sample first: scipy's order of summation, which decides the last bit.
        samples[first..end]
            .iter()
            .zip(coefficients.iter().rev())
            .fold(0.0, |sum, (sample, coefficient)| sum + sample * coefficient)
    }
}

/// `2 * half_length + 1` coefficients of a low-pass at `1 / rate_ratio` of the Nyquist frequency; their sum
/// is 1.
/// Source: `scipy.signal.firwin` with a Kaiser window.
fn low_pass(half_length: usize, rate_ratio: usize) -> Vec<f64> {
    let cutoff = 1.0 / rate_ratio as f64;
    let window_scale = bessel_i0(KAISER_BETA);
    let mut coefficients: Vec<f64> = (0..=2 * half_length)
        .map(|index| {
            let offset = index as f64 - half_length as f64;
            let from_centre = offset / half_length as f64;
            let window =
                bessel_i0(KAISER_BETA * (1.0 - from_centre * from_centre).max(0.0).sqrt()) / window_scale;
            cutoff * sinc(cutoff * offset) * window
        })
        .collect();
    let sum: f64 = coefficients.iter().sum();
    for coefficient in &mut coefficients {
        *coefficient /= sum;
    }
    coefficients
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Modified Bessel function of the first kind, order 0, by its power series: all terms are positive, and for
/// the arguments in use (0 to 5) about 20 of them exhaust `f64`.
fn bessel_i0(x: f64) -> f64 {
    let quarter_square = x * x / 4.0;
    let mut sum = 1.0;
    let mut term = 1.0;
    let mut order = 1.0;
    while term > sum * f64::EPSILON {
        term *= quarter_square / (order * order);
        sum += term;
        order += 1.0;
    }
    sum
}

fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
