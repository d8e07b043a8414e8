//! How loud the frames of a sound are: a histogram, from which noise and silence are estimated.

/// The duration of a frame.
const FRAMES_PER_SECOND: u32 = 50;
/// The lowest level that is told apart, in dBFS.
const LOWEST_DB: f64 = -120.0;
/// Steps per decibel.
const STEPS: f64 = 4.0;
/// Up to +30 dBFS, as sound in floating point may exceed full scale.
const BINS: usize = 600;
const LOUD: f64 = 0.95;
const QUIET: f64 = 0.10;
/// Frames this far below the loud ones are silence.
const SILENCE_DB: f64 = 40.0;

/// The levels of the frames so far.
#[derive(Debug)]
pub(super) struct Levels {
    bins: Vec<u64>,
    frame: usize,
    energy: f64,
    filled: usize,
}

impl Levels {
    pub(super) fn new(sample_rate_hz: u32) -> Self {
        let frame = (sample_rate_hz / FRAMES_PER_SECOND).max(1) as usize;
        Self { bins: vec![0; BINS], frame, energy: 0.0, filled: 0 }
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        for sample in samples {
            self.energy += f64::from(*sample).powi(2);
            self.filled += 1;
            if self.filled == self.frame {
                self.end_frame();
            }
        }
    }

    /// The signal-to-noise ratio in dB, `None` for silence, and the share of silent frames.
    pub(super) fn finish(mut self) -> (Option<f64>, f64) {
        // A sound shorter than a frame is one.
        if self.bins.iter().all(|count| *count == 0) && self.filled > 0 {
            self.end_frame();
        }
        let all: u64 = self.bins.iter().sum();
        let (Some(loud), Some(quiet)) = (self.percentile(LOUD, all), self.percentile(QUIET, all)) else {
            return (None, 1.0);
        };
        if loud == 0 {
            return (None, 1.0);
        }
        let limit = loud.saturating_sub((SILENCE_DB * STEPS) as usize);
        let silent: u64 = self.bins[..=limit].iter().sum();
        (Some((loud - quiet) as f64 / STEPS), silent as f64 / all as f64)
    }

    fn end_frame(&mut self) {
        let power = self.energy / self.filled as f64;
        let level = if power > 0.0 { 10.0 * power.log10() } else { LOWEST_DB };
        let bin = ((level - LOWEST_DB) * STEPS).clamp(0.0, (BINS - 1) as f64) as usize;
        self.bins[bin] += 1;
        (self.energy, self.filled) = (0.0, 0);
    }

    /// The first bin up to which this share of the frames is; `None` without frames.
    fn percentile(&self, share: f64, all: u64) -> Option<usize> {
        let wanted = share * all as f64;
        let mut seen = 0;
        self.bins.iter().position(|count| {
            seen += count;
            seen > 0 && seen as f64 >= wanted
        })
    }
}
