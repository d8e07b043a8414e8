//! Times of the sentences and words of one text, counted from the start of a conversation.
//!
//! It must not know how texts are spoken.

use crate::speech::timing::{Place, Timing};

/// Where texts begin in all that was written, and how many sentences and words came before.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The length of all text that was written.
    written: Place,
    /// The length of the part that is spoken or was dropped.
    complete: Place,
    sentences: usize,
    words: usize,
    /// Sentences and words of the current text so far.
    current: (usize, usize),
}

impl Places {
    /// Takes note of text that was written.
    pub(super) fn write(&mut self, text: &str) {
        self.written = Place::end_of(text).after(self.written);
    }

    /// Takes note of the next text to be spoken. Returns where it begins.
    pub(super) fn complete(&mut self, text: &str) -> Place {
        let start = self.complete;
        self.complete = Place::end_of(text).after(start);
        start
    }

    /// Takes note that the rest of what was written is not spoken.
    pub(super) fn skip_rest(&mut self) {
        self.complete = self.written;
    }

    /// The times of the current text, which begins at this second and this place.
    pub(super) fn shift(&mut self, timings: Vec<Timing>, begin_s: f64, start: Place) -> Vec<Timing> {
        let shifted = timings.into_iter().map(|timing| {
            let (sentences, words) = &mut self.current;
            *sentences = (*sentences).max(timing.sentence + 1);
            *words = (*words).max(timing.word.map_or(0, |word| word + 1));
            Timing {
                sentence: self.sentences + timing.sentence,
                word: timing.word.map(|word| self.words + word),
                ..timing.after(begin_s, start)
            }
        });
        shifted.collect()
    }

    /// Ends the current text.
    pub(super) fn end_text(&mut self) {
        let (sentences, words) = std::mem::take(&mut self.current);
        self.sentences += sentences;
        self.words += words;
    }
}
