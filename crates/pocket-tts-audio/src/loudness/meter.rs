//! Measures loudness while the sound comes.

use std::borrow::Cow;
use std::fmt;

use ebur128::{EbuR128, Mode};

use crate::audio::check_sample_rate;
use crate::error::AudioError;

/// Measures the integrated loudness and the true peak of mono sound.
///
/// It keeps eight bytes for each 0.1 s.
pub struct LoudnessMeter(EbuR128);

impl LoudnessMeter {
    /// A meter for sound of this rate.
    ///
    /// # Errors
    /// [`AudioError::SampleRate`].
    pub fn new(sample_rate_hz: u32) -> Result<Self, AudioError> {
        check_sample_rate(sample_rate_hz)?;
        let meter = EbuR128::new(1, sample_rate_hz, Mode::I | Mode::TRUE_PEAK);
        meter.map(Self).map_err(|_| AudioError::SampleRate { found_hz: sample_rate_hz })
    }

    /// Measures `samples`, `[samples]` mono, any number. NaN counts as silence, and samples are limited to -1000 to 1000.
    pub fn push(&mut self, samples: &[f32]) {
        const LARGEST: f32 = 1_000.0;
        let is_plain = samples.iter().all(|sample| sample.abs() <= LARGEST);
        let finite = |sample: &f32| if sample.is_nan() { 0.0 } else { sample.clamp(-LARGEST, LARGEST) };
        let samples =
            if is_plain { Cow::Borrowed(samples) } else { Cow::Owned(samples.iter().map(finite).collect()) };
        // It fails only for a number of samples that isn't a multiple of the channels.
        let _ = self.0.add_frames_f32(&samples);
    }

    /// The integrated loudness of the sound so far, in LUFS. `None` if it is shorter than 0.4 s, or all below -70 LUFS.
    pub fn loudness_lufs(&self) -> Option<f64> {
        self.0.loudness_global().ok().filter(|loudness| loudness.is_finite())
    }

    /// The true peak of the sound so far, in dBTP; minus infinity for silence.
    pub fn true_peak_dbtp(&self) -> f64 {
        20.0 * self.0.true_peak(0).unwrap_or_default().log10()
    }
}

impl fmt::Debug for LoudnessMeter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LoudnessMeter")
            .field("loudness_lufs", &self.loudness_lufs())
            .field("true_peak_dbtp", &self.true_peak_dbtp())
            .finish()
    }
}
