//! How a voice is taken from a recording.

use super::{Resampler, memory::Digest};

/// How a voice is taken from a recording; exported voices are as they were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct VoiceOptions {
    /// Whether only the first 30 s are heard, which is the default: longer prompts garble the speech.
    pub truncate: bool,
    /// What brings the recording to the model's rate.
    pub resampler: Resampler,
}

impl Default for VoiceOptions {
    fn default() -> Self {
        Self { truncate: true, resampler: Resampler::default() }
    }
}

impl VoiceOptions {
    /// Whether only the first 30 s are heard.
    pub fn truncate(mut self, truncate: bool) -> Self {
        self.truncate = truncate;
        self
    }

    /// What brings the recording to the model's rate.
    pub fn resampler(mut self, resampler: Resampler) -> Self {
        self.resampler = resampler;
        self
    }

    /// Adds all that makes another voice of the same recording.
    pub(super) fn digest(self, digest: Digest) -> Digest {
        digest.add(format!("{self:?}").as_bytes())
    }
}
