//! How far a book is, on a terminal.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::parts::Stored;
use super::passages::BookPlan;
use crate::console::Console;

/// The shortest time between two updates.
const INTERVAL: Duration = Duration::from_millis(200);
/// Less speech says nothing of how long the rest takes.
const LEAST_SPEECH_S: f64 = 5.0;

/// The progress of the speech of a book.
pub(super) struct BookProgress<'a> {
    console: &'a Console,
    start: Instant,
    shown: Option<Instant>,
    chapters: usize,
    /// Characters of the whole book.
    characters: usize,
    /// What was spoken before, and what this run has spoken.
    before: Amount,
    new: Amount,
}

/// An amount of speech.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Amount {
    characters: usize,
    seconds: f64,
}

impl<'a> BookProgress<'a> {
    /// The progress of a run that begins now. Passages that occur twice are spoken and counted once.
    pub(super) fn new(console: &'a Console, plan: &BookPlan, stored: &Stored) -> Self {
        let (mut seen, mut before, mut characters) = (HashSet::new(), Amount::default(), 0);
        for (_, passage) in plan.passages().filter(|(_, passage)| seen.insert(passage.digest)) {
            characters += passage.characters;
            if let Some(part) = stored.get(&passage.digest) {
                before.add(passage.characters, part.seconds());
            }
        }
        let chapters = plan.chapters.len();
        let (start, new) = (Instant::now(), Amount::default());
        Self { console, start, shown: None, chapters, characters, before, new }
    }

    /// Shows the chapter, from 0, and the seconds of its passage so far.
    pub(super) fn show(&mut self, chapter: usize, passage_s: f64) {
        if self.shown.is_none_or(|shown| shown.elapsed() >= INTERVAL) {
            self.shown = Some(Instant::now());
            self.console.progress(&self.line(chapter, passage_s, self.start.elapsed()));
        }
    }

    /// Counts a passage by its characters and seconds.
    pub(super) fn add(&mut self, characters: usize, speech_s: f64) {
        self.new.add(characters, speech_s);
    }

    /// Seconds of speech of the passages that this run has spoken.
    pub(super) fn speech_s(&self) -> f64 {
        self.new.seconds
    }

    pub(super) fn took(&self) -> Duration {
        self.start.elapsed()
    }

    fn line(&self, chapter: usize, passage_s: f64, took: Duration) -> String {
        let done = self.before.characters + self.new.characters;
        let percent = 100 * done / self.characters.max(1);
        let line = format!(
            "chapter {} of {}, {percent} %, {} of speech",
            chapter + 1,
            self.chapters,
            duration(self.before.seconds + self.new.seconds + passage_s)
        );
        if self.new.characters == 0 || self.new.seconds < LEAST_SPEECH_S {
            return line;
        }
        // The rest is spoken as this run's characters so far, and goes on at this run's pace.
        let missing = self.characters.saturating_sub(done) as f64;
        let missing_s = self.new.seconds * missing / self.new.characters as f64;
        let pace = took.as_secs_f64() / (self.new.seconds + passage_s);
        format!("{line}, about {} left", duration((missing_s - passage_s).max(0.0) * pace))
    }
}

impl Amount {
    fn add(&mut self, characters: usize, seconds: f64) {
        self.characters += characters;
        self.seconds += seconds;
    }
}

/// A duration for people.
pub(super) fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match seconds {
        0..100 => format!("{seconds} s"),
        100..6_000 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", (seconds + 30) / 3_600, (seconds + 30) % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::super::digest::SoundDigest;
    use super::super::part::Part;
    use super::super::passages::{ChapterPlan, Passage};
    use super::*;

    fn line(progress: &BookProgress<'_>, took_s: u64) -> String {
        progress.line(0, 2.0, Duration::from_secs(took_s))
    }

    #[test]
    fn the_time_left_is_estimated_from_the_pace_so_far() {
        let console = Console::new(true);
        let plan = BookPlan { chapters: Vec::new() };
        let mut progress = BookProgress::new(&console, &plan, &Stored::new());
        (progress.chapters, progress.characters) = (3, 1_000);
        assert_eq!(line(&progress, 10), "chapter 1 of 3, 0 %, 2 s of speech");
        progress.add(100, 18.0);
        // 180 s in all, of which 160 s are left, at twice real time.
        assert_eq!(line(&progress, 10), "chapter 1 of 3, 10 %, 20 s of speech, about 80 s left");
    }

    #[test]
    fn a_resumed_run_counts_what_was_spoken_before_but_not_its_pace() {
        let passage = |number: u8, characters| Passage {
            pieces: Vec::new(),
            is_heading: false,
            ends_chapter: false,
            digest: SoundDigest::of_nobody().of(&[(false, number.to_string())]),
            characters,
        };
        // The second one occurs twice.
        let passages = vec![passage(1, 600), passage(2, 100), passage(2, 100), passage(3, 300)];
        let chapter = ChapterPlan { number: 1, title: String::new(), passages };
        let part = Part { samples: 900, sample_rate_hz: 10, ..Part::default() };
        let stored = Stored::from([(chapter.passages[0].digest, part)]);
        let (console, plan) = (Console::new(true), BookPlan { chapters: vec![chapter] });
        let mut progress = BookProgress::new(&console, &plan, &stored);
        assert_eq!(line(&progress, 10), "chapter 1 of 1, 60 %, 92 s of speech");
        progress.add(100, 18.0);
        // 300 characters are left and take 54 s, of which 52 s are left, at twice real time.
        assert_eq!(line(&progress, 10), "chapter 1 of 1, 70 %, 2 min of speech, about 26 s left");
        progress.add(300, 54.0);
        assert!(line(&progress, 10).starts_with("chapter 1 of 1, 100 %, "));
    }

    #[test]
    fn durations_are_rounded() {
        for (seconds, expected) in
            [(0.4, "0 s"), (99.4, "99 s"), (100.0, "2 min"), (5_999.0, "100 min"), (6_030.0, "1 h 41 min")]
        {
            assert_eq!(duration(seconds), expected);
        }
    }
}
