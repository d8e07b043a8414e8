#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cues;
mod format;
mod json;
mod original;
mod timed;

pub use cues::Cue;
pub use format::CaptionFormat;
pub use timed::{Captions, TimedSentence, TimedWord};

impl Captions {
    /// The captions as the text of a file.
    pub fn write(&self, format: CaptionFormat) -> String {
        match format {
            CaptionFormat::Srt => format::srt(&self.cues()),
            CaptionFormat::Vtt => format::vtt(&self.cues()),
            CaptionFormat::Json => json::json(self),
        }
    }

    /// What is shown, and when.
    pub fn cues(&self) -> Vec<Cue> {
        cues::cues(self)
    }
}
