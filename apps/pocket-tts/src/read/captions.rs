//! Writes captions: SRT or `WebVTT`. It must not know where the cues come from.

use std::io::Write;
use std::path::{Path, PathBuf};

use pocket_tts_files::{AtomicFile, SaveError};

use super::cues::Cue;
use crate::exit::Failure;

/// A file of captions.
#[derive(Debug)]
pub(super) struct CaptionFile {
    pub(super) path: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Srt,
    Vtt,
}

impl CaptionFile {
    /// The kind is the one of the ending.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let kind = match extension.as_str() {
            "srt" => Kind::Srt,
            "vtt" => Kind::Vtt,
            _ => {
                let problem = format!(
                    "cannot write captions to {}; name a file that ends with .srt or .vtt",
                    path.display()
                );
                return Err(Failure::Usage(problem));
            }
        };
        Ok(Self { path: path.to_owned(), kind })
    }

    /// Writes the cues, whose times are in samples.
    pub(super) fn write(&self, cues: &[Cue], sample_rate_hz: u32) -> Result<(), Failure> {
        let text = text(self.kind, cues, sample_rate_hz);
        let mut file = AtomicFile::create(&self.path)?;
        let written = file.write_all(text.as_bytes());
        written.map_err(|reason| SaveError::Io { path: self.path.clone(), reason })?;
        Ok(file.commit()?)
    }
}

fn text(kind: Kind, cues: &[Cue], sample_rate_hz: u32) -> String {
    let mut text = if kind == Kind::Vtt { "WEBVTT\n\n".to_owned() } else { String::new() };
    for (number, cue) in (1..).zip(cues) {
        let time = |samples| time(kind, samples, sample_rate_hz);
        let (start, end) = (time(cue.start), time(cue.end));
        let words = match kind {
            Kind::Srt => cue.text.clone(),
            Kind::Vtt => cue.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        };
        // An arrow would look like a line of times.
        let words = words.replace("-->", "→");
        text.push_str(&format!("{number}\n{start} --> {end}\n{words}\n\n"));
    }
    text
}

fn time(kind: Kind, samples: u64, sample_rate_hz: u32) -> String {
    let ms = (u128::from(samples) * 1_000 + u128::from(sample_rate_hz) / 2) / u128::from(sample_rate_hz);
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    let separator = if kind == Kind::Srt { ',' } else { '.' };
    format!("{hours:02}:{minutes:02}:{seconds:02}{separator}{:03}", ms % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_written() {
        let cues = [
            Cue { start: 0, end: 36_000, text: "a < b".to_owned() },
            Cue { start: 87_840_000, end: 87_840_012, text: "-->".to_owned() },
        ];
        assert_eq!(
            text(Kind::Srt, &cues, 24_000),
            "1\n00:00:00,000 --> 00:00:01,500\na < b\n\n2\n01:01:00,000 --> 01:01:00,001\n→\n\n"
        );
        assert!(
            text(Kind::Vtt, &cues, 24_000)
                .starts_with("WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\na &lt; b\n")
        );
    }
}
