//! Resamples parts of a sound so that they are slices of the resampled whole. Knows rates and samples only.
//!
//! Source: a windowed sinc in polyphase form, as in `resample`, with a longer filter.
//!
//! Output samples `up` apart have the same coefficients, and their input lies `down` apart. So the output is a matrix
//! product: coefficients `[up, inputs]` with inputs `[inputs, up apart]`. It is computed in tiles of `ROWS` neighbouring
//! outputs by `LANES` that are `up` apart, which stay in registers while the inputs pass. Each output is the sum of its
//! products from the oldest input to the newest, in any tile, so that it doesn't depend on the part.

use crate::audio::check_sample_rate;
use crate::channel::Channel;
use crate::error::AudioError;
use crate::resample::{greatest_common_divisor, low_pass};

/// Zero crossings of the filter on each side, and the shape of its Kaiser window: frequencies beyond 1.17 times the lower
/// Nyquist frequency are attenuated by at least 80 dB.
const ZERO_CROSSINGS_PER_SIDE: usize = 16;
const KAISER_BETA: f64 = 8.0;
/// Neighbouring outputs of a tile.
const ROWS: usize = 4;
/// Outputs of a tile that are `up` apart.
const LANES: usize = 8;
/// With fewer outputs of different coefficients these are repeated, so that several outputs use the inputs of a tile.
const FEWEST_OUTPUTS: usize = 64;

/// Converts parts of a sound to another sample rate, without delay.
///
/// The resampled sound has `ceil(frames * to / from)` samples. Any part of it is computed from a part of the original, and
/// is the same whichever parts are computed: the sound counts as zero beyond its ends.
#[derive(Debug)]
pub struct PartResampler {
    up: u64,
    down: u64,
    /// Coefficients of each output.
    taps: usize,
    half_length: u64,
    /// Outputs of one period, a multiple of `up`, and the inputs from its start to the start of the next.
    period: usize,
    period_inputs: u64,
    /// The input that the first row of the inputs of period 0 is, in front of the sound where it is negative.
    first_input: i64,
    /// For each [`ROWS`] outputs of a period.
    groups: Vec<Group>,
    coefficients: Vec<[f32; ROWS]>,
    /// Inputs of [`LANES`] periods.
    tile: Vec<[f32; LANES]>,
}

/// What [`ROWS`] outputs depend on.
#[derive(Clone, Copy, Debug)]
struct Group {
    /// The oldest input, as a row of the tile.
    first_row: usize,
    rows: usize,
    /// Their first coefficients.
    coefficients: usize,
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
        let taps = filter.len().div_ceil(up);
        let repeats = FEWEST_OUTPUTS.div_ceil(up);
        let mut resampler = Self {
            up: up as u64,
            down: down as u64,
            taps,
            half_length: half_length as u64,
            period: up * repeats,
            period_inputs: (down * repeats) as u64,
            first_input: (half_length / up + 1) as i64 - taps as i64,
            groups: Vec::new(),
            coefficients: Vec::new(),
            tile: Vec::new(),
        };
        resampler.tabulate(&filter);
        Ok(resampler)
    }

    /// Sorts the coefficients into groups of outputs.
    fn tabulate(&mut self, filter: &[f64]) {
        let up = self.up as usize;
        let (mut groups, mut coefficients, mut rows_of_tile) = (Vec::new(), Vec::new(), 0);
        for first in (0..self.period).step_by(ROWS) {
            let outputs = first..(first + ROWS).min(self.period);
            // The newest input of an output, as a row of the tile.
            let newest = |output: usize| (self.newest(output as u64) as i64 - self.first_input) as usize;
            let first_row = newest(first) + 1 - self.taps;
            let end = newest(outputs.end - 1) + 1;
            groups.push(Group { first_row, rows: end - first_row, coefficients: coefficients.len() });
            for row in first_row..end {
                let coefficient = |output: usize| {
                    let age = newest(output).checked_sub(row)?;
                    let phase = (self.half_length as usize + output * self.down as usize) % up;
                    Some(*filter.get(phase + age * up)? as f32 * up as f32)
                };
                let of_group =
                    |number| if first + number < outputs.end { coefficient(first + number) } else { None };
                coefficients.push(std::array::from_fn(|number| of_group(number).unwrap_or(0.0)));
            }
            rows_of_tile = end;
        }
        (self.groups, self.coefficients) = (groups, coefficients);
        self.tile = vec![[0.0; LANES]; rows_of_tile];
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
    pub fn apply(&mut self, input: Channel<'_>, start: u64, frames: u64, output: &mut Vec<f32>) {
        let part = start..start.saturating_add(frames);
        let input_start = self.needed(start, frames).start;
        let begin = output.len();
        output.resize(begin + usize::try_from(frames).unwrap_or(usize::MAX), 0.0);
        let output = &mut output[begin..];
        let period = self.period as u64;
        let mut first = start / period;
        while first * period < part.end {
            self.fill_tile(input, input_start, first);
            for (number, group) in self.groups.iter().enumerate() {
                let place = first * period + (number * ROWS) as u64;
                let is_in_first = place + ROWS as u64 > start && place < part.end;
                if is_in_first || place + period < part.end {
                    let outputs = (self.period - number * ROWS).min(ROWS);
                    let sums = self.sums(*group);
                    for (lane, place) in (place..).step_by(self.period).take(LANES).enumerate() {
                        write(&sums, lane, outputs, (place.cast_signed()) - start.cast_signed(), output);
                    }
                }
            }
            first += LANES as u64;
        }
    }

    /// Collects the inputs of [`LANES`] periods from period `first` on.
    fn fill_tile(&mut self, input: Channel<'_>, input_start: u64, first: u64) {
        for lane in 0..LANES {
            let place = ((first + lane as u64) * self.period_inputs).cast_signed() + self.first_input
                - input_start.cast_signed();
            let missing = usize::try_from(-place.min(0)).unwrap_or(usize::MAX).min(self.tile.len());
            let (front, rest) = self.tile.split_at_mut(missing);
            for row in front {
                row[lane] = 0.0;
            }
            let from = usize::try_from(place.max(0)).unwrap_or(usize::MAX);
            let present = input.len().saturating_sub(from).min(rest.len());
            let (rest, behind) = rest.split_at_mut(present);
            input.each(from, rest, |row, sample| row[lane] = sample);
            for row in behind {
                row[lane] = 0.0;
            }
        }
    }

    /// The outputs of a group, of all lanes.
    fn sums(&self, group: Group) -> [[f32; LANES]; ROWS] {
        let inputs = &self.tile[group.first_row..group.first_row + group.rows];
        let coefficients = &self.coefficients[group.coefficients..group.coefficients + group.rows];
        let mut sums = [[0.0; LANES]; ROWS];
        for (input, coefficients) in inputs.iter().zip(coefficients) {
            for (sums, coefficient) in sums.iter_mut().zip(coefficients) {
                for (sum, input) in sums.iter_mut().zip(input) {
                    *sum += coefficient * input;
                }
            }
        }
        sums
    }

    /// The newest input sample that an output sample depends on.
    fn newest(&self, index: u64) -> u64 {
        (self.half_length + index * self.down) / self.up
    }
}

/// Writes the outputs of a lane from `place` on, as far as they are in `output`.
fn write(sums: &[[f32; LANES]; ROWS], lane: usize, outputs: usize, place: i64, output: &mut [f32]) {
    let inside = usize::try_from(place).ok().and_then(|place| output.get_mut(place..place + outputs));
    if let Some(inside) = inside {
        for (sample, sums) in inside.iter_mut().zip(sums) {
            *sample = sums[lane];
        }
        return;
    }
    for (number, sums) in sums.iter().take(outputs).enumerate() {
        let place = usize::try_from(place + number as i64).ok();
        if let Some(sample) = place.and_then(|place| output.get_mut(place)) {
            *sample = sums[lane];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: u32, frequency_hz: f64, frames: usize) -> Vec<f32> {
        let step = std::f64::consts::TAU * frequency_hz / f64::from(rate_hz);
        (0..frames).map(|index| (step * index as f64).sin() as f32).collect()
    }

    fn part(resampler: &mut PartResampler, input: &[f32], start: u64, frames: u64) -> Vec<f32> {
        let needed = resampler.needed(start, frames);
        let range = |at: u64| (at as usize).min(input.len());
        let mut output = Vec::new();
        let input = Channel::only(&input[range(needed.start)..range(needed.end)]);
        resampler.apply(input, start, frames, &mut output);
        output
    }

    #[test]
    fn a_tone_is_kept_without_delay_and_what_is_too_high_is_removed() {
        for (from, to) in
            [(44_100, 24_000), (16_000, 24_000), (48_000, 24_000), (22_050, 24_000), (24_000, 24_000)]
        {
            let mut resampler = PartResampler::new(from, to).unwrap();
            let input = tone(from, 1_000.0, 8_000);
            let frames = resampler.resampled_frames(8_000);
            let output = part(&mut resampler, &input, 0, frames);
            let expected = tone(to, 1_000.0, frames as usize);
            let middle = 200..output.len() - 200;
            let far = output[middle.clone()].iter().zip(&expected[middle]).map(|(a, b)| (a - b).abs());
            assert!(far.fold(0.0, f32::max) < 1e-3, "{from} {to}");
            if to < from {
                let high = part(&mut resampler, &tone(from, f64::from(to) * 0.59, 8_000), 0, frames);
                let rest = high[200..high.len() - 200].iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
                assert!(rest < 2e-4, "{from} {to}: {rest}");
            }
        }
    }

    #[test]
    fn parts_are_slices_of_the_whole() {
        for (from, to) in [(44_100, 24_000), (16_000, 24_000), (48_000, 24_000), (24_000, 24_000)] {
            let mut resampler = PartResampler::new(from, to).unwrap();
            let input = tone(from, 777.0, 3_000);
            let frames = resampler.resampled_frames(3_000);
            let whole = part(&mut resampler, &input, 0, frames);
            for (start, length) in [(0, 1), (0, 50), (3, 200), (700, 10), (frames - 20, 20), (frames - 1, 1)]
            {
                let expected = &whole[start as usize..(start + length) as usize];
                assert_eq!(part(&mut resampler, &input, start, length), expected, "{from} {to} {start}");
            }
        }
        assert!(PartResampler::new(0, 24_000).is_err() && PartResampler::new(24_000, 999_999).is_err());
    }
}
