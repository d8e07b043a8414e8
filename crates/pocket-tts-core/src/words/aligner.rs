//! From the attention to words to their times.

use std::sync::Arc;

use pocket_tts_text::{SentenceWords, Unit};

/// Frames with a lower root mean square are silent.
const SILENCE_RMS: f64 = 1e-3;
/// A word with a lower score has lost the attention.
const LOST_SCORE: f32 = 1e-3;

/// Whether a frame has a voice in it.
pub(crate) fn is_voiced(samples: &[f32]) -> bool {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    energy > SILENCE_RMS.powi(2) * samples.len() as f64
}

/// The beginning or the end of the word of this index in the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WordEdge {
    Start(usize),
    End(usize),
}

/// Finds where the words of a sentence begin and end, frame by frame.
///
/// Words come in order: the first voiced frame opens the next word, and the attention closes it when it moves on.
///
/// # Source
///
/// `pocket-tts-timestamped` 1.4.0, `timestamps/alignment.py`, `WordAlignment`
#[derive(Debug)]
pub(crate) struct WordAligner {
    words: Arc<SentenceWords>,
    /// Words that have begun.
    begun: usize,
    is_open: bool,
}

impl WordAligner {
    pub(crate) fn new(words: Arc<SentenceWords>) -> Self {
        Self { words, begun: 0, is_open: false }
    }

    /// Takes a frame, given the attention to each unit. The edges are at its beginning.
    pub(crate) fn push(&mut self, scores: &[f32], is_voiced: bool) -> Vec<WordEdge> {
        match (is_voiced, self.is_open) {
            (false, true) if self.ends_in_silence(scores) => vec![self.close()],
            (true, true) if self.moves_on(scores) => vec![self.close(), self.open()],
            (true, false) if self.has_next() => vec![self.open()],
            _ => Vec::new(),
        }
    }

    /// Ends the sentence: closes the open word, and gives the words that never began no duration.
    pub(crate) fn finish(&mut self) -> Vec<WordEdge> {
        let mut edges = Vec::new();
        loop {
            if self.is_open {
                edges.push(self.close());
            } else if self.has_next() {
                edges.push(self.open());
            } else {
                return edges;
            }
        }
    }

    fn has_next(&self) -> bool {
        self.begun < self.words.words().len()
    }

    fn open(&mut self) -> WordEdge {
        self.begun += 1;
        self.is_open = true;
        WordEdge::Start(self.begun - 1)
    }

    fn close(&mut self) -> WordEdge {
        self.is_open = false;
        WordEdge::End(self.begun - 1)
    }

    /// The unit of the open word.
    fn current(&self) -> usize {
        self.words.words()[self.begun - 1].unit
    }

    /// Whether the next word has more attention than the open one or, if that has lost it, any later word has.
    fn moves_on(&self, scores: &[f32]) -> bool {
        let current = scores[self.current()];
        let mut later = self.words.words()[self.begun..].iter().map(|word| scores[word.unit] > current);
        later.next().unwrap_or(false) || current < LOST_SCORE && later.any(|is_more| is_more)
    }

    /// Whether the open word ends in a silent frame: a later unit has more attention, or nothing follows.
    fn ends_in_silence(&self, scores: &[f32]) -> bool {
        let current = self.current();
        let is_more = scores[current + 1..].iter().any(|score| *score > scores[current]);
        let is_followed = || self.words.units()[current + 1..].contains(&Unit::Marks);
        is_more || !self.has_next() && !is_followed()
    }
}

#[cfg(test)]
#[path = "aligner_tests.rs"]
mod tests;
