//! How a voice is taken from a recording.

use pocket_tts_audio::DecodeLimits;

use super::Resampler;
use crate::digest::Digest;

/// Seconds of a truncated recording.
///
/// # Source
///
/// `pocket_tts/models/tts_model.py`, `get_state_for_audio_prompt`
pub(super) const LONGEST_TRUNCATED_S: f64 = 30.0;

/// How a voice is taken from a file or a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct VoiceOptions {
    /// Whether the recording is cut after 30 s. Default: yes, as longer prompts garble the speech.
    pub truncate: bool,
    /// What brings the recording to the model's rate.
    pub resampler: Resampler,
    /// The largest file that is fetched or read, in bytes. Default: 256 MiB; of exported voices never more than the
    /// model's longest prompt takes.
    pub max_file_bytes: usize,
}

impl Default for VoiceOptions {
    fn default() -> Self {
        let max_file_bytes = DecodeLimits::default().max_bytes;
        Self { truncate: true, resampler: Resampler::default(), max_file_bytes }
    }
}

impl VoiceOptions {
    /// Sets whether the recording is cut after 30 s.
    pub fn truncate(mut self, truncate: bool) -> Self {
        self.truncate = truncate;
        self
    }

    /// What brings the recording to the model's rate.
    pub fn resampler(mut self, resampler: Resampler) -> Self {
        self.resampler = resampler;
        self
    }

    /// The largest file that is fetched or read, in bytes.
    pub fn max_file_bytes(mut self, bytes: usize) -> Self {
        self.max_file_bytes = bytes;
        self
    }

    /// Adds all that makes another voice of the same recording.
    pub(super) fn digest(self, digest: Digest) -> Digest {
        digest.add(format!("{} {:?}", self.truncate, self.resampler).as_bytes())
    }
}
