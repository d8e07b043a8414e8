//! The track of chapters: a text for each, which lasts as long as the chapter.

use super::super::chapters::{Chapter, in_units};
use super::boxes::{boxed, full_box, words};
use super::tables::{Run, SampleTable};
use super::track::{IDENTITY_MATRIX, Track};

/// In the movie, but not enabled: players show its texts in a list only.
const FLAGS: u32 = 2;
/// The unit of times in long books.
const MS_PER_S: u32 = 1_000;
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
        let played = chapters.last().map_or(0, |chapter| chapter.end);
        // The durations have 32 bits: two days of samples at 24 kHz.
        let units_per_s = if u32::try_from(played).is_ok() { sample_rate_hz } else { MS_PER_S };
        let units = |samples| in_units(samples, sample_rate_hz, u64::from(units_per_s));
        let track = Track {
            id,
            flags: FLAGS,
            volume: 0,
            played,
            units_per_s,
            stored: units(played),
            references: Vec::new(),
            language,
            handler: *b"text",
            handler_name: "Chapters",
            media_header: media_header(),
            samples: self.table.boxed(&description(), &runs(chapters, units), &[]),
        };
        track.boxed()
    }
}

fn runs(chapters: &[Chapter], units: impl Fn(u64) -> u64) -> Vec<Run> {
    let duration = |chapter: &Chapter| units(chapter.end).saturating_sub(units(chapter.start));
    let duration = |chapter| u32::try_from(duration(chapter)).unwrap_or(u32::MAX);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_books_state_their_chapters_in_milliseconds() {
        let hour = 3_600 * 24_000;
        let track = |hours: [u64; 2]| {
            let chapter = |start, end| Chapter { title: String::new(), start: start * hour, end: end * hour };
            let chapters = [chapter(0, hours[0]), chapter(hours[0], hours[1])];
            ChapterSamples::new(&chapters, 0).track(2, &chapters, 24_000, None)
        };
        let holds = |track: &[u8], unit_and_duration: [u32; 2], durations: [u32; 2]| {
            let header = [&b"mdhd"[..], &[0; 12], &words(unit_and_duration)].concat();
            let [first, second] = durations;
            let runs = [&b"stts\0\0\0\0"[..], &words([2, 1, first, 1, second])].concat();
            [header, runs].iter().all(|part| track.windows(part.len()).any(|window| window == part))
        };
        assert!(holds(&track([1, 3]), [24_000, 259_200_000], [86_400_000, 172_800_000]));
        assert!(holds(&track([60, 100]), [1_000, 360_000_000], [216_000_000, 144_000_000]));
    }
}
