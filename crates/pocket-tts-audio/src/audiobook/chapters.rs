//! Where the chapters of a book lie in its sound.

use super::error::AudiobookError;
use super::info::{ChapterInfo, ChapterPlace, MAX_CHAPTERS, clean};

/// The chapters of a book whose sound is being written.
#[derive(Debug)]
pub(super) struct Chapters {
    sample_rate_hz: u32,
    entries: Vec<ChapterEntry>,
    /// The positions of the chapters that have begun, in samples.
    starts: Vec<u64>,
    samples: u64,
}

/// A chapter as its file and its tags name it.
#[derive(Clone, Debug)]
pub(super) struct ChapterEntry {
    pub(super) title: String,
    pub(super) place: ChapterPlace,
}

/// A chapter and its place, in samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chapter {
    pub(super) title: String,
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Chapters {
    pub(super) fn new(sample_rate_hz: u32, chapters: &[ChapterInfo]) -> Result<Self, AudiobookError> {
        if chapters.len() > MAX_CHAPTERS {
            return Err(AudiobookError::TooManyChapters { found: chapters.len() });
        }
        let entry = |(number, chapter): (usize, &ChapterInfo)| ChapterEntry {
            title: clean(&chapter.title),
            place: chapter.place.unwrap_or(ChapterPlace { number, count: chapters.len() }),
        };
        let entries = (1..).zip(chapters).map(entry).collect();
        Ok(Self { sample_rate_hz, entries, starts: Vec::new(), samples: 0 })
    }

    pub(super) fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    /// The samples so far.
    pub(super) fn samples(&self) -> u64 {
        self.samples
    }

    /// Begins the next chapter and returns it.
    pub(super) fn begin(&mut self) -> Result<&ChapterEntry, AudiobookError> {
        let index = self.starts.len();
        let entry = self.entries.get(index).ok_or(AudiobookError::AfterLastChapter { chapters: index })?;
        self.starts.push(self.samples);
        Ok(entry)
    }

    /// Counts samples, which belong to the last chapter that has begun.
    pub(super) fn add(&mut self, samples: usize) -> Result<(), AudiobookError> {
        if self.starts.is_empty() && !self.entries.is_empty() && samples > 0 {
            return Err(AudiobookError::BeforeFirstChapter);
        }
        self.samples += samples as u64;
        Ok(())
    }

    /// Checks that the book is complete.
    pub(super) fn check_end(&self) -> Result<(), AudiobookError> {
        let (begun, chapters) = (self.starts.len(), self.entries.len());
        if begun < chapters {
            return Err(AudiobookError::MissingChapters { begun, chapters });
        }
        if self.samples == 0 {
            return Err(AudiobookError::NoSound);
        }
        Ok(())
    }

    /// All chapters. One that has not begun lies at the end.
    pub(super) fn placed(&self) -> Vec<Chapter> {
        let start = |index: usize| self.starts.get(index).copied().unwrap_or(self.samples);
        let placed = |(index, entry): (usize, &ChapterEntry)| Chapter {
            title: entry.title.clone(),
            start: start(index),
            end: start(index + 1),
        };
        self.entries.iter().enumerate().map(placed).collect()
    }
}

/// A position in a unit of which there are `units_per_s`, rounded down.
pub(super) fn in_units(samples: u64, sample_rate_hz: u32, units_per_s: u64) -> u64 {
    let units = u128::from(samples) * u128::from(units_per_s) / u128::from(sample_rate_hz.max(1));
    u64::try_from(units).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chapters(titles: &[&str]) -> Chapters {
        let info = |title: &&str| ChapterInfo { title: (*title).to_owned(), place: None };
        let infos: Vec<_> = titles.iter().map(info).collect();
        Chapters::new(24_000, &infos).unwrap()
    }

    #[test]
    fn chapters_cover_the_sound() {
        let mut chapters = chapters(&["a", "b", "c"]);
        for samples in [5, 0, 7] {
            chapters.begin().unwrap();
            chapters.add(samples).unwrap();
        }
        chapters.check_end().unwrap();
        let places: Vec<_> =
            chapters.placed().into_iter().map(|chapter| (chapter.start, chapter.end)).collect();
        assert_eq!(places, [(0, 5), (5, 5), (5, 12)]);
        assert!(matches!(chapters.begin(), Err(AudiobookError::AfterLastChapter { chapters: 3 })));
    }

    #[test]
    fn wrong_orders_are_refused() {
        let mut one = chapters(&["a", "b"]);
        one.add(0).unwrap();
        assert!(matches!(one.add(1), Err(AudiobookError::BeforeFirstChapter)));
        one.begin().unwrap();
        assert!(matches!(one.check_end(), Err(AudiobookError::MissingChapters { begun: 1, chapters: 2 })));
        let mut none = chapters(&[]);
        assert!(matches!(none.check_end(), Err(AudiobookError::NoSound)));
        none.add(1).unwrap();
        none.check_end().unwrap();
        let many = vec![ChapterInfo::default(); MAX_CHAPTERS + 1];
        assert!(matches!(Chapters::new(24_000, &many), Err(AudiobookError::TooManyChapters { .. })));
    }

    #[test]
    fn units_are_rounded_down_and_do_not_overflow() {
        assert_eq!(in_units(47_999, 24_000, 1_000), 1_999);
        assert_eq!(in_units(u64::MAX, 1, 10_000_000), u64::MAX);
        assert_eq!(in_units(400 * 3_600 * 24_000, 24_000, 10_000_000), 400 * 3_600 * 10_000_000);
    }
}
