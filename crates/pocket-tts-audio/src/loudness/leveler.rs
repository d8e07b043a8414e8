//! A gain whose peaks are limited, while the sound comes.

use std::collections::VecDeque;

use super::factor;
use super::true_peak::PeakFinder;

/// The limit of the true peak, in dBTP.
pub const PEAK_LIMIT_DBTP: f64 = -1.0;

/// How far below the limit peaks are kept, in dB, as the gain moves between two samples.
const MARGIN_DB: f64 = 0.05;

/// The largest amplified sample, so that its products are finite.
const LARGEST: f32 = 1e6;

/// How long before and after a peak the gain is lowered, in seconds: longer than a period of the deepest voices.
const REACH_S: f64 = 0.015;

/// Amplifies a stream of mono sound, and lowers the gain around peaks that would exceed [`PEAK_LIMIT_DBTP`].
///
/// The output has as many samples as the input, and does not depend on its chunks. Sound without such peaks is only
/// multiplied. About 15 ms of the input are buffered.
#[derive(Debug, Clone)]
pub struct Leveler {
    gain: f32,
    ceiling: f32,
    /// Amplified samples that have not been returned.
    waiting: VecDeque<f32>,
    peaks: PeakFinder,
    /// Samples taken.
    taken: u64,
    /// Samples before and after a peak whose gain is lowered.
    reach: usize,
    /// The smallest gains that may still be the smallest of a window, with the samples they are for.
    smallest: VecDeque<(u64, f32)>,
    /// The smallest gain of the `reach` samples after each of the last ones.
    minima: VecDeque<f32>,
    /// How many of the minima lower the gain.
    lowered: usize,
    /// Weights of the minima: a Hann window, whose sum is one.
    weights: Vec<f32>,
}

impl Leveler {
    /// Amplifies by `gain_db`, of any sign.
    pub fn new(gain_db: f64, sample_rate_hz: u32) -> Self {
        let reach = ((REACH_S * f64::from(sample_rate_hz)) as usize).max(1);
        let weight = |index: usize| {
            0.5 - 0.5 * (std::f64::consts::TAU * (index as f64 + 1.0) / (reach as f64 + 2.0)).cos()
        };
        let sum: f64 = (0..=reach).map(weight).sum();
        Self {
            gain: factor(gain_db) as f32,
            ceiling: factor(PEAK_LIMIT_DBTP - MARGIN_DB) as f32,
            waiting: VecDeque::new(),
            peaks: PeakFinder::new(),
            taken: 0,
            reach,
            smallest: VecDeque::new(),
            minima: VecDeque::new(),
            lowered: 0,
            weights: (0..=reach).map(|index| (weight(index) / sum) as f32).collect(),
        }
    }

    /// Appends samples and returns the output samples that are final. NaN becomes silence.
    ///
    /// # Shapes
    /// - `samples`: `[samples]`, mono, any number
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        samples
            .iter()
            .filter_map(|sample| {
                let amplified = (sample * self.gain).clamp(-LARGEST, LARGEST);
                self.take(if amplified.is_nan() { 0.0 } else { amplified })
            })
            .collect()
    }

    /// Returns the last samples.
    pub fn finish(mut self) -> Vec<f32> {
        let count = self.waiting.len();
        let mut rest = Vec::with_capacity(count);
        // Silence follows the sound.
        while rest.len() < count {
            rest.extend(self.take(0.0));
        }
        rest
    }

    /// Takes an amplified sample. Returns the one whose gain is then known.
    fn take(&mut self, sample: f32) -> Option<f32> {
        self.waiting.push_back(sample);
        let peak = self.peaks.next(sample);
        let index = self.taken.checked_sub(PeakFinder::DELAY as u64);
        self.taken += 1;
        let index = index?;
        self.add_minimum(index, if peak > self.ceiling { self.ceiling / peak } else { 1.0 });
        if index < self.reach as u64 {
            return None;
        }
        let gain = self.smoothed();
        self.waiting.pop_front().map(|sample| sample * gain)
    }

    /// Adds the gain that the sample `index` needs, and with it the minimum for the sample `reach` before.
    fn add_minimum(&mut self, index: u64, gain: f32) {
        while self.smallest.back().is_some_and(|(_, other)| *other >= gain) {
            self.smallest.pop_back();
        }
        self.smallest.push_back((index, gain));
        let oldest = index.saturating_sub(self.reach as u64);
        while self.smallest.front().is_some_and(|(place, _)| *place < oldest) {
            self.smallest.pop_front();
        }
        let minimum = self.smallest.front().map_or(1.0, |(_, gain)| *gain);
        self.lowered += usize::from(minimum < 1.0);
        self.minima.push_back(minimum);
        if self.minima.len() > self.weights.len() {
            let old = self.minima.pop_front();
            self.lowered -= usize::from(old.is_some_and(|gain| gain < 1.0));
        }
    }

    /// The weighted mean of the minima. Each of them is at most what the sample needs, so the mean is, too.
    fn smoothed(&self) -> f32 {
        if self.lowered == 0 {
            return 1.0;
        }
        self.weights.iter().zip(&self.minima).map(|(weight, gain)| weight * gain).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::LoudnessMeter;
    use super::*;

    /// Syllables of a deep voice with many overtones, and pauses.
    fn speech(rate_hz: u32, duration_s: f64) -> Vec<f32> {
        let sample = |index: usize| {
            let time = index as f64 / f64::from(rate_hz);
            let loudness = (3.0 * time).sin().max(0.0) * (0.3 + 0.7 * (0.7 * time).sin().abs());
            let wave: f64 =
                (1..20).map(|n| (std::f64::consts::TAU * 110.0 * f64::from(n) * time).cos()).sum();
            (0.04 * loudness * wave) as f32
        };
        (0..(duration_s * f64::from(rate_hz)) as usize).map(sample).collect()
    }

    fn level(samples: &[f32], gain_db: f64, chunk: usize) -> Vec<f32> {
        let mut leveler = Leveler::new(gain_db, 24_000);
        let mut output: Vec<f32> = samples.chunks(chunk).flat_map(|part| leveler.push(part)).collect();
        output.extend(leveler.finish());
        output
    }

    #[test]
    fn sound_below_the_limit_is_multiplied() {
        let sound = speech(24_000, 3.0);
        let gain_db = 20.0 * (0.85 / sound.iter().copied().fold(0.0, f32::max)).log10();
        let output = level(&sound, f64::from(gain_db), 100);
        let gain = factor(f64::from(gain_db)) as f32;
        assert_eq!(output, sound.iter().map(|sample| sample * gain).collect::<Vec<_>>());
        assert_eq!(level(&sound, 0.0, 7), sound);
    }

    #[test]
    fn peaks_stay_below_the_limit_and_chunks_change_nothing() {
        let sound = speech(24_000, 3.0);
        for gain_db in [3.0, 10.0, 30.0, 60.0] {
            let output = level(&sound, gain_db, 1_920);
            assert_eq!(output.len(), sound.len());
            let mut meter = LoudnessMeter::new(24_000).unwrap();
            meter.push(&output);
            let peak = meter.true_peak_dbtp();
            assert!(peak <= PEAK_LIMIT_DBTP + 0.02, "{peak} dBTP with a gain of {gain_db} dB");
            for chunk in [1, 13, 100_000] {
                assert!(level(&sound, gain_db, chunk) == output, "chunks of {chunk}");
            }
        }
    }

    #[test]
    fn a_peak_lowers_the_gain_around_it_only_and_smoothly() {
        let mut sound = vec![0.1; 24_000];
        sound[12_000] = 3.0;
        let output = level(&sound, 0.0, 500);
        let reach = (REACH_S * 24_000.0) as usize + PeakFinder::DELAY;
        for (index, sample) in output.iter().enumerate() {
            let is_near = index.abs_diff(12_000) <= reach;
            assert!(is_near || (sample - 0.1).abs() < 1e-9, "sample {index} is {sample}");
            assert!(index == 12_000 || (0.02..=0.1).contains(sample), "sample {index} is {sample}");
        }
        let steps = output.windows(2).filter(|pair| pair[0] <= 0.1 && pair[1] <= 0.1);
        assert!(steps.map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max) < 0.001);
    }

    #[test]
    fn what_is_not_a_number_is_silence() {
        let output = level(&[f32::NAN, 0.5, f32::INFINITY, 0.5], 0.0, 4);
        assert!(output.iter().all(|sample| sample.abs() < 1.0), "{output:?}");
        assert!(output[0].abs() < 1e-9 && output[2] > 0.8, "{output:?}");
        assert_eq!(level(&[], 3.0, 1), [0.0; 0]);
    }
}
