//! The peaks between samples.

/// Input samples that count for a point between two of them.
pub(super) const TAPS: usize = 12;
/// Points between two samples, as in ITU-R BS.1770: four times the sample rate.
const POINTS: usize = 3;

/// Finds the largest absolute value at and after each sample of a stream, up to the next sample.
#[derive(Debug, Clone)]
pub(super) struct PeakFinder {
    /// The last samples; the current one is in the middle.
    recent: [f32; TAPS],
    kernels: [[f32; TAPS]; POINTS],
}

impl PeakFinder {
    /// Samples after the one whose peak a call returns.
    pub(super) const DELAY: usize = TAPS / 2;

    pub(super) fn new() -> Self {
        Self { recent: [0.0; TAPS], kernels: std::array::from_fn(|point| kernel(point + 1)) }
    }

    /// Takes the next sample. Returns the peak at the sample [`DELAY`](Self::DELAY) before.
    pub(super) fn next(&mut self, sample: f32) -> f32 {
        self.recent.copy_within(1.., 0);
        self.recent[TAPS - 1] = sample;
        let at_sample = self.recent[TAPS - 1 - Self::DELAY].abs();
        self.kernels.iter().fold(at_sample, |peak, kernel| {
            let between: f32 = kernel.iter().zip(&self.recent).map(|(weight, sample)| weight * sample).sum();
            peak.max(between.abs())
        })
    }
}

/// The weights of a point after the middle sample: a sinc with a Hann window, whose sum is one.
fn kernel(point: usize) -> [f32; TAPS] {
    use std::f64::consts::PI;
    let fraction = point as f64 / (POINTS + 1) as f64;
    let middle = (TAPS - 1 - PeakFinder::DELAY) as f64;
    let weights: [f64; TAPS] = std::array::from_fn(|tap| {
        let distance = tap as f64 - middle - fraction;
        (PI * distance).sin() / (PI * distance) * (0.5 + 0.5 * (2.0 * PI * distance / TAPS as f64).cos())
    });
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| (weight / sum) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_between_samples_are_found() {
        // A quarter of the sample rate, whose samples miss the crests.
        let sine =
            |index: usize| (std::f32::consts::FRAC_PI_2 * index as f32 + std::f32::consts::FRAC_PI_4).sin();
        let mut finder = PeakFinder::new();
        let peaks: Vec<f32> = (0..100).map(|index| finder.next(sine(index))).collect();
        assert!(sine(50).abs() < 0.708);
        // Each second pair of samples has a crest between them.
        for pair in peaks[20..].windows(2) {
            let peak = pair[0].max(pair[1]);
            assert!((peak - 1.0).abs() < 0.02, "{peak}");
        }
    }

    #[test]
    fn the_peak_belongs_to_the_sample_of_the_delay() {
        let mut finder = PeakFinder::new();
        finder.next(1.0);
        let peaks: Vec<f32> = (0..TAPS).map(|_| finder.next(0.0)).collect();
        let largest = peaks.iter().copied().fold(0.0, f32::max);
        assert!((peaks[PeakFinder::DELAY - 1] - largest).abs() < 1e-6, "{peaks:?}");
    }
}
