//! Measures recordings: duration, level, clipping, noise, silence, bandwidth.

mod filter;
mod levels;
mod report;
mod spectrum;

pub use filter::Filter;
pub use report::{MetricSummary, Report};

use pocket_tts_audio::{AudioError, LoudnessMeter};
use serde::{Deserialize, Serialize};

use levels::Levels;
use spectrum::Spectrum;

/// Samples at full scale count as clipped if at least this many follow one another.
const LEAST_CLIPPED: usize = 3;
/// Full scale, less what 16 bits round.
const FULL_SCALE: f32 = 0.999_9;

/// What is measured of a recording, mixed down to one channel. What can't be measured is `None`.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Metrics {
    /// Seconds.
    pub duration: f64,
    /// Samples per second.
    pub sample_rate: u32,
    /// The largest sample, in dBFS. `None` for silence.
    pub peak: Option<f64>,
    /// The root mean square, in dBFS. `None` for silence.
    pub rms: Option<f64>,
    /// The integrated loudness after EBU R128, in LUFS. `None` if it is shorter than 0.4 s or below -70 LUFS.
    pub loudness: Option<f64>,
    /// The share of clipped samples, from 0 to 1: three or more in a row at full scale.
    pub clipped: f64,
    /// The signal-to-noise ratio, in dB, as the distance of the loud frames (the 95th percentile of 20 ms) from the quiet
    /// ones (the 10th). `None` for silence.
    pub snr: Option<f64>,
    /// The share of frames that are 40 dB or more below the loud ones, from 0 to 1.
    pub silence: f64,
    /// The highest frequency with a power of at least -70 dB of the strongest, in Hz. `None` for silence.
    pub bandwidth: Option<f64>,
}

/// The names of the metrics, as filters and reports use them.
pub const METRICS: [&str; 9] =
    ["duration", "sample_rate", "peak", "rms", "loudness", "clipped", "snr", "silence", "bandwidth"];

impl Metrics {
    /// Measures a whole sound, `[samples]`, mono.
    ///
    /// # Errors
    /// [`AudioError::SampleRate`].
    pub fn of(samples: &[f32], sample_rate_hz: u32) -> Result<Self, AudioError> {
        let mut meter = Meter::new(sample_rate_hz)?;
        meter.push(samples);
        Ok(meter.finish())
    }

    /// The metric of a name; `None` if it could not be measured, or there is no such name.
    pub fn value(&self, name: &str) -> Option<f64> {
        match name {
            "duration" => Some(self.duration),
            "sample_rate" => Some(f64::from(self.sample_rate)),
            "peak" => self.peak,
            "rms" => self.rms,
            "loudness" => self.loudness,
            "clipped" => Some(self.clipped),
            "snr" => self.snr,
            "silence" => Some(self.silence),
            "bandwidth" => self.bandwidth,
            _ => None,
        }
    }
}

/// Measures a sound while it comes, in memory that does not depend on its length but for 80 bytes a second.
#[derive(Debug)]
pub struct Meter {
    sample_rate_hz: u32,
    samples: u64,
    peak: f32,
    energy: f64,
    clipped: u64,
    /// Samples at full scale in a row, so far.
    at_full_scale: usize,
    loudness: LoudnessMeter,
    levels: Levels,
    spectrum: Spectrum,
}

impl Meter {
    /// A meter for sound of this rate.
    ///
    /// # Errors
    /// [`AudioError::SampleRate`].
    pub fn new(sample_rate_hz: u32) -> Result<Self, AudioError> {
        Ok(Self {
            sample_rate_hz,
            samples: 0,
            peak: 0.0,
            energy: 0.0,
            clipped: 0,
            at_full_scale: 0,
            loudness: LoudnessMeter::new(sample_rate_hz)?,
            levels: Levels::new(sample_rate_hz),
            spectrum: Spectrum::new(),
        })
    }

    /// Measures `samples`, `[samples]` mono, any number. The results do not depend on how the sound is cut.
    pub fn push(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        for sample in samples {
            self.peak = self.peak.max(sample.abs());
            self.energy += f64::from(*sample).powi(2);
            if sample.abs() >= FULL_SCALE {
                self.at_full_scale += 1;
                self.clipped += match self.at_full_scale {
                    ..LEAST_CLIPPED => 0,
                    LEAST_CLIPPED => LEAST_CLIPPED as u64,
                    _ => 1,
                };
            } else {
                self.at_full_scale = 0;
            }
        }
        self.loudness.push(samples);
        self.levels.push(samples);
        self.spectrum.push(samples);
    }

    /// The metrics of the sound.
    pub fn finish(self) -> Metrics {
        let all = self.samples.max(1) as f64;
        let decibels = |ratio: f64| (ratio > 0.0).then(|| 10.0 * ratio.log10());
        let (snr, silence) = self.levels.finish();
        Metrics {
            duration: self.samples as f64 / f64::from(self.sample_rate_hz),
            sample_rate: self.sample_rate_hz,
            peak: decibels(f64::from(self.peak).powi(2)),
            rms: decibels(self.energy / all),
            loudness: self.loudness.loudness_lufs(),
            clipped: self.clipped as f64 / all,
            snr,
            silence,
            bandwidth: self.spectrum.bandwidth_hz(self.sample_rate_hz),
        }
    }
}

#[cfg(test)]
mod tests {
    use pocket_tts_test_support::noise;

    use super::*;

    fn tone(rate_hz: u32, frequency_hz: f64, seconds: f64) -> Vec<f32> {
        let step = std::f64::consts::TAU * frequency_hz / f64::from(rate_hz);
        (0..(seconds * f64::from(rate_hz)) as usize).map(|i| (step * i as f64).sin() as f32 * 0.5).collect()
    }

    #[test]
    fn a_tone_in_noise_is_measured() {
        let rate_hz = 24_000;
        let mut samples = tone(rate_hz, 1_000.0, 2.0);
        samples.extend(vec![0.0; 24_000]);
        for (sample, noise) in samples.iter_mut().zip(noise(1, 72_000)) {
            *sample += noise * 0.000_1;
        }
        let metrics = Metrics::of(&samples, rate_hz).unwrap();
        assert!((metrics.duration - 3.0).abs() < 1e-9 && metrics.sample_rate == rate_hz);
        assert!((metrics.peak.unwrap() + 6.0).abs() < 0.1 && (metrics.rms.unwrap() + 10.8).abs() < 0.1);
        assert!((metrics.silence - 1.0 / 3.0).abs() < 0.02, "{}", metrics.silence);
        assert!((70.0..90.0).contains(&metrics.snr.unwrap()), "{:?}", metrics.snr);
        assert!((-12.0..-7.0).contains(&metrics.loudness.unwrap()), "{:?}", metrics.loudness);
        assert_eq!(metrics.clipped.to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn chunks_change_nothing() {
        let samples: Vec<f32> = noise(2, 50_000).iter().map(|sample| sample * 1.2).collect();
        let whole = Metrics::of(&samples, 16_000).unwrap();
        for chunk in [1, 77, 1_024, 20_000] {
            let mut meter = Meter::new(16_000).unwrap();
            samples.chunks(chunk).for_each(|chunk| meter.push(chunk));
            assert_eq!(meter.finish(), whole, "{chunk}");
        }
    }

    #[test]
    fn clipping_bandwidth_and_silence_are_found() {
        let clipped: Vec<f32> = tone(24_000, 100.0, 1.0).iter().map(|x| (x * 4.0).clamp(-1.0, 1.0)).collect();
        let share = Metrics::of(&clipped, 24_000).unwrap().clipped;
        assert!((share - 2.0 / 3.0).abs() < 0.01, "{share}");
        let narrow = pocket_tts_audio::Audio { samples: noise(3, 16_000), sample_rate_hz: 8_000 };
        let wide = pocket_tts_audio::resample_with(&narrow, 24_000, pocket_tts_audio::Resampler::HighQuality)
            .unwrap();
        let found = |samples: &[f32]| Metrics::of(samples, 24_000).unwrap().bandwidth.unwrap();
        assert!((3_700.0..5_500.0).contains(&found(&wide.samples)), "{}", found(&wide.samples));
        assert!(found(&noise(3, 48_000)) > 11_500.0);
        let silent = Metrics::of(&vec![0.0; 30_000], 24_000).unwrap();
        assert_eq!((silent.peak, silent.rms, silent.snr, silent.bandwidth), (None, None, None, None));
        assert!((silent.silence - 1.0).abs() < 1e-9);
    }
}
