//! The one place that turns the bytes of a recording into samples. It must not know models.

use pocket_tts_audio::{Audio, AudioError, DecodeLimits, decode, resample};

/// Seconds of a recording that are heard if it is truncated.
///
/// # Source
///
/// `pocket_tts/models/tts_model.py`, `get_state_for_audio_prompt`
pub(super) const LONGEST_TRUNCATED_S: f64 = 30.0;
/// A voice from less than this is rarely like the speaker's.
const SHORTEST_GOOD_S: f64 = 3.0;
/// Decoded beyond the longest duration, to find out whether there is more.
const MARGIN_S: f64 = 0.01;

/// What brings a recording to the model's rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Resampler {
    /// The better one.
    #[default]
    HighQuality,
    /// The one of the Python package, for the same voices to the bit of its filter.
    Reference,
}

/// A recording, and whether more of it was there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recording {
    pub(super) audio: Audio,
    pub(super) was_cut: bool,
}

impl Recording {
    /// Decodes a file's bytes, the first `longest_s` seconds.
    pub(super) fn from_bytes(bytes: &[u8], longest_s: f64) -> Result<Self, AudioError> {
        let limits = DecodeLimits { max_duration_s: Some(longest_s + MARGIN_S), ..DecodeLimits::default() };
        let audio = decode(bytes, &limits)?;
        Ok(Self::cut(audio.samples, audio.sample_rate_hz, longest_s))
    }

    /// Takes the first `longest_s` seconds of samples, which may hold anything.
    pub(super) fn from_audio(audio: &Audio, longest_s: f64) -> Result<Self, AudioError> {
        if audio.samples.is_empty() {
            return Err(AudioError::NoSamples);
        }
        if let Some(index) = audio.samples.iter().position(|sample| !sample.is_finite()) {
            return Err(AudioError::NotFinite { index });
        }
        Ok(Self::cut(audio.samples.clone(), audio.sample_rate_hz, longest_s))
    }

    /// What may make a poor voice of it, a sentence each.
    pub(super) fn warnings(&self) -> Vec<String> {
        let duration_s = self.audio.duration_s();
        let short = (duration_s < SHORTEST_GOOD_S).then(|| {
            format!(
                "the recording lasts {duration_s:.1} s only; {SHORTEST_GOOD_S} s or more make a better voice"
            )
        });
        short.into_iter().collect()
    }

    /// The samples at another rate.
    pub(super) fn resampled(&self, rate_hz: u32, resampler: Resampler) -> Result<Audio, AudioError> {
        match resampler {
            Resampler::HighQuality | Resampler::Reference => resample(&self.audio, rate_hz),
        }
    }

    fn cut(mut samples: Vec<f32>, sample_rate_hz: u32, longest_s: f64) -> Self {
        let longest = (longest_s * f64::from(sample_rate_hz)) as usize;
        let was_cut = samples.len() > longest;
        samples.truncate(longest);
        Self { audio: Audio { samples, sample_rate_hz }, was_cut }
    }
}

/// The largest file that is read as a recording, in bytes.
pub(super) fn max_bytes() -> usize {
    DecodeLimits::default().max_bytes
}
