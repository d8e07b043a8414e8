//! Speech while it is generated, as its caller sees it. It must not know how it is generated.

use std::{
    iter::FusedIterator,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use crate::{
    Error, Result, TextReport,
    playback::{AudioChunk, Playback},
    scheduler::{Event, Scheduler},
    synthesis::{CheckedSentence, RequestPlan},
    timeline::{Timeline, TimingEvent},
};

/// Audio of one request, generated a few seconds ahead of the caller. A caller that stops reading stops the work.
///
/// An error is the last item. A stream that ends without one is complete or was cancelled. Dropping the stream ends the work
/// within a frame.
#[derive(Debug)]
pub struct SpeechStream {
    scheduler: Arc<Scheduler>,
    id: u64,
    /// Whether nothing more is generated.
    has_ended: bool,
    is_cancelled: Arc<AtomicBool>,
    frames: usize,
    unfinished_sentences: usize,
    checked: Vec<CheckedSentence>,
    about: About,
}

/// What is known of a stream from the start.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) seed: u64,
    pub(crate) report: TextReport,
    pub(crate) token_counts: Vec<usize>,
    pub(crate) pause_after: Duration,
    pub(crate) playback: Playback,
    /// If the caller asked for it.
    pub(crate) timeline: Option<Timeline>,
}

/// Stops a [`SpeechStream`] from elsewhere; the stream then ends within one frame.
#[derive(Debug, Clone)]
pub struct CancelHandle {
    scheduler: Weak<Scheduler>,
    id: u64,
    is_cancelled: Arc<AtomicBool>,
}

impl SpeechStream {
    pub(crate) fn start(scheduler: &Arc<Scheduler>, plan: RequestPlan, about: About) -> Result<Self> {
        let id = scheduler.start(plan)?;
        Ok(Self {
            scheduler: Arc::clone(scheduler),
            id,
            has_ended: false,
            is_cancelled: Arc::default(),
            frames: 0,
            unfinished_sentences: 0,
            checked: Vec::new(),
            about,
        })
    }

    /// Whether nothing more comes.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended && !self.about.playback.has_chunk()
    }

    /// The next event, or registers the context to be woken.
    pub(crate) fn poll_event(&self, context: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        self.scheduler.poll_event(self.id, context)
    }

    /// The next chunk that is ready. To be called until there is none, before the next event is taken.
    pub(crate) fn next_chunk(&mut self) -> Option<AudioChunk> {
        // A pause needs no event, so it isn't ended by the lack of one.
        if self.is_cancelled.load(Ordering::Relaxed) {
            self.end();
        }
        self.about.playback.next_chunk()
    }

    /// Takes an event. Returns the error that it ends the stream with.
    pub(crate) fn take(&mut self, event: Option<Result<Event>>) -> Option<Error> {
        match event {
            Some(Ok(Event::Chunk { samples, attention, sentence })) => {
                self.frames += 1;
                let position = self.about.playback.position();
                if let Some(timeline) = &mut self.about.timeline {
                    timeline.push(sentence, &samples, attention.as_ref(), position);
                }
                if let Err(error) = self.about.playback.push(sentence, samples) {
                    self.end();
                    return Some(Error::InvalidOption { option: "speed", problem: error.to_string() });
                }
            }
            Some(Ok(Event::SentenceEnd { checked, reached_limit })) => {
                self.unfinished_sentences += usize::from(reached_limit);
                let position = self.about.playback.position();
                if let Some(timeline) = &mut self.about.timeline {
                    timeline.end(position);
                }
                self.about.playback.end_sentence(checked.sentence);
                if !checked.repeated.is_empty() || !checked.problems.is_empty() {
                    self.checked.push(checked);
                }
            }
            Some(Ok(Event::Done)) => self.has_ended = true,
            None => self.end(),
            Some(Err(error)) => {
                self.end();
                return Some(error);
            }
        }
        None
    }

    fn end(&mut self) {
        self.has_ended = true;
        self.about.playback.stop();
    }

    /// A handle with which another thread can stop this stream.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle {
            scheduler: Arc::downgrade(&self.scheduler),
            id: self.id,
            is_cancelled: Arc::clone(&self.is_cancelled),
        }
    }

    /// The seed of the noise: the requested one, or the one drawn.
    pub fn seed(&self) -> u64 {
        self.about.seed
    }

    /// The problems of the text, known before it is spoken.
    pub fn text_report(&self) -> &TextReport {
        &self.about.report
    }

    /// The number of tokens of each sentence, in order: how many sentences the request has, and about how long each takes
    /// in proportion.
    pub fn token_counts(&self) -> &[usize] {
        &self.about.token_counts
    }

    /// The pause of the options that would follow the last sentence if the request had another one, for a caller that goes
    /// on in another request. It isn't part of this stream.
    pub fn pause_after(&self) -> Duration {
        self.about.pause_after
    }

    /// Frames (80 ms at the model's own speed) that were generated for the chunks so far. Pauses have none.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The sentences and words that began and ended since the last call, if the
    /// [options ask for them](crate::GenerateOptions::timings). Their positions count samples of this stream. Up to the
    /// end of a chunk, all are told by the time that the chunk is returned.
    pub fn take_timings(&mut self) -> Vec<TimingEvent> {
        self.about.timeline.as_mut().map(Timeline::take).unwrap_or_default()
    }

    /// The sentences so far in which the [check](crate::GenerateOptions::check) found problems, or which it had spoken
    /// again.
    pub fn checked_sentences(&self) -> &[CheckedSentence] {
        &self.checked
    }

    /// Sentences so far that ended at their frame limit rather than at EOS. Their speech is often garbled.
    pub fn unfinished_sentences(&self) -> usize {
        self.unfinished_sentences
    }
}

impl CancelHandle {
    /// Ends the stream. The audio already handed out is whole chunks.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
        if let Some(scheduler) = self.scheduler.upgrade() {
            scheduler.cancel(self.id);
        }
    }
}

impl Iterator for SpeechStream {
    type Item = Result<AudioChunk>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(chunk) = self.next_chunk() {
                return Some(Ok(chunk));
            }
            if self.has_ended {
                return None;
            }
            let event = self.scheduler.next_event(self.id);
            if let Some(error) = self.take(event) {
                return Some(Err(error));
            }
        }
    }
}

impl FusedIterator for SpeechStream {}

impl Drop for SpeechStream {
    fn drop(&mut self) {
        self.scheduler.cancel(self.id);
    }
}
