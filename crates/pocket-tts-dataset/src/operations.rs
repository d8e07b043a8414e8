//! Prepares a recording: one channel, sample rate, silence at the ends, level, fades. Knows samples, not files.

use pocket_tts_audio::{Audio, AudioError, LoudnessMeter, LoudnessSpool, Resampler, resample_with};

use crate::error::DatasetError;

/// Frames in which sound is looked for, in seconds.
const FRAME_S: f64 = 0.01;

/// What is done to recordings, in the order of the fields. What is `None` is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preparation {
    /// The silence at both ends is cut.
    pub trim: Option<Trim>,
    /// The sample rate.
    pub sample_rate_hz: Option<u32>,
    /// A gain in decibels. Only one of this, the loudness and the peak can be given.
    pub gain_db: Option<f64>,
    /// The loudness in LUFS, by a gain; peaks above -1 dBTP are limited. Sound that is too short or too quiet to be
    /// measured is unchanged.
    pub loudness_lufs: Option<f64>,
    /// The peak in dBFS, by a gain. Silence is unchanged.
    pub peak_dbfs: Option<f64>,
    /// The duration of the fades at the start and at the end, in seconds: a raised cosine.
    pub fade_s: Option<f64>,
}

/// How silence at the ends is cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trim {
    /// Frames of 10 ms whose root mean square is below this are silence, in dBFS.
    pub threshold_dbfs: f64,
    /// Seconds of it that are kept at each end.
    pub kept_s: f64,
}

impl Default for Trim {
    /// Below -50 dBFS, of which 0.1 s are kept.
    fn default() -> Self {
        Self { threshold_dbfs: -50.0, kept_s: 0.1 }
    }
}

impl Preparation {
    /// Checks the values, and that at most one of them sets the level.
    ///
    /// # Errors
    /// [`DatasetError::Option`].
    pub fn check(&self) -> Result<(), DatasetError> {
        let limits = [
            ("a gain", self.gain_db, -100.0, 100.0, "dB"),
            ("a loudness", self.loudness_lufs, -70.0, -5.0, "LUFS"),
            ("a peak", self.peak_dbfs, -100.0, 0.0, "dBFS"),
            ("a fade", self.fade_s, 0.0, 60.0, "s"),
            ("a sample rate", self.sample_rate_hz.map(f64::from), 1_000.0, 384_000.0, "Hz"),
            ("a threshold of silence", self.trim.map(|trim| trim.threshold_dbfs), -120.0, 0.0, "dBFS"),
            ("a rest of silence", self.trim.map(|trim| trim.kept_s), 0.0, 60.0, "s"),
        ];
        for (what, value, least, most, unit) in limits {
            if let Some(value) = value
                && !(least..=most).contains(&value)
            {
                return Err(DatasetError::Option(format!(
                    "{what} of {value} {unit} is not possible; give {least} to {most} {unit}"
                )));
            }
        }
        let levels = [self.gain_db, self.loudness_lufs, self.peak_dbfs];
        if levels.into_iter().flatten().count() > 1 {
            return Err(DatasetError::Option(
                "a gain, a loudness and a peak exclude one another; give one of them".to_owned(),
            ));
        }
        Ok(())
    }

    /// Prepares a recording.
    ///
    /// # Errors
    /// [`AudioError`], and [`AudioError::OnlySilence`] if nothing but silence was there to trim.
    pub fn apply(&self, mut audio: Audio) -> Result<Audio, AudioError> {
        if audio.samples.is_empty() {
            return Err(AudioError::NoSamples);
        }
        if let Some(trim) = self.trim {
            trim.apply(&mut audio);
            if audio.samples.is_empty() {
                return Err(AudioError::OnlySilence);
            }
        }
        if let Some(rate_hz) = self.sample_rate_hz {
            audio = resample_with(&audio, rate_hz, Resampler::HighQuality)?;
        }
        if let Some(gain_db) = self.gain_db {
            amplify(&mut audio.samples, gain_db);
        }
        if let Some(target_lufs) = self.loudness_lufs {
            level(&mut audio, target_lufs)?;
        }
        if let Some(target_dbfs) = self.peak_dbfs {
            let peak = audio.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            if peak > 0.0 {
                amplify(&mut audio.samples, target_dbfs - 20.0 * f64::from(peak).log10());
            }
        }
        if let Some(fade_s) = self.fade_s {
            fade(&mut audio, fade_s);
        }
        Ok(audio)
    }
}

impl Trim {
    fn apply(self, audio: &mut Audio) {
        let rate = f64::from(audio.sample_rate_hz);
        let frame = ((FRAME_S * rate) as usize).max(1);
        let threshold = 10.0_f64.powf(self.threshold_dbfs / 10.0);
        let is_sound = |frame: &[f32]| {
            let energy: f64 = frame.iter().map(|sample| f64::from(*sample).powi(2)).sum();
            energy / frame.len() as f64 >= threshold
        };
        let kept = (self.kept_s * rate) as usize;
        let first = audio.samples.chunks(frame).position(is_sound);
        let last = audio.samples.chunks(frame).rposition(is_sound);
        let (Some(first), Some(last)) = (first, last) else {
            audio.samples.clear();
            return;
        };
        let end = ((last + 1) * frame + kept).min(audio.samples.len());
        audio.samples.truncate(end);
        audio.samples.drain(..(first * frame).saturating_sub(kept));
    }
}

fn amplify(samples: &mut [f32], gain_db: f64) {
    let gain = 10.0_f64.powf(gain_db / 20.0) as f32;
    for sample in samples {
        *sample *= gain;
    }
}

/// Brings a sound to a loudness; limits its peaks where that is needed.
fn level(audio: &mut Audio, target_lufs: f64) -> Result<(), AudioError> {
    let mut meter = LoudnessMeter::new(audio.sample_rate_hz)?;
    meter.push(&audio.samples);
    let Some(found_lufs) = meter.loudness_lufs() else { return Ok(()) };
    let gain_db = target_lufs - found_lufs;
    if meter.true_peak_dbtp() + gain_db <= pocket_tts_audio::PEAK_LIMIT_DBTP {
        amplify(&mut audio.samples, gain_db);
        return Ok(());
    }
    let of_file = |reason| AudioError::Read { name: "a temporary file".to_owned(), reason };
    let mut spool = LoudnessSpool::new(target_lufs, audio.sample_rate_hz).map_err(of_file)?;
    spool.push(&audio.samples).map_err(of_file)?;
    let mut leveled = spool.finish(0).map_err(of_file)?;
    audio.samples.clear();
    while let Some(block) = leveled.next_block().map_err(of_file)? {
        audio.samples.extend_from_slice(&block);
    }
    Ok(())
}

fn fade(audio: &mut Audio, fade_s: f64) {
    let length = (fade_s * f64::from(audio.sample_rate_hz)) as usize;
    let length = length.min(audio.samples.len() / 2);
    let weight = |index: usize| {
        let phase = std::f64::consts::PI * (index as f64 + 0.5) / length as f64;
        (0.5 - 0.5 * phase.cos()) as f32
    };
    for (index, sample) in audio.samples.iter_mut().take(length).enumerate() {
        *sample *= weight(index);
    }
    for (index, sample) in audio.samples.iter_mut().rev().take(length).enumerate() {
        *sample *= weight(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(seconds: f64, level: f32) -> Audio {
        let samples = (0..(seconds * 24_000.0) as usize).map(|i| level * (i as f32 * 0.1).sin()).collect();
        Audio { samples, sample_rate_hz: 24_000 }
    }

    fn framed_by_silence() -> Audio {
        let mut audio = tone(1.0, 0.25);
        audio.samples.splice(..0, vec![0.0; 12_000]);
        audio.samples.resize(48_000, 0.0);
        audio
    }

    #[test]
    fn silence_is_cut_to_the_rest_that_is_kept() {
        for (kept_s, expected_s) in [(0.0, 1.0), (0.2, 1.4), (10.0, 2.0)] {
            let trim = Some(Trim { kept_s, ..Trim::default() });
            let audio = Preparation { trim, ..Preparation::default() }.apply(framed_by_silence()).unwrap();
            assert!((audio.duration_s() - expected_s).abs() < 0.02, "{}", audio.duration_s());
        }
        let silent = Audio { samples: vec![0.0; 1_000], sample_rate_hz: 24_000 };
        let trim = Preparation { trim: Some(Trim::default()), ..Preparation::default() };
        assert!(matches!(trim.apply(silent), Err(AudioError::OnlySilence)));
        let empty = Audio { samples: Vec::new(), sample_rate_hz: 24_000 };
        assert!(matches!(trim.apply(empty), Err(AudioError::NoSamples)));
    }

    #[test]
    fn levels_are_reached() {
        let peak = |audio: &Audio| audio.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let louder = Preparation { gain_db: Some(6.0), ..Preparation::default() }.apply(tone(1.0, 0.25));
        assert!((peak(&louder.unwrap()) - 0.498_8).abs() < 1e-3);
        let full = Preparation { peak_dbfs: Some(-6.0), ..Preparation::default() }.apply(tone(1.0, 0.1));
        assert!((peak(&full.unwrap()) - 0.501).abs() < 1e-3);
        let silent = Audio { samples: vec![0.0; 24_000], sample_rate_hz: 24_000 };
        for (peak_dbfs, loudness_lufs) in [(Some(-1.0), None), (None, Some(-20.0))] {
            let both = Preparation { peak_dbfs, loudness_lufs, fade_s: Some(0.1), ..Preparation::default() };
            assert_eq!(both.apply(silent.clone()).unwrap(), silent);
        }
        for (level, target_lufs) in [(0.01, -20.0), (0.9, -30.0)] {
            let leveled = Preparation { loudness_lufs: Some(target_lufs), ..Preparation::default() };
            let audio = leveled.apply(tone(3.0, level)).unwrap();
            let mut meter = LoudnessMeter::new(24_000).unwrap();
            meter.push(&audio.samples);
            let found = meter.loudness_lufs().unwrap();
            assert!((found - target_lufs).abs() < 0.1, "{found}");
        }
    }

    #[test]
    fn fades_begin_and_end_in_silence_and_leave_the_middle() {
        let audio =
            Preparation { fade_s: Some(0.1), ..Preparation::default() }.apply(tone(1.0, 0.5)).unwrap();
        let original = tone(1.0, 0.5);
        assert_eq!(audio.samples[2_400..21_600], original.samples[2_400..21_600]);
        assert!(audio.samples[..20].iter().chain(&audio.samples[23_980..]).all(|sample| sample.abs() < 1e-3));
        assert_eq!(audio.samples.len(), original.samples.len());
    }

    #[test]
    fn values_are_checked() {
        for wrong in [
            Preparation { gain_db: Some(f64::NAN), ..Preparation::default() },
            Preparation { peak_dbfs: Some(1.0), ..Preparation::default() },
            Preparation { fade_s: Some(-1.0), ..Preparation::default() },
            Preparation { sample_rate_hz: Some(10), ..Preparation::default() },
            Preparation { loudness_lufs: Some(-20.0), peak_dbfs: Some(-1.0), ..Preparation::default() },
            Preparation { gain_db: Some(3.0), peak_dbfs: Some(-1.0), ..Preparation::default() },
        ] {
            assert!(matches!(wrong.check(), Err(DatasetError::Option(_))), "{wrong:?}");
        }
        Preparation { trim: Some(Trim::default()), ..Preparation::default() }.check().unwrap();
    }
}
