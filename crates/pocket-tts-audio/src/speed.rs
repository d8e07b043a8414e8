//! Makes sound faster or slower without changing its pitch, while it is being made. Knows samples only.
//!
//! Source: W. Verhelst and M. Roelands, "An overlap-add technique based on waveform similarity (WSOLA) for
//! high quality time-scale modification of speech", ICASSP 1993.

use thiserror::Error;

/// The slowest speed: four times as long.
pub const MIN_SPEED: f64 = 0.25;

/// The fastest speed: a quarter as long.
pub const MAX_SPEED: f64 = 4.0;

/// How long two pieces overlap, in seconds: at least one period of the deepest voices.
const OVERLAP_S: f64 = 0.020;

/// How far a piece may lie from where it belongs, in seconds; both ways together that is a period of the
/// deepest voices as well, so that a place can be found where the waves fit.
const REACH_S: f64 = 0.010;

/// A speed that can't be had.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error(
    "a speed of {found} is not possible; {MIN_SPEED} (four times as long) to {MAX_SPEED} are, 1 is unchanged"
)]
pub struct SpeedError {
    /// The speed that was asked for.
    pub found: f64,
}

/// Sound on its way to another speed.
///
/// The output has `samples / speed` samples, rounded; at speed 1 it is the input, bit for bit. How the input is
/// cut into pieces doesn't matter. No more than 0.1 s of the input are held back, whatever its length.
///
/// The output is made of pieces of the input. Each is taken from about where it belongs (the output's time
/// times the speed), but shifted so that it goes on as the piece before would have gone on, and the two are
/// faded into each other.
#[derive(Clone, Debug)]
pub struct SpeedChanger {
    /// Absent at speed 1.
    stretch: Option<Stretch>,
}

#[derive(Clone, Debug)]
struct Stretch {
    speed: f64,
    /// Samples that two pieces have in common; pieces are twice as long, and their places are their middles.
    overlap: usize,
    /// Samples that a piece may be off.
    reach: usize,
    /// The input from `start` on.
    input: Vec<f32>,
    /// Position of the first sample in `input`; negative ones are the silence before the sound.
    start: i64,
    received: u64,
    produced: u64,
    /// Pieces so far.
    pieces: u64,
    /// Place of the last of them.
    place: i64,
}

impl SpeedChanger {
    /// Changes sound of `sample_rate_hz` to `speed` times its speed.
    ///
    /// # Errors
    /// [`SpeedError`] outside [`MIN_SPEED`] to [`MAX_SPEED`].
    pub fn new(speed: f64, sample_rate_hz: u32) -> Result<Self, SpeedError> {
        if !(MIN_SPEED..=MAX_SPEED).contains(&speed) {
            return Err(SpeedError { found: speed });
        }
        #[expect(clippy::float_cmp, reason = "exactly 1 is what is passed on unchanged")]
        let unchanged = speed == 1.0;
        Ok(Self { stretch: (!unchanged).then(|| Stretch::new(speed, sample_rate_hz)) })
    }

    /// Appends samples and returns those that are settled by now.
    ///
    /// # Shapes
    /// - `samples`: `[samples]`, mono, any number
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        match &mut self.stretch {
            None => samples.to_vec(),
            Some(stretch) => stretch.push(samples),
        }
    }

    /// Returns the samples that are still to come.
    pub fn finish(self) -> Vec<f32> {
        self.stretch.map(Stretch::finish).unwrap_or_default()
    }
}

impl Stretch {
    fn new(speed: f64, sample_rate_hz: u32) -> Self {
        let samples = |duration_s: f64| ((f64::from(sample_rate_hz) * duration_s) as usize).max(1);
        let (overlap, reach) = (samples(OVERLAP_S), samples(REACH_S));
        let silence = overlap + reach;
        Self {
            speed,
            overlap,
            reach,
            input: vec![0.0; silence],
            start: -(silence as i64),
            received: 0,
            produced: 0,
            pieces: 1,
            place: 0,
        }
    }

    fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.input.extend_from_slice(samples);
        self.received += samples.len() as u64;
        let mut output = Vec::new();
        while self.needed() <= self.received as i64 {
            self.add_piece(&mut output);
            self.forget();
        }
        output
    }

    fn finish(mut self) -> Vec<f32> {
        let mut output = Vec::new();
        let total = (self.received as f64 / self.speed).round() as u64;
        while self.produced < total {
            // Silence follows the sound.
            let length = (self.needed() - self.start).max(0) as usize;
            self.input.resize(length.max(self.input.len()), 0.0);
            self.add_piece(&mut output);
            self.forget();
        }
        let surplus = (self.produced - total) as usize;
        output.truncate(output.len().saturating_sub(surplus));
        output
    }

    /// Where the next piece belongs.
    fn target(&self) -> i64 {
        ((self.pieces * self.overlap as u64) as f64 * self.speed).round() as i64
    }

    /// Up to which position the input must be there before the next piece can be placed.
    fn needed(&self) -> i64 {
        (self.target() + self.reach as i64).max(self.place + self.overlap as i64)
    }

    /// Places the next piece and appends where it and the piece before overlap.
    fn add_piece(&mut self, output: &mut Vec<f32>) {
        let fading = self.slice(self.place);
        let place = self.target() + self.best_shift(fading);
        let rising = self.slice(place - self.overlap as i64);
        let step = std::f32::consts::PI / self.overlap as f32;
        output.extend(fading.iter().zip(rising).enumerate().map(|(index, (fading, rising))| {
            let weight = 0.5 - 0.5 * ((index as f32 + 0.5) * step).cos();
            fading + weight * (rising - fading)
        }));
        self.place = place;
        self.pieces += 1;
        self.produced += self.overlap as u64;
    }

    /// The shift, within reach, of the place where the input is most like `wanted`: the nearest if several
    /// are.
    fn best_shift(&self, wanted: &[f32]) -> i64 {
        let reach = self.reach as i64;
        let first = self.target() - reach - self.overlap as i64;
        let mut best = (0, f64::NEG_INFINITY);
        for distance in 0..=reach {
            for shift in [-distance, distance] {
                let score = similarity(wanted, self.slice(first + reach + shift));
                if score > best.1 {
                    best = (shift, score);
                }
            }
        }
        best.0
    }

    /// One overlap of the input from `position` on, which is there.
    fn slice(&self, position: i64) -> &[f32] {
        let first = (position - self.start) as usize;
        &self.input[first..first + self.overlap]
    }

    /// Drops what no piece will need again.
    fn forget(&mut self) {
        let oldest = self.place.min(self.target() - (self.reach + self.overlap) as i64);
        let count = ((oldest - self.start).max(0) as usize).min(self.input.len());
        self.input.drain(..count);
        self.start += count as i64;
    }
}

/// How alike two pieces of the same length are: 1 if one is the other at another volume, 0 if they have
/// nothing in common, or nothing at all.
fn similarity(one: &[f32], other: &[f32]) -> f64 {
    let (mut product, mut energy) = ([0.0_f32; LANES], [0.0_f32; LANES]);
    let (ones, one_rest) = one.as_chunks::<LANES>();
    let (others, other_rest) = other.as_chunks::<LANES>();
    for (one, other) in ones.iter().zip(others) {
        for lane in 0..LANES {
            product[lane] += one[lane] * other[lane];
            energy[lane] += other[lane] * other[lane];
        }
    }
    for (lane, (one, other)) in one_rest.iter().zip(other_rest).enumerate() {
        product[lane] += one * other;
        energy[lane] += other * other;
    }
    let sum = |lanes: [f32; LANES]| lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
    // Only the order of the results counts, so what is the same for all of them is left out.
    sum(product) / (sum(energy) + f64::MIN_POSITIVE).sqrt()
}

/// Sums kept apart, so that the compiler can use vector instructions.
const LANES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_of_a_long_sound_is_kept() {
        for speed in [MIN_SPEED, 0.7, 1.3, MAX_SPEED] {
            let mut stretch = Stretch::new(speed, 24_000);
            for _ in 0..500 {
                stretch.push(&[0.1; 1_920]);
                assert!(stretch.input.len() < 4_800, "{} samples at speed {speed}", stretch.input.len());
            }
        }
    }

    #[test]
    fn alike_is_what_differs_in_volume_only() {
        let one: Vec<f32> = (0..21).map(|index| (index as f32).sin()).collect();
        let scaled = |factor: f32| one.iter().map(|sample| sample * factor).collect::<Vec<_>>();
        let itself = similarity(&one, &one);
        assert!((similarity(&one, &scaled(0.1)) / itself - 1.0).abs() < 1e-5);
        assert!((similarity(&one, &scaled(-2.0)) / itself + 1.0).abs() < 1e-5);
        assert!(similarity(&one, &scaled(0.0)).abs() < f64::EPSILON);
    }
}
