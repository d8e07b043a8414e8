//! Plays passages. It must not know which.

use pocket_tts_play::StopHandle;

use super::part::Part;
use super::parts::Passages;
use super::passages::Passage;
use super::pauses::pause_after;
use crate::exit::Failure;
use crate::listening::{Heard, Listening};

/// The end of a passage that is played again, in seconds: more than what waits to be heard when a run ends.
const END_S: f64 = 15.0;

/// Plays passages, if the user wants to hear them.
pub(super) struct Hearing<'a> {
    listening: Listening<'a>,
    /// The number of sentences of the passage so far.
    sentences: usize,
}

impl<'a> Hearing<'a> {
    pub(super) fn new(listening: Listening<'a>) -> Self {
        Self { listening, sentences: 0 }
    }

    /// Silences the book from another thread; `None` if nothing is heard.
    pub(super) fn stop_handle(&mut self) -> Option<StopHandle> {
        self.listening.playing().map(|playing| playing.stop_handle())
    }

    /// A passage begins to be spoken, with these numbers of tokens.
    pub(super) fn begin(&mut self, token_counts: &[usize]) {
        self.sentences = 0;
        if let Some(playing) = self.listening.playing() {
            playing.begin_sentences(token_counts);
        }
    }

    /// Plays the next sentence of the passage. Waits while much is still to be heard.
    pub(super) fn sentence(&mut self, samples: &[f32]) -> Result<(), Failure> {
        let sentence = self.sentences;
        self.sentences += 1;
        self.listening.with(|playing| playing.write(sentence, samples))
    }

    /// The passage has ended: the pause after it follows.
    pub(super) fn end(&mut self, passage: &Passage, part: &Part) -> Result<(), Failure> {
        if let Some(playing) = self.listening.playing() {
            playing.end();
        }
        self.pause(passage, part)
    }

    /// Plays a stored passage, or with `only_end` the last sentences of it.
    pub(super) fn stored(
        &mut self,
        passages: &Passages<'_>,
        passage: &Passage,
        only_end: bool,
    ) -> Result<(), Failure> {
        if !self.listening.is_on() {
            return Ok(());
        }
        let (part, samples) = (passages.part(passage)?, passages.samples(passage)?);
        let start = if only_end { end_of(part) } else { 0 };
        let heard = samples.get(start..).unwrap_or_default();
        self.listening.with(|playing| playing.add(heard))?;
        self.pause(passage, part)
    }

    /// Plays everything to its end.
    pub(super) fn finish(self) -> Result<Heard, Failure> {
        self.listening.finish()
    }

    fn pause(&mut self, passage: &Passage, part: &Part) -> Result<(), Failure> {
        self.listening.with(|playing| playing.add(&vec![0.0; pause_after(passage, part)]))
    }
}

/// Where the sentence begins in which the last seconds of a passage begin, in samples.
fn end_of(part: &Part) -> usize {
    let end = (END_S * f64::from(part.sample_rate_hz)) as u64;
    let latest = part.samples.saturating_sub(end);
    let starts = part.sentences.iter().map(|sentence| sentence.start);
    let start = starts.filter(|start| *start <= latest).max().unwrap_or(0);
    usize::try_from(start).unwrap_or(0)
}
