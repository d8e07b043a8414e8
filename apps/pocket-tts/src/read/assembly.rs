//! Puts the audiobook together from spoken passages. It must not know how they were spoken.

use pocket_tts_audio::audiobook::{AudiobookWriter, BookInfo, ChapterInfo};

use super::captions::CaptionCollector;
use super::cast::Cast;
use super::parts::{Parts, Stored};
use super::passages::Plan;
use super::target::Target;
use crate::exit::Failure;
use crate::interruption::Interruption;

/// Silence after a heading at least, in seconds.
const HEADING_PAUSE_S: f64 = 0.7;
/// Silence after a chapter, in seconds.
const CHAPTER_PAUSE_S: f64 = 1.5;
/// No setting allows a longer pause.
const MOST_PAUSE_S: f64 = 3_600.0;

/// What an audiobook is put together from.
pub(super) struct Assembly<'a> {
    pub(super) target: &'a Target,
    pub(super) plan: &'a Plan,
    pub(super) parts: &'a Parts,
    pub(super) stored: &'a Stored,
}

impl Assembly<'_> {
    /// Writes the audiobook and its captions. Returns the length in seconds.
    pub(super) fn write(
        &self,
        info: &BookInfo,
        cast: &Cast,
        interruption: &Interruption,
    ) -> Result<f64, Failure> {
        let Self { target, plan, parts, stored } = self;
        interruption.only_records();
        let sample_rate_hz = stored.values().next().map_or(24_000, |part| part.sample_rate_hz);
        let info = BookInfo { narrator: cast.names.clone(), ..info.clone() };
        let titles = plan.chapters.iter().map(|chapter| ChapterInfo { title: chapter.title.clone() });
        let chapters: Vec<ChapterInfo> = titles.collect();
        let mut writer =
            AudiobookWriter::create(&target.path, target.format, sample_rate_hz, &info, &chapters)?;
        let samples_of = |seconds: f64| (seconds * f64::from(sample_rate_hz)).round() as u64;
        let mut captions = CaptionCollector::new(sample_rate_hz);
        for chapter in &plan.chapters {
            writer.begin_chapter()?;
            for (index, passage) in chapter.passages.iter().enumerate() {
                if let Some(signal) = interruption.seen() {
                    let total = plan.passages().count();
                    return Err(Failure::StoppedReading { done: total, total, signal });
                }
                let part = stored
                    .get(&passage.digest)
                    .ok_or_else(|| Failure::Internal("a passage was neither stored nor spoken".to_owned()))?;
                captions.add(passage.text(), &part.sentences, writer.samples());
                writer.write(&parts.samples(passage.digest, part)?)?;
                let is_last = index + 1 == chapter.passages.len();
                let pause = match (is_last, passage.is_heading) {
                    (true, _) => samples_of(CHAPTER_PAUSE_S),
                    (false, true) => part.pause.max(samples_of(HEADING_PAUSE_S)),
                    (false, false) => part.pause,
                };
                let pause = pause.min(samples_of(MOST_PAUSE_S));
                writer.write(&vec![0.0; usize::try_from(pause).unwrap_or(0)])?;
            }
        }
        let length_s = writer.samples() as f64 / f64::from(sample_rate_hz);
        writer.finish()?;
        if let Some(file) = &target.captions {
            file.write(&captions)?;
        }
        Ok(length_s)
    }
}
