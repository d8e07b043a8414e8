//! Resampling, in two ways. Knows rates and samples only.
//!
//! The better one is a long windowed sinc. The other reproduces the samples of `scipy.signal.resample_poly`, whose
//! filter has less attenuation beyond the lower Nyquist frequency.
//!
//! Source of the latter: `pocket_tts/data/audio_utils.py`, `convert_audio`. The low-pass filter is a windowed sinc (Kaiser
//! window, β = 5) over ten zero crossings on each side, normalised to unit gain at 0 Hz and centred, so the
//! result is not delayed; the sound counts as zero beyond its ends. As in scipy, the filter is designed in
//! `f64`, rounded to `f32` and applied in `f32`.

use std::f64::consts::PI;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, FixedAsync, Resampler as _, SincInterpolationParameters, WindowFunction};

use crate::audio::{Audio, check_sample_rate};
use crate::error::AudioError;

const KAISER_BETA: f64 = 5.0;
const ZERO_CROSSINGS_PER_SIDE: usize = 10;

/// A way to convert a sound to another sample rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resampler {
    /// Frequencies beyond the lower Nyquist frequency are attenuated by at least 100 dB.
    #[default]
    HighQuality,
    /// The filter of the reference; its samples are reproduced.
    Reference,
}

/// Taps of the better filter at the lower of the two rates.
const SINC_LENGTH: u32 = 256;
/// Samples converted per call.
const CHUNK: usize = 1024;
/// Points per tap at the lower rate, between which the filter is interpolated.
const OVERSAMPLING: u32 = 256;
const FEWEST_POINTS: u32 = 16;

/// Converts a sound to another sample rate with the given resampler.
///
/// Both resamplers add no delay, and return `ceil(samples * to / from)` samples. Time is linear in the longer of input
/// and output.
///
/// # Errors
/// [`AudioError::SampleRate`] when either rate is outside 1000 to 384000 Hz.
pub fn resample_with(audio: &Audio, to_rate_hz: u32, resampler: Resampler) -> Result<Audio, AudioError> {
    match resampler {
        Resampler::Reference => resample(audio, to_rate_hz),
        Resampler::HighQuality => resample_by_sinc(audio, to_rate_hz),
    }
}

fn resample_by_sinc(audio: &Audio, to_rate_hz: u32) -> Result<Audio, AudioError> {
    check_sample_rate(audio.sample_rate_hz)?;
    check_sample_rate(to_rate_hz)?;
    if audio.sample_rate_hz == to_rate_hz || audio.samples.is_empty() {
        return Ok(Audio { samples: audio.samples.clone(), sample_rate_hz: to_rate_hz });
    }
    let divisor = greatest_common_divisor(audio.sample_rate_hz, to_rate_hz);
    let (up, down) = ((to_rate_hz / divisor) as usize, (audio.sample_rate_hz / divisor) as usize);
    // The library counts taps at the rate of the input.
    let fall = audio.sample_rate_hz.div_ceil(to_rate_hz);
    let taps = (SINC_LENGTH * fall) as usize;
    let parameters = SincInterpolationParameters::new(taps, WindowFunction::BlackmanHarris2)
        .oversampling_factor((OVERSAMPLING / fall).max(FEWEST_POINTS) as usize);
    let ratio = up as f64 / down as f64;
    let mut sinc = Async::<f32>::new_sinc(ratio, 1.0, &parameters, CHUNK, 1, FixedAsync::Input)
        .map_err(|error| failed(&error))?;

    // The filter delays the sound by half its length, and its first output lies one step after its first input. Silence
    // is prepended so that both together are an integral number of output samples.
    let delay = taps / 2;
    let trimmed = sinc.output_delay() + 1;
    let to_whole = (down - delay % down) % down;
    let missing = trimmed.saturating_sub((to_whole + delay) / down * up);
    let silence = to_whole + missing.div_ceil(up) * down;
    let skipped = (silence + delay) / down * up - trimmed;
    let length = audio.samples.len();
    let wanted = (length * up).div_ceil(down);
    let mut padded = vec![0.0; silence];
    padded.extend_from_slice(&audio.samples);
    padded.resize(silence + length + CHUNK * fall as usize, 0.0);
    let input = InterleavedSlice::new(&padded, 1, padded.len()).map_err(|error| failed(&error))?;
    let output = sinc.process_all(&input, padded.len(), None).map_err(|error| failed(&error))?;
    let mut samples: Vec<f32> = output.take_data().into_iter().skip(skipped).take(wanted).collect();
    // Samples that rounding omits at the end are silence.
    samples.resize(wanted, 0.0);
    Ok(Audio { samples, sample_rate_hz: to_rate_hz })
}

fn failed(error: &dyn std::error::Error) -> AudioError {
    AudioError::Resampler { reason: error.to_string() }
}

/// Converts a sound to another sample rate like the reference.
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
        let coefficients = low_pass(half_length, up.max(down), KAISER_BETA);
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
pub(crate) fn low_pass(half_length: usize, rate_ratio: usize, kaiser_beta: f64) -> Vec<f64> {
    let cutoff = 1.0 / rate_ratio as f64;
    let window_scale = bessel_i0(kaiser_beta);
    let mut coefficients: Vec<f64> = (0..=2 * half_length)
        .map(|index| {
            let offset = index as f64 - half_length as f64;
            let from_centre = offset / half_length as f64;
            let window =
                bessel_i0(kaiser_beta * (1.0 - from_centre * from_centre).max(0.0).sqrt()) / window_scale;
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
/// the arguments in use (0 to 9) about 30 of them exhaust `f64`.
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

/// Both are not 0.
pub(crate) fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
