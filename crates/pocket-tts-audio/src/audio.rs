//! A mono sound in memory and the sample rates this crate accepts. Knows no file format.

use crate::error::AudioError;
use crate::limits::{MAX_SAMPLE, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};

/// A mono sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// `[samples]`, full scale is -1 to 1.
    pub samples: Vec<f32>,
    /// Samples per second.
    pub sample_rate_hz: u32,
}

impl Audio {
    /// Duration in seconds; 0 when the sample rate is 0.
    pub fn duration_s(&self) -> f64 {
        if self.sample_rate_hz == 0 {
            return 0.0;
        }
        self.samples.len() as f64 / f64::from(self.sample_rate_hz)
    }
}

/// Refuses a rate outside [`MIN_SAMPLE_RATE_HZ`] to [`MAX_SAMPLE_RATE_HZ`].
pub(crate) fn check_sample_rate(sample_rate_hz: u32) -> Result<(), AudioError> {
    if (MIN_SAMPLE_RATE_HZ..=MAX_SAMPLE_RATE_HZ).contains(&sample_rate_hz) {
        Ok(())
    } else {
        Err(AudioError::SampleRate { found_hz: sample_rate_hz })
    }
}

/// Checks that each number is finite and no larger than a sample can be.
///
/// # Errors
/// [`AudioError::NotFinite`] and [`AudioError::OutOfRange`].
pub fn check_samples(samples: &[f32]) -> Result<(), AudioError> {
    // `contains` is false for NaN.
    let is_sample = |sample: f32| (-MAX_SAMPLE..=MAX_SAMPLE).contains(&sample);
    // All together first, as this compiles to vector instructions.
    if samples.iter().fold(true, |all, sample| all & is_sample(*sample)) {
        return Ok(());
    }
    match samples.iter().position(|sample| !is_sample(*sample)) {
        None => Ok(()),
        Some(index) if samples[index].is_finite() => {
            Err(AudioError::OutOfRange { index, found: samples[index] })
        }
        Some(index) => Err(AudioError::NotFinite { index }),
    }
}
