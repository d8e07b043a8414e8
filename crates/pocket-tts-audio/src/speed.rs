//! Makes sound faster or slower without changing its pitch, while it is being generated. Knows samples only.
//!
//! Source: W. Verhelst and M. Roelands, "An overlap-add technique based on waveform similarity (WSOLA) for
//! high quality time-scale modification of speech", ICASSP 1993.

use thiserror::Error;

/// The slowest speed: four times as long.
pub const MIN_SPEED: f64 = 0.25;

/// The fastest speed: a quarter as long.
pub const MAX_SPEED: f64 = 4.0;

/// Overlap of two segments, in seconds: at least one period of the deepest voices.
const OVERLAP_S: f64 = 0.020;

/// The largest shift of a segment, in seconds. Both directions together also span a period of the deepest voices, so
/// that a shift exists at which the waveforms match.
const REACH_S: f64 = 0.010;

/// An unsupported speed.
#[derive(Clone, Copy, Debug, Error, PartialEq)]
#[error(
    "a speed of {found} is not possible; {MIN_SPEED} (four times as long) to {MAX_SPEED} are, 1 is unchanged"
)]
pub struct SpeedError {
    /// The requested speed.
    pub found: f64,
}

/// Changes the speed of a stream of sound.
///
/// The output has `samples / speed` samples, rounded; at speed 1 it is the input, bit for bit. It does
/// not depend on the chunks of the input. At most 0.1 s of the input is buffered, whatever its length.
///
/// The output consists of segments of the input. Each starts near its target (the output's time times the speed), shifted
/// to where it best matches the continuation of the previous segment, and the two are cross-faded.
#[derive(Clone, Debug)]
pub struct SpeedChanger {
    /// Absent at speed 1.
    stretch: Option<Stretch>,
}

#[derive(Clone, Debug)]
struct Stretch {
    speed: f64,
    /// Samples that two segments share; a segment is twice as long, and its position is its middle.
    overlap: usize,
    /// The largest shift of a segment, in samples.
    reach: usize,
    /// The input from `start` on.
    input: Vec<f32>,
    /// Position of the first sample in `input`; negative ones are the silence before the sound.
    start: i64,
    received: u64,
    produced: u64,
    /// Number of segments so far.
    segments: u64,
    /// Position of the last segment.
    last: i64,
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

    /// Appends samples and returns the output samples that are final.
    ///
    /// # Shapes
    /// - `samples`: `[samples]`, mono, any number
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        match &mut self.stretch {
            None => samples.to_vec(),
            Some(stretch) => stretch.push(samples),
        }
    }

    /// Returns the last samples.
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
            segments: 1,
            last: 0,
        }
    }

    fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.input.extend_from_slice(samples);
        self.received += samples.len() as u64;
        let mut output = Vec::new();
        while self.needed() <= self.received as i64 {
            self.add_segment(&mut output);
            self.discard();
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
            self.add_segment(&mut output);
            self.discard();
        }
        let surplus = (self.produced - total) as usize;
        output.truncate(output.len().saturating_sub(surplus));
        output
    }

    /// The unshifted position of the next segment.
    fn target(&self) -> i64 {
        ((self.segments * self.overlap as u64) as f64 * self.speed).round() as i64
    }

    /// The end of the input that the next segment needs.
    fn needed(&self) -> i64 {
        (self.target() + self.reach as i64).max(self.last + self.overlap as i64)
    }

    /// Positions the next segment and appends its overlap with the previous one.
    fn add_segment(&mut self, output: &mut Vec<f32>) {
        let fading = self.slice(self.last);
        let position = self.target() + self.best_shift(fading);
        let rising = self.slice(position - self.overlap as i64);
        let step = std::f32::consts::PI / self.overlap as f32;
        output.extend(fading.iter().zip(rising).enumerate().map(|(index, (fading, rising))| {
            let weight = 0.5 - 0.5 * ((index as f32 + 0.5) * step).cos();
            fading + weight * (rising - fading)
        }));
        self.last = position;
        self.segments += 1;
        self.produced += self.overlap as u64;
    }

    /// The shift, within reach, at which the input is most similar to `wanted`; the smallest one of several.
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

    /// One overlap of the input from `position` on, which must be available.
    fn slice(&self, position: i64) -> &[f32] {
        let first = (position - self.start) as usize;
        &self.input[first..first + self.overlap]
    }

    /// Discards input that no later segment needs.
    fn discard(&mut self) {
        let oldest = self.last.min(self.target() - (self.reach + self.overlap) as i64);
        let count = ((oldest - self.start).max(0) as usize).min(self.input.len());
        self.input.drain(..count);
        self.start += count as i64;
    }
}

/// The correlation of two signals of the same length, up to a factor that depends on `one` only; 0 for silence.
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
    // Only the order of the results counts, so the energy of `one` is left out.
    sum(product) / (sum(energy) + f64::MIN_POSITIVE).sqrt()
}

/// Independent partial sums, so that the compiler can use vector instructions.
const LANES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_of_a_long_sound_is_buffered() {
        for speed in [MIN_SPEED, 0.7, 1.3, MAX_SPEED] {
            let mut stretch = Stretch::new(speed, 24_000);
            for _ in 0..500 {
                stretch.push(&[0.1; 1_920]);
                assert!(stretch.input.len() < 4_800, "{} samples at speed {speed}", stretch.input.len());
            }
        }
    }

    #[test]
    fn similarity_does_not_depend_on_volume() {
        let one: Vec<f32> = (0..21).map(|index| (index as f32).sin()).collect();
        let scaled = |factor: f32| one.iter().map(|sample| sample * factor).collect::<Vec<_>>();
        let itself = similarity(&one, &one);
        assert!((similarity(&one, &scaled(0.1)) / itself - 1.0).abs() < 1e-5);
        assert!((similarity(&one, &scaled(-2.0)) / itself + 1.0).abs() < 1e-5);
        assert!(similarity(&one, &scaled(0.0)).abs() < f64::EPSILON);
    }
}
