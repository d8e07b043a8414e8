//! When sentences and words are heard in a stream. It must not know how they are generated.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use pocket_tts_spans::MappedText;
use pocket_tts_text::SentenceWords;

use crate::words::{WordAligner, WordEdge, is_voiced};

/// The beginning or the end of a sentence or a word.
///
/// Events come in the order of time, words inside their sentence. Words are told if the model's attention heads for it are
/// known ([`TtsModel::has_word_times`](crate::TtsModel::has_word_times)), to a frame (80 ms at the model's own speed).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimingEvent {
    /// A sentence begins; its `end` is its `start`.
    SentenceStart(SentenceTime),
    /// A word begins; its `end` is its `start`.
    WordStart(WordTime),
    /// A word ends.
    WordEnd(WordTime),
    /// A sentence ends, before the pause after it.
    SentenceEnd(SentenceTime),
}

/// A sentence in time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentenceTime {
    /// Its number in the request, from 0.
    pub sentence: usize,
    /// The sentence in plain words, as it is spoken.
    pub text: String,
    /// Its bytes in the original text: the one that the request was made of or, of a request of several texts, its own.
    pub source: Range<usize>,
    /// Where it begins in the stream, in samples.
    pub start: u64,
    /// Where it ends, in samples.
    pub end: u64,
}

/// A word in time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WordTime {
    /// The number of its sentence in the request, from 0.
    pub sentence: usize,
    /// Its number in the request, from 0.
    pub word: usize,
    /// The word as it is spoken.
    pub text: String,
    /// What it stands for, in bytes of the original text, as in [`SentenceTime::source`]. All words of a number have the same
    /// range.
    pub source: Range<usize>,
    /// Where it begins in the stream, in samples.
    pub start: u64,
    /// Where it ends, in samples. A word that was never heard ends where it begins.
    pub end: u64,
}

/// Collects the events of a stream.
#[derive(Debug)]
pub(crate) struct Timeline {
    /// The sentences of the request.
    sentences: Vec<MappedText>,
    current: Option<Current>,
    /// Words of the sentences before.
    words_before: usize,
    events: VecDeque<TimingEvent>,
}

/// The sentence that is being heard.
#[derive(Debug)]
struct Current {
    time: SentenceTime,
    words: Option<(Arc<SentenceWords>, WordAligner)>,
    /// Where the open word begins.
    word_start: u64,
}

impl Timeline {
    pub(crate) fn new(sentences: Vec<MappedText>) -> Self {
        Self { sentences, current: None, words_before: 0, events: VecDeque::new() }
    }

    pub(crate) fn take(&mut self) -> Vec<TimingEvent> {
        self.events.drain(..).collect()
    }

    fn begin(&mut self, sentence: usize, words: Option<&Arc<SentenceWords>>, position: u64) {
        let text = &self.sentences[sentence];
        let time = SentenceTime {
            sentence,
            text: text.text().to_owned(),
            source: text.source_of(0..text.len()),
            start: position,
            end: position,
        };
        self.events.push_back(TimingEvent::SentenceStart(time.clone()));
        let words = words.map(|words| (Arc::clone(words), WordAligner::new(Arc::clone(words))));
        self.current = Some(Current { time, words, word_start: position });
    }

    /// A frame of a sentence begins at this position. `attention` is the words and the attention to each unit.
    pub(crate) fn push(
        &mut self,
        sentence: usize,
        samples: &[f32],
        attention: Option<&(Arc<SentenceWords>, Vec<f32>)>,
        position: u64,
    ) {
        if self.current.is_none() {
            self.begin(sentence, attention.map(|(words, _)| words), position);
        }
        let aligner = self.current.as_mut().and_then(|current| current.words.as_mut());
        if let (Some((_, aligner)), Some((words, scores))) = (aligner, attention) {
            let edges = aligner.push(scores, is_voiced(samples));
            self.tell(words, &edges, position);
        }
    }

    /// The sentence ends at this position.
    pub(crate) fn end(&mut self, position: u64) {
        let words = self.current.as_mut().and_then(|current| current.words.as_mut());
        if let Some((words, aligner)) = words {
            let (words, edges) = (Arc::clone(words), aligner.finish());
            self.tell(&words, &edges, position);
            self.words_before += words.words().len();
        }
        if let Some(Current { time, .. }) = self.current.take() {
            self.events.push_back(TimingEvent::SentenceEnd(SentenceTime { end: position, ..time }));
        }
    }

    fn tell(&mut self, words: &SentenceWords, edges: &[WordEdge], position: u64) {
        let Some(current) = &mut self.current else { return };
        for edge in edges {
            let (WordEdge::Start(index) | WordEdge::End(index)) = *edge;
            if let WordEdge::Start(_) = edge {
                current.word_start = position;
            }
            let word = &words.words()[index];
            let time = WordTime {
                sentence: current.time.sentence,
                word: self.words_before + index,
                text: word.text.clone(),
                source: word.source.clone(),
                start: current.word_start,
                end: position,
            };
            self.events.push_back(match edge {
                WordEdge::Start(_) => TimingEvent::WordStart(time),
                WordEdge::End(_) => TimingEvent::WordEnd(time),
            });
        }
    }
}
