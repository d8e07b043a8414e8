//! What a person recorded: the sound, and what was left out or lost of it. Knows no model.

use crate::audio::Audio;
use crate::warnings::{RecordingWarning, inspect};

/// A sound, and how it came out of its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The sound.
    pub audio: Audio,
    /// Whether more was there than [`DecodeLimits::max_duration_s`](crate::DecodeLimits::max_duration_s).
    pub was_cut: bool,
    /// Packets that could not be decoded and were left out.
    pub damaged_packets: usize,
    /// Seconds of sound that the file declares and doesn't hold, because it was cut off or parts of it are damaged.
    pub missing_s: f64,
}

impl Recording {
    /// A sound that comes from no file.
    pub fn from_audio(audio: Audio) -> Self {
        Self { audio, was_cut: false, damaged_packets: 0, missing_s: 0.0 }
    }

    /// What may make a poor voice of it.
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
