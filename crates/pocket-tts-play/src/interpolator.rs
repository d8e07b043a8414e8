//! Another sample rate, for devices that have only their own. It must not know devices.

/// Input samples on each side of an output sample that count, at an equal or higher output rate.
const REACH: f64 = 16.0;

/// Converts a stream of mono samples to another sample rate with a windowed sinc.
#[derive(Debug)]
pub(crate) struct Interpolator {
    /// Input samples per output sample.
    step: f64,
    /// The cut-off, as a share of half the input's rate.
    cutoff: f64,
    /// Input samples on each side that count.
    reach: f64,
    /// The input from `first` on.
    input: Vec<f32>,
    /// Position of the first sample in `input`; negative ones are silence.
    first: i64,
    /// Number of output samples so far.
    produced: u64,
    received: u64,
}

impl Interpolator {
    pub(crate) fn new(from_hz: u32, to_hz: u32) -> Self {
        let cutoff = (f64::from(to_hz) / f64::from(from_hz)).min(1.0);
        let reach = REACH / cutoff;
        let silence = reach.ceil() as usize;
        Self {
            step: f64::from(from_hz) / f64::from(to_hz),
            cutoff,
            reach,
            input: vec![0.0; silence],
            first: -(silence as i64),
            produced: 0,
            received: 0,
        }
    }

    /// Appends samples and returns the output samples that are final.
    pub(crate) fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.received += samples.len() as u64;
        self.input.extend_from_slice(samples);
        self.available(self.received as f64 - self.reach)
    }

    /// Returns the last samples.
    pub(crate) fn finish(&mut self) -> Vec<f32> {
        self.input.resize(self.input.len() + self.reach.ceil() as usize + 1, 0.0);
        self.available(self.received as f64)
    }

    /// The output at positions before `end`.
    fn available(&mut self, end: f64) -> Vec<f32> {
        let mut output = Vec::new();
        while self.position() < end {
            output.push(self.value(self.position()));
            self.produced += 1;
        }
        let oldest = (self.position() - self.reach).floor() as i64 - 1;
        let surplus = ((oldest - self.first).max(0) as usize).min(self.input.len());
        self.input.drain(..surplus);
        self.first += surplus as i64;
        output
    }

    /// Of the next output sample, in input samples.
    fn position(&self) -> f64 {
        self.produced as f64 * self.step
    }

    fn value(&self, position: f64) -> f32 {
        let start = (position - self.reach).ceil() as i64;
        let skipped = (start - self.first).max(0) as usize;
        let end = (position + self.reach).floor() as i64;
        let count = (end - start + 1).max(0) as usize;
        let taps = self.input.iter().skip(skipped).take(count).enumerate();
        taps.map(|(index, sample)| f64::from(*sample) * self.weight((start + index as i64) as f64 - position))
            .sum::<f64>() as f32
    }

    /// The weight of an input sample at this distance: a sinc with a Hann window.
    fn weight(&self, distance: f64) -> f64 {
        use std::f64::consts::PI;
        let angle = PI * distance * self.cutoff;
        let sinc = if angle.abs() < 1e-9 { 1.0 } else { angle.sin() / angle };
        self.cutoff * sinc * (0.5 + 0.5 * (PI * distance / self.reach).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(frequency_hz: f64, rate_hz: u32, count: usize) -> Vec<f32> {
        let step = std::f64::consts::TAU * frequency_hz / f64::from(rate_hz);
        (0..count).map(|index| (step * index as f64).sin() as f32).collect()
    }

    #[test]
    fn a_tone_stays_the_same_tone_at_any_rate_and_in_any_chunks() {
        for (from_hz, to_hz) in [(24_000, 48_000), (24_000, 44_100), (24_000, 16_000), (24_000, 24_000)] {
            let input = sine(1_000.0, from_hz, 4_800);
            for chunk in [1, 7, 1_920, 4_800] {
                let mut interpolator = Interpolator::new(from_hz, to_hz);
                let mut output: Vec<f32> =
                    input.chunks(chunk).flat_map(|part| interpolator.push(part)).collect();
                output.extend(interpolator.finish());
                let expected =
                    sine(1_000.0, to_hz, (4_800 * u64::from(to_hz)).div_ceil(u64::from(from_hz)) as usize);
                assert_eq!(output.len(), expected.len(), "{to_hz} Hz");
                // The ends are cut off.
                for index in 100..output.len() - 100 {
                    let difference = (output[index] - expected[index]).abs();
                    assert!(difference < 2e-3, "{to_hz} Hz, sample {index} differs by {difference}");
                }
            }
        }
    }

    #[test]
    fn little_is_kept() {
        let mut interpolator = Interpolator::new(24_000, 44_100);
        for _ in 0..100 {
            interpolator.push(&[0.1; 1_920]);
            assert!(interpolator.input.len() < 100);
        }
    }
}
