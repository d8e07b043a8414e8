//! How far long speech is, on a terminal. It must not know the stream.

use std::fmt;
use std::time::{Duration, Instant};

use crate::console::Console;

/// The shortest time between two updates.
const INTERVAL: Duration = Duration::from_millis(200);
/// Speech of which less has been generated says nothing of how long the rest takes.
const LEAST_SPEECH_S: f64 = 2.0;

/// The progress of a run's speech.
pub(crate) struct Progress<'a> {
    console: &'a Console,
    start: Instant,
    shown: Option<Instant>,
    /// The number of tokens of each sentence; none if the text is still being written.
    token_counts: Vec<usize>,
    sentence: usize,
    /// Seconds of speech before the current sentence.
    before_s: f64,
    speech_s: f64,
}

/// What is shown.
#[derive(Debug, PartialEq)]
struct Line {
    /// Counted from 1.
    sentence: usize,
    /// The number of sentences, if it is known.
    sentences: Option<usize>,
    speech_s: f64,
    left_s: Option<f64>,
}

impl<'a> Progress<'a> {
    /// The progress of speech that begins now. A whole text has the number of tokens of each sentence.
    pub(crate) fn new(console: &'a Console, token_counts: &[usize]) -> Self {
        Self {
            console,
            start: Instant::now(),
            shown: None,
            token_counts: token_counts.to_vec(),
            sentence: 0,
            before_s: 0.0,
            speech_s: 0.0,
        }
    }

    /// Shows that there are `speech_s` seconds of speech, the last of which belong to the sentence of this number.
    pub(crate) fn show(&mut self, sentence: usize, speech_s: f64) {
        if sentence > self.sentence {
            (self.sentence, self.before_s) = (sentence, self.speech_s);
        }
        self.speech_s = speech_s;
        if self.shown.is_none_or(|shown| shown.elapsed() >= INTERVAL) {
            self.shown = Some(Instant::now());
            self.console.progress(&self.line(self.start.elapsed()).to_string());
        }
    }

    fn line(&self, took: Duration) -> Line {
        let sentences = (!self.token_counts.is_empty()).then_some(self.token_counts.len());
        Line {
            sentence: self.sentence + 1,
            sentences,
            speech_s: self.speech_s,
            left_s: self.total_s().map(|total_s| {
                // It goes on at the pace so far.
                (total_s - self.speech_s).max(0.0) * took.as_secs_f64() / self.speech_s
            }),
        }
    }

    /// The duration of all speech, if the other sentences are like the ones so far.
    fn total_s(&self) -> Option<f64> {
        let tokens = |counts: &[usize]| counts.iter().sum::<usize>() as f64;
        let spoken = tokens(self.token_counts.get(..self.sentence)?);
        let is_known = spoken > 0.0 && self.before_s >= LEAST_SPEECH_S;
        is_known.then(|| self.before_s * tokens(&self.token_counts) / spoken)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sentences {
            Some(1) => {}
            Some(sentences) => write!(formatter, "sentence {} of {sentences}, ", self.sentence)?,
            None => write!(formatter, "sentence {}, ", self.sentence)?,
        }
        write!(formatter, "{} s of speech", self.speech_s as u64)?;
        match self.left_s {
            None => Ok(()),
            Some(left_s) if left_s < 100.0 => write!(formatter, ", about {left_s:.0} s left"),
            Some(left_s) if left_s < 6_000.0 => write!(formatter, ", about {:.0} min left", left_s / 60.0),
            Some(left_s) => write!(formatter, ", about {:.0} h left", left_s / 3_600.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_estimated_from_tokens_and_the_pace() {
        let console = Console::new(true);
        let mut progress = Progress::new(&console, &[10, 20, 30]);
        progress.show(0, 4.0);
        let line = |progress: &Progress<'_>| progress.line(Duration::from_secs(2)).to_string();
        assert_eq!(line(&progress), "sentence 1 of 3, 4 s of speech");
        progress.show(1, 5.9);
        // 24 s in all, of which 18.1 s are left, at three times real time.
        assert_eq!(line(&progress), "sentence 2 of 3, 5 s of speech, about 6 s left");
        // Longer than expected.
        progress.show(1, 30.0);
        assert_eq!(line(&progress), "sentence 2 of 3, 30 s of speech, about 0 s left");
        progress.show(2, 31.0);
        assert_eq!(line(&progress), "sentence 3 of 3, 31 s of speech, about 2 s left");
    }

    #[test]
    fn what_is_not_known_is_not_shown() {
        let console = Console::new(true);
        let mut growing = Progress::new(&console, &[]);
        growing.show(2, 24.0);
        assert_eq!(growing.line(Duration::from_secs(9)).to_string(), "sentence 3, 24 s of speech");
        let mut single = Progress::new(&console, &[10]);
        single.show(0, 3.0);
        assert_eq!(single.line(Duration::from_secs(1)).to_string(), "3 s of speech");
    }

    #[test]
    fn long_times_are_in_minutes_and_hours() {
        let left = |left_s| Line { sentence: 1, sentences: Some(2), speech_s: 0.0, left_s: Some(left_s) };
        let shown = [99.4, 100.0, 5_000.0, 6_000.0].map(|left_s| left(left_s).to_string());
        for (line, expected) in shown.iter().zip(["99 s", "2 min", "83 min", "2 h"]) {
            assert_eq!(*line, format!("sentence 1 of 2, 0 s of speech, about {expected} left"));
        }
    }
}
