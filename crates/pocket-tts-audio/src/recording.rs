//! A recording: its sound, and which parts of it were skipped or lost. Knows no model.

use crate::audio::Audio;
use crate::warnings::{RecordingWarning, inspect};

/// A sound, and how completely it was decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The sound.
    pub audio: Audio,
    /// Whether it was cut to [`DecodeLimits::max_duration_s`](crate::DecodeLimits::max_duration_s).
    pub was_cut: bool,
    /// Packets that could not be decoded and were skipped.
    pub damaged_packets: usize,
    /// Seconds of sound that the file declares but doesn't contain, because it is truncated or damaged.
    pub missing_s: f64,
}

impl Recording {
    /// A complete sound.
    pub fn from_audio(audio: Audio) -> Self {
        Self { audio, was_cut: false, damaged_packets: 0, missing_s: 0.0 }
    }

    /// Problems that may lower the quality of a voice made from it.
    pub fn warnings(&self) -> Vec<RecordingWarning> {
        let mut warnings = inspect(&self.audio);
        if self.damaged_packets > 0 {
            warnings.push(RecordingWarning::DamagedPackets { count: self.damaged_packets });
        }
        if self.missing_s > 0.0 {
            warnings.push(RecordingWarning::Incomplete { missing_s: self.missing_s });
        }
        if self.was_cut {
            warnings.push(RecordingWarning::Cut { kept_s: self.audio.duration_s() });
        }
        warnings
    }
}
