//! Puts the audiobook together from spoken passages. It must not know how they were spoken.

use pocket_tts_audio::audiobook::{AudiobookWriter, BookInfo, ChapterInfo, ChapterPlace};
use pocket_tts_audio::{Leveler, LoudnessMeter};

use super::captions::CaptionCollector;
use super::part::Part;
use super::parts::Passages;
use super::passages::{BookPlan, ChapterPlan, Passage};
use super::pauses::pause_after;
use super::target::AudiobookFile;
use crate::console::Console;
use crate::exit::Failure;
use crate::interruption::Interruption;

/// What an audiobook is put together from.
pub(super) struct Assembly<'a> {
    pub(super) target: &'a AudiobookFile,
    pub(super) plan: &'a BookPlan,
    /// The number of chapters of the book, read or not.
    pub(super) chapter_count: usize,
    pub(super) passages: &'a Passages<'a>,
    pub(super) sample_rate_hz: u32,
    /// The loudness of the book; as it is spoken if absent.
    pub(super) loudness_lufs: Option<f64>,
    pub(super) interruption: &'a Interruption,
    pub(super) console: &'a Console,
}

impl Assembly<'_> {
    /// Writes the audiobook and its captions.
    pub(super) fn write(&self, info: &BookInfo) -> Result<(), Failure> {
        let Self { target, plan, sample_rate_hz, .. } = *self;
        self.interruption.only_records();
        let gain_db = self.loudness_lufs.map(|target_lufs| self.gain_db(target_lufs)).transpose()?;
        let chapter_info = |chapter: &ChapterPlan| ChapterInfo {
            title: chapter.title.clone(),
            place: Some(ChapterPlace { number: chapter.number, count: self.chapter_count }),
        };
        let chapters: Vec<ChapterInfo> = plan.chapters.iter().map(chapter_info).collect();
        let mut writer =
            AudiobookWriter::create(&target.path, target.format, sample_rate_hz, info, &chapters)?;
        let mut captions = CaptionCollector::new(sample_rate_hz);
        for (number, chapter) in (1..).zip(&plan.chapters) {
            self.console.progress(&format!("writing chapter {number} of {}", plan.chapters.len()));
            writer.begin_chapter()?;
            self.write_chapter(chapter, gain_db, &mut writer, &mut captions)?;
        }
        writer.finish()?;
        target.captions.as_ref().map_or(Ok(()), |file| file.write(&captions))
    }

    fn write_chapter(
        &self,
        chapter: &ChapterPlan,
        gain_db: Option<f64>,
        writer: &mut AudiobookWriter,
        captions: &mut CaptionCollector,
    ) -> Result<(), Failure> {
        // Chapters end with silence, so that nothing is heard of a new leveler.
        let mut leveler = gain_db.map(|gain_db| Leveler::new(gain_db, self.sample_rate_hz));
        // The leveler returns samples later.
        let mut position = writer.samples();
        for passage in &chapter.passages {
            let part = self.part(passage)?;
            captions.add(&passage.texts(), &part.sentences, position);
            let mut samples = self.passages.samples(passage)?;
            samples.resize(samples.len() + pause_after(passage, part), 0.0);
            position += samples.len() as u64;
            match &mut leveler {
                Some(leveler) => writer.write(&leveler.push(&samples))?,
                None => writer.write(&samples)?,
            }
        }
        match leveler {
            Some(leveler) => Ok(writer.write(&leveler.finish())?),
            None => Ok(()),
        }
    }

    /// The stored passage; an error after a signal.
    fn part(&self, passage: &Passage) -> Result<&Part, Failure> {
        if let Some(signal) = self.interruption.seen() {
            return Err(self.passages.stopped(self.plan, signal));
        }
        self.passages.part(passage)
    }

    /// The gain that brings the book to a loudness; none for a book that is too short or too quiet to be measured.
    fn gain_db(&self, target_lufs: f64) -> Result<f64, Failure> {
        let mut meter =
            LoudnessMeter::new(self.sample_rate_hz).map_err(|error| Failure::Internal(error.to_string()))?;
        for (_, passage) in self.plan.passages() {
            self.part(passage)?;
            meter.push(&self.passages.samples(passage)?);
        }
        Ok(meter.loudness_lufs().map_or(0.0, |found| target_lufs - found))
    }
}
