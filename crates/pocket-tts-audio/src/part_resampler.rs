//! Resamples parts of a sound so that they are slices of the resampled whole. Knows rates and samples only.
//!
//! Source: a windowed sinc in polyphase form, as in `resample`, with a longer filter.

use crate::audio::check_sample_rate;
use crate::error::AudioError;
use crate::resample::{greatest_common_divisor, low_pass};

/// Zero crossings of the filter on each side, and the shape of its Kaiser window: frequencies beyond 1.17 times the lower
/// Nyquist frequency are attenuated by at least 80 dB.
const ZERO_CROSSINGS_PER_SIDE: usize = 16;
const KAISER_BETA: f64 = 8.0;
/// Sums that are kept apart in a product, so that the compiler can compute them at once.
const LANES: usize = 8;

/// Converts parts of a sound to another sample rate, without delay.
///
/// The resampled sound has `ceil(frames * to / from)` samples. Any part of it is computed from a part of the original, and
/// is the same whichever parts are computed: the sound counts as zero beyond its ends.
#[derive(Debug)]
pub struct PartResampler {
    up: u64,
    down: u64,
    /// Taps of each phase, a multiple of [`LANES`].
    taps: usize,
    half_length: u64,
    /// `[up, taps]`: the coefficients of a phase for the input samples in their order.
    phases: Vec<f32>,
}

impl PartResampler {
    /// A resampler between two rates.
    ///
    /// # Errors
    /// [`AudioError::SampleRate`] if either rate is outside 1000 to 384000 Hz.
    pub fn new(from_hz: u32, to_hz: u32) -> Result<Self, AudioError> {
        check_sample_rate(from_hz)?;
        check_sample_rate(to_hz)?;
        let divisor = greatest_common_divisor(from_hz, to_hz);
        let (up, down) = ((to_hz / divisor) as usize, (from_hz / divisor) as usize);
        let half_length = ZERO_CROSSINGS_PER_SIDE * up.max(down);
        let filter = low_pass(half_length, up.max(down), KAISER_BETA);
        let used = filter.len().div_ceil(up);
        let taps = used.next_multiple_of(LANES);
        let mut phases = vec![0.0; up * taps];
        for (index, coefficient) in filter.iter().enumerate() {
            // The newest input has the first coefficient, and stands last.
            phases[index % up * taps + (taps - 1 - index / up)] = *coefficient as f32 * up as f32;
        }
        Ok(Self { up: up as u64, down: down as u64, taps, half_length: half_length as u64, phases })
    }

    /// The samples of a sound of `frames` samples, after resampling.
    pub fn resampled_frames(&self, frames: u64) -> u64 {
        u64::try_from((u128::from(frames) * u128::from(self.up)).div_ceil(u128::from(self.down)))
            .unwrap_or(u64::MAX)
    }

    /// The input samples, from the first to behind the last, that `frames` output samples from `start` on depend on. The
    /// range begins with 0 where it would begin before the sound.
    pub fn needed(&self, start: u64, frames: u64) -> std::ops::Range<u64> {
        let begin = (self.newest(start) + 1).saturating_sub(self.taps as u64);
        let end = if frames == 0 { begin } else { self.newest(start + frames - 1) + 1 };
        begin..end.max(begin)
    }

    /// Appends `frames` output samples from `start` on. `input` are the samples from `needed(start, frames).start` on;
    /// missing ones at the end count as zero.
    pub fn apply(&self, input: &[f32], start: u64, frames: u64, output: &mut Vec<f32>) {
        let first = self.needed(start, frames).start;
        output.reserve(usize::try_from(frames).unwrap_or(0));
        let mut edge = vec![0.0; self.taps];
        for index in start..start.saturating_add(frames) {
            let position = self.half_length + index * self.down;
            let phase = (position % self.up) as usize * self.taps;
            let coefficients = &self.phases[phase..phase + self.taps];
            // The place behind the newest sample, relative to the sample before the input by all taps.
            let end = position / self.up + 1 + self.taps as u64 - first;
            let end = usize::try_from(end).unwrap_or(usize::MAX);
            let inside = end.checked_sub(2 * self.taps).and_then(|begin| input.get(begin..end - self.taps));
            let sum = if let Some(samples) = inside {
                product(samples, coefficients)
            } else {
                for (offset, sample) in edge.iter_mut().enumerate() {
                    let place = (end + offset).checked_sub(2 * self.taps);
                    *sample = place.and_then(|place| input.get(place)).copied().unwrap_or(0.0);
                }
                product(&edge, coefficients)
            };
            output.push(sum);
        }
    }

    /// The newest input sample that an output sample depends on.
    fn newest(&self, index: u64) -> u64 {
        (self.half_length + index * self.down) / self.up
    }
}

/// The sum of the products, in the same order on any machine.
fn product(samples: &[f32], coefficients: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    for (samples, coefficients) in
        samples.as_chunks::<LANES>().0.iter().zip(coefficients.as_chunks::<LANES>().0)
    {
        for lane in 0..LANES {
            sums[lane] += samples[lane] * coefficients[lane];
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: u32, frequency_hz: f64, frames: usize) -> Vec<f32> {
        let step = std::f64::consts::TAU * frequency_hz / f64::from(rate_hz);
        (0..frames).map(|index| (step * index as f64).sin() as f32).collect()
    }

    fn part(resampler: &PartResampler, input: &[f32], start: u64, frames: u64) -> Vec<f32> {
        let needed = resampler.needed(start, frames);
        let range = |at: u64| (at as usize).min(input.len());
        let mut output = Vec::new();
        resampler.apply(&input[range(needed.start)..range(needed.end)], start, frames, &mut output);
        output
    }

    #[test]
    fn a_tone_is_kept_without_delay_and_what_is_too_high_is_removed() {
        for (from, to) in
            [(44_100, 24_000), (16_000, 24_000), (48_000, 24_000), (22_050, 24_000), (24_000, 24_000)]
        {
            let resampler = PartResampler::new(from, to).unwrap();
            let input = tone(from, 1_000.0, 8_000);
            let frames = resampler.resampled_frames(8_000);
            let output = part(&resampler, &input, 0, frames);
            let expected = tone(to, 1_000.0, frames as usize);
            let middle = 200..output.len() - 200;
            let far = output[middle.clone()].iter().zip(&expected[middle]).map(|(a, b)| (a - b).abs());
            assert!(far.fold(0.0, f32::max) < 1e-3, "{from} {to}");
            if to < from {
                let high = part(&resampler, &tone(from, f64::from(to) * 0.59, 8_000), 0, frames);
                let rest = high[200..high.len() - 200].iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
                assert!(rest < 2e-4, "{from} {to}: {rest}");
            }
        }
    }

    #[test]
    fn parts_are_slices_of_the_whole() {
        for (from, to) in [(44_100, 24_000), (16_000, 24_000), (48_000, 24_000), (24_000, 24_000)] {
            let resampler = PartResampler::new(from, to).unwrap();
            let input = tone(from, 777.0, 3_000);
            let frames = resampler.resampled_frames(3_000);
            let whole = part(&resampler, &input, 0, frames);
            for (start, length) in [(0, 1), (0, 50), (3, 200), (700, 10), (frames - 20, 20), (frames - 1, 1)]
            {
                let expected = &whole[start as usize..(start + length) as usize];
                assert_eq!(part(&resampler, &input, start, length), expected, "{from} {to} {start}");
            }
        }
        assert!(PartResampler::new(0, 24_000).is_err() && PartResampler::new(24_000, 999_999).is_err());
    }
}
