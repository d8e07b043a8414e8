//! The track of chapters: a text for each, which lasts as long as the chapter.

use super::super::chapters::Chapter;
use super::boxes::{boxed, full_box, words};
use super::tables::{Run, SampleTable};
use super::track::{IDENTITY_MATRIX, Track};

/// In the movie, but not enabled: players show its texts in a list only.
const FLAGS: u32 = 2;
/// Follows a text that is UTF-8.
const IS_UTF_8: &[u8] = b"\0\0\0\x0cencd\0\0\x01\0";

/// The titles as samples of a track.
#[derive(Debug)]
pub(in super::super) struct ChapterSamples {
    table: SampleTable,
    /// The bytes of all samples, in order.
    pub(in super::super) data: Vec<u8>,
}

impl ChapterSamples {
    /// The samples, for a file in which they start at `offset`.
    pub(in super::super) fn new(chapters: &[Chapter], offset: u64) -> Self {
        let mut samples = Self { table: SampleTable::new(1), data: Vec::new() };
        for chapter in chapters {
            let text = chapter.title.as_bytes();
            // Texts in tags are short.
            let sample = [&(text.len() as u16).to_be_bytes(), text, IS_UTF_8].concat();
            samples.table.add(sample.len(), offset + samples.data.len() as u64);
            samples.data.extend(sample);
        }
        samples
    }

    pub(super) fn track(
        &self,
        id: u32,
        chapters: &[Chapter],
        sample_rate_hz: u32,
        language: Option<&str>,
    ) -> Vec<u8> {
        let duration = chapters.last().map_or(0, |chapter| chapter.end);
        let track = Track {
            id,
            flags: FLAGS,
            volume: 0,
            sample_rate_hz,
            played: duration,
            stored: duration,
            references: Vec::new(),
            language,
            handler: *b"text",
            handler_name: "Chapters",
            media_header: media_header(),
            samples: self.table.boxed(&description(), &runs(chapters), &[]),
        };
        track.boxed()
    }
}

/// A chapter whose duration exceeds 32 bits, two days at 24 kHz, can't be stated.
fn runs(chapters: &[Chapter]) -> Vec<Run> {
    let duration = |chapter: &Chapter| u32::try_from(chapter.end - chapter.start).unwrap_or(u32::MAX);
    chapters.iter().map(|chapter| Run { samples: 1, duration: duration(chapter) }).collect()
}

/// Graphics with default colours, as for any text.
fn media_header() -> Vec<u8> {
    let graphics = [0, 0x40, 0x80, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0];
    boxed(*b"gmhd", &[&full_box(*b"gmin", 0, 0, &[&graphics]), &boxed(*b"text", &[&words(IDENTITY_MATRIX)])])
}

/// Text in the default font, in a box without size.
fn description() -> Vec<u8> {
    let shown = 1_u32.to_be_bytes();
    boxed(*b"text", &[&[0; 6], &[0, 1], &shown, &[0; 39]])
}
