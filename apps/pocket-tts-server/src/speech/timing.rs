//! When sentences and words are heard, as clients get it: with their places in the text, in bytes and in the units of
//! JavaScript's texts.
//!
//! It must not know how it is sent.

use std::{collections::BTreeMap, ops::Range};

use pocket_tts_core::{CheckedSentence, SentenceTime, TimingEvent, WordTime};
use pocket_tts_spans::Utf16Offsets;
use serde_json::{Value, json};

/// The beginning or the end of a sentence or a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    SentenceStart,
    WordStart,
    WordEnd,
    SentenceEnd,
}

/// A place in a text, or the length of one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// In bytes of UTF-8.
    pub(crate) utf8: usize,
    /// In units of UTF-16.
    pub(crate) utf16: usize,
}

/// A sentence or a word, when it begins or ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Timing {
    pub(crate) edge: Edge,
    pub(crate) sentence: usize,
    /// The number of a word.
    pub(crate) word: Option<usize>,
    /// As it is spoken.
    pub(crate) text: String,
    /// What it stands for in the text of the request.
    pub(crate) source: Range<Place>,
    pub(crate) start_s: f64,
    pub(crate) end_s: f64,
}

/// Reads the times of one text.
#[derive(Debug)]
pub(crate) struct TimingReader<'a> {
    offsets: Utf16Offsets<'a>,
    sample_rate_hz: u32,
    /// The sentences so far, as they are spoken.
    sentences: BTreeMap<usize, String>,
}

impl Edge {
    /// The name of the event after `sentence` or `word`.
    pub(crate) fn name(self, separator: &str) -> String {
        let (what, which) = match self {
            Self::SentenceStart => ("sentence", "start"),
            Self::WordStart => ("word", "start"),
            Self::WordEnd => ("word", "end"),
            Self::SentenceEnd => ("sentence", "end"),
        };
        format!("{what}{separator}{which}")
    }

    fn is_start(self) -> bool {
        matches!(self, Self::SentenceStart | Self::WordStart)
    }
}

impl Place {
    /// The length of a text.
    pub(crate) fn end_of(text: &str) -> Self {
        Self { utf8: text.len(), utf16: text.encode_utf16().count() }
    }

    /// This place in a text that begins at `start` of a longer one.
    pub(crate) fn after(self, start: Self) -> Self {
        Self { utf8: start.utf8 + self.utf8, utf16: start.utf16 + self.utf16 }
    }
}

impl Timing {
    /// The same in a stream and a text that began earlier.
    pub(crate) fn after(mut self, seconds: f64, start: Place) -> Self {
        self.start_s += seconds;
        self.end_s += seconds;
        self.source = self.source.start.after(start)..self.source.end.after(start);
        self
    }

    /// As an event of this type. What begins has no end yet.
    pub(crate) fn to_json(&self, kind: &str) -> Value {
        let Range { start, end } = &self.source;
        let mut event = json!({
            "type": kind,
            "sentence": self.sentence,
            "text": self.text,
            "start": in_seconds(self.start_s),
            "utf8": [start.utf8, end.utf8],
            "utf16": [start.utf16, end.utf16],
        });
        if let Some(word) = self.word {
            event["word"] = json!(word);
        }
        if !self.edge.is_start() {
            event["end"] = json!(in_seconds(self.end_s));
        }
        event
    }
}

impl<'a> TimingReader<'a> {
    pub(crate) fn new(text: &'a str, sample_rate_hz: u32) -> Self {
        Self { offsets: Utf16Offsets::new(text), sample_rate_hz, sentences: BTreeMap::new() }
    }

    pub(crate) fn read(&mut self, events: Vec<TimingEvent>) -> Vec<Timing> {
        events.into_iter().filter_map(|event| self.one(event)).collect()
    }

    /// Warnings about the speech of sentences that have problems.
    pub(crate) fn warnings(&self, checked: &[CheckedSentence]) -> Vec<Value> {
        let flawed = checked.iter().filter(|checked| !checked.problems.is_empty());
        let warnings = flawed.map(|checked| {
            let problems: Vec<String> = checked.problems.iter().map(ToString::to_string).collect();
            let sentence = self.sentences.get(&checked.sentence).map_or("", String::as_str);
            let message = format!("the speech of {sentence:?} likely {}", problems.join(" and "));
            json!({
                "code": "flawed_speech", "message": message, "sentence": sentence, "problems": problems,
            })
        });
        warnings.collect()
    }

    fn one(&mut self, event: TimingEvent) -> Option<Timing> {
        Some(match event {
            TimingEvent::SentenceStart(sentence) => {
                self.sentences.insert(sentence.sentence, sentence.text.clone());
                self.sentence(Edge::SentenceStart, sentence)
            }
            TimingEvent::SentenceEnd(sentence) => self.sentence(Edge::SentenceEnd, sentence),
            TimingEvent::WordStart(word) => self.word(Edge::WordStart, word),
            TimingEvent::WordEnd(word) => self.word(Edge::WordEnd, word),
            // Later versions may tell more.
            _ => return None,
        })
    }

    fn sentence(
        &self,
        edge: Edge,
        SentenceTime { sentence, text, source, start, end, .. }: SentenceTime,
    ) -> Timing {
        let (start_s, end_s) = (self.seconds(start), self.seconds(end));
        Timing { edge, sentence, word: None, text, source: self.places(source), start_s, end_s }
    }

    fn word(
        &self,
        edge: Edge,
        WordTime { sentence, word, text, source, start, end, .. }: WordTime,
    ) -> Timing {
        let (start_s, end_s) = (self.seconds(start), self.seconds(end));
        Timing { edge, sentence, word: Some(word), text, source: self.places(source), start_s, end_s }
    }

    fn places(&self, source: Range<usize>) -> Range<Place> {
        let place = |utf8| Place { utf8, utf16: self.offsets.of(utf8) };
        place(source.start)..place(source.end)
    }

    fn seconds(&self, samples: u64) -> f64 {
        samples as f64 / f64::from(self.sample_rate_hz)
    }
}

/// Seconds without the noise of their last digits.
pub(crate) fn in_seconds(seconds: f64) -> f64 {
    const PER_SECOND: f64 = 1e5;
    (seconds * PER_SECOND).round() / PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_a_later_text_counts_from_the_start_of_all() {
        let place = |utf8, utf16| Place { utf8, utf16 };
        let word = Timing {
            edge: Edge::WordEnd,
            sentence: 0,
            word: Some(2),
            text: "cat".to_owned(),
            source: place(5, 3)..place(8, 6),
            start_s: 0.24,
            end_s: 0.4,
        };
        let event = word.after(1.0, Place::end_of("é\u{1f600} ")).to_json("word_end");
        let expected = json!({
            "type": "word_end", "sentence": 0, "word": 2, "text": "cat", "start": 1.24, "end": 1.4,
            "utf8": [12, 15], "utf16": [7, 10],
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn what_begins_has_no_end() {
        let sentence = Timing {
            edge: Edge::SentenceStart,
            sentence: 1,
            word: None,
            text: "A cat.".to_owned(),
            source: Place::default()..Place::end_of("A cat."),
            start_s: 0.08,
            end_s: 0.08,
        };
        let event = sentence.to_json(&sentence.edge.name("_"));
        assert_eq!(
            (event["type"].as_str(), event.get("end"), event.get("word")),
            (Some("sentence_start"), None, None)
        );
    }
}
