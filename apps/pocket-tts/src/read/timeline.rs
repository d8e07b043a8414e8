//! When the sentences and words of a passage are heard, as it is stored. It must not know files.

use std::ops::Range;

use pocket_tts_core::TimingEvent;
use serde::{Deserialize, Serialize};

/// A sentence with its times in samples.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SpokenSentence {
    /// As it is spoken.
    pub(super) text: String,
    /// Its bytes in the text of its request.
    pub(super) source: Range<usize>,
    pub(super) start: u64,
    pub(super) end: u64,
    /// None if their times are unknown.
    pub(super) words: Vec<SpokenWord>,
}

/// A word with its times in samples.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SpokenWord {
    pub(super) text: String,
    pub(super) source: Range<usize>,
    pub(super) start: u64,
    pub(super) end: u64,
}

/// Collects the sentences of a stream.
#[derive(Debug, Default)]
pub(super) struct SentenceCollector {
    sentences: Vec<SpokenSentence>,
    /// The words of the open sentence.
    words: Vec<SpokenWord>,
}

impl SentenceCollector {
    pub(super) fn push(&mut self, event: TimingEvent) {
        match event {
            TimingEvent::WordEnd(word) => self.words.push(SpokenWord {
                text: word.text,
                source: word.source,
                start: word.start,
                end: word.end,
            }),
            TimingEvent::SentenceEnd(sentence) => self.sentences.push(SpokenSentence {
                text: sentence.text,
                source: sentence.source,
                start: sentence.start,
                end: sentence.end,
                words: std::mem::take(&mut self.words),
            }),
            _ => {}
        }
    }

    pub(super) fn finish(self) -> Vec<SpokenSentence> {
        self.sentences
    }
}
