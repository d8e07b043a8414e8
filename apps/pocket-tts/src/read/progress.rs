//! How far a book is, on a terminal.

use std::time::{Duration, Instant};

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
    /// Characters of all passages that are to be spoken, and of the ones that this run has spoken.
    characters: usize,
    done: usize,
    /// Seconds of speech of the passages that this run has spoken.
    pub(super) speech_s: f64,
}

impl<'a> BookProgress<'a> {
    pub(super) fn new(console: &'a Console, chapters: usize, characters: usize) -> Self {
        Self { console, start: Instant::now(), shown: None, chapters, characters, done: 0, speech_s: 0.0 }
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
        self.done += characters;
        self.speech_s += speech_s;
    }

    pub(super) fn took(&self) -> Duration {
        self.start.elapsed()
    }

    fn line(&self, chapter: usize, passage_s: f64, took: Duration) -> String {
        let percent = 100 * self.done / self.characters.max(1);
        let speech_s = self.speech_s + passage_s;
        let line = format!(
            "chapter {} of {}, {percent} %, {} of speech",
            chapter + 1,
            self.chapters,
            duration(speech_s)
        );
        if self.done == 0 || self.speech_s < LEAST_SPEECH_S {
            return line;
        }
        // The rest is as long as the characters so far, and goes on at the pace so far.
        let total_s = self.speech_s * self.characters as f64 / self.done as f64;
        let left_s = (total_s - speech_s).max(0.0) * took.as_secs_f64() / speech_s;
        format!("{line}, about {} left", duration(left_s))
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
    use super::*;

    #[test]
    fn the_time_left_is_estimated_from_the_pace_so_far() {
        let console = Console::new(true);
        let mut progress = BookProgress::new(&console, 3, 1_000);
        let line = |progress: &BookProgress<'_>| progress.line(0, 2.0, Duration::from_secs(10));
        assert_eq!(line(&progress), "chapter 1 of 3, 0 %, 2 s of speech");
        progress.add(100, 18.0);
        // 180 s in all, of which 160 s are left, at twice real time.
        assert_eq!(line(&progress), "chapter 1 of 3, 10 %, 20 s of speech, about 80 s left");
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
