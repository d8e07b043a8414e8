//! The formats of caption files.

use std::{fmt::Write, path::Path};

use crate::cues::Cue;

/// A format of caption files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptionFormat {
    /// `SubRip`.
    Srt,
    /// `WebVTT`.
    Vtt,
    /// Sentences and words with their times and places, as JSON.
    Json,
}

impl CaptionFormat {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Srt, Self::Vtt, Self::Json];

    /// The ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Json => "json",
        }
    }

    /// The format of a file, by its ending; `None` if that is another one.
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        Self::ALL.into_iter().find(|format| extension.eq_ignore_ascii_case(format.extension()))
    }
}

/// Source: the `SubRip` format as players read it; there is no specification.
pub(crate) fn srt(cues: &[Cue]) -> String {
    let mut text = String::new();
    for (index, cue) in cues.iter().enumerate() {
        let (start, end) = (time(cue.start_s, ','), time(cue.end_s, ','));
        _ = write!(
            text,
            "{}{}\n{start} --> {end}\n{}\n",
            if index > 0 { "\n" } else { "" },
            index + 1,
            cue.text
        );
    }
    text
}

/// Source: `WebVTT`, W3C Candidate Recommendation, section 4.
pub(crate) fn vtt(cues: &[Cue]) -> String {
    let mut text = "WEBVTT\n".to_owned();
    for cue in cues {
        let (start, end) = (time(cue.start_s, '.'), time(cue.end_s, '.'));
        let escaped = cue.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        _ = write!(text, "\n{start} --> {end}\n{escaped}\n");
    }
    text
}

/// Hours, minutes, seconds and milliseconds.
fn time(seconds: f64, point: char) -> String {
    let milliseconds = (seconds.max(0.0) * 1e3).round() as u64;
    let (seconds, milliseconds) = (milliseconds / 1_000, milliseconds % 1_000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("{:02}:{:02}:{seconds:02}{point}{milliseconds:03}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> [Cue; 2] {
        let cue = |text: &str, start_s, end_s| Cue { text: text.to_owned(), start_s, end_s };
        [cue("Hello,\nworld.", 0.0, 1.234), cue("A & B", 3_661.5, 3_662.0)]
    }

    #[test]
    fn srt_has_numbers_and_commas() {
        let expected =
            "1\n00:00:00,000 --> 00:00:01,234\nHello,\nworld.\n\n2\n01:01:01,500 --> 01:01:02,000\nA & B\n";
        assert_eq!(srt(&two()), expected);
    }

    #[test]
    fn vtt_has_a_header_and_escapes() {
        let expected = "WEBVTT\n\n00:00:00.000 --> 00:00:01.234\nHello,\nworld.\n\n01:01:01.500 --> 01:01:02.000\n\
                        A &amp; B\n";
        assert_eq!(vtt(&two()), expected);
    }

    #[test]
    fn the_ending_decides_the_format() {
        for (path, format) in [
            ("a.srt", Some(CaptionFormat::Srt)),
            ("b/c.VTT", Some(CaptionFormat::Vtt)),
            ("d.json", Some(CaptionFormat::Json)),
            ("e.txt", None),
            ("srt", None),
        ] {
            assert_eq!(CaptionFormat::of_path(Path::new(path)), format, "{path}");
        }
    }
}
