//! Speech while it is generated, as its caller sees it. It must not know how it is generated.

use std::{
    iter::FusedIterator,
    sync::{Arc, Weak},
    task::{Context, Poll},
};

use crate::{
    Result, TextReport,
    scheduler::{Event, Scheduler},
    synthesis::RequestPlan,
};

/// One frame (80 ms) of speech.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AudioChunk {
    /// Samples in `-1.0..=1.0` except for rare overshoots, at the model's sample rate.
    pub samples: Vec<f32>,
    /// The sentence they belong to, counted from 0.
    pub sentence: usize,
}

/// Audio of one request, generated a few seconds ahead of the caller. A caller that stops reading stops the work.
///
/// Each item is a frame. An error is the last item. A stream that ends without one is complete or was cancelled. Dropping
/// the stream ends the work within a frame.
#[derive(Debug)]
pub struct SpeechStream {
    scheduler: Arc<Scheduler>,
    id: u64,
    has_ended: bool,
    unfinished_sentences: usize,
    about: About,
}

/// What is known of a stream from the start.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) seed: u64,
    pub(crate) report: TextReport,
}

/// Stops a [`SpeechStream`] from elsewhere; the stream then ends within one frame.
#[derive(Debug, Clone)]
pub struct CancelHandle {
    scheduler: Weak<Scheduler>,
    id: u64,
}

impl SpeechStream {
    pub(crate) fn start(scheduler: &Arc<Scheduler>, plan: RequestPlan, about: About) -> Result<Self> {
        let id = scheduler.start(plan)?;
        Ok(Self { scheduler: Arc::clone(scheduler), id, has_ended: false, unfinished_sentences: 0, about })
    }

    /// Whether nothing more comes.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The next event, or registers the context to be woken.
    pub(crate) fn poll_event(&self, context: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        self.scheduler.poll_event(self.id, context)
    }

    /// Converts an event for the caller.
    pub(crate) fn take(&mut self, event: Option<Result<Event>>) -> Option<Result<AudioChunk>> {
        match event {
            Some(Ok(Event::Chunk { samples, sentence })) => {
                return Some(Ok(AudioChunk { samples, sentence }));
            }
            Some(Ok(Event::SentenceEnd { reached_limit })) => {
                self.unfinished_sentences += usize::from(reached_limit);
            }
            Some(Ok(Event::Done)) | None => self.has_ended = true,
            Some(Err(error)) => {
                self.has_ended = true;
                return Some(Err(error));
            }
        }
        None
    }

    /// A handle with which another thread can stop this stream.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle { scheduler: Arc::downgrade(&self.scheduler), id: self.id }
    }

    /// The seed of the noise: the requested one, or the one drawn.
    pub fn seed(&self) -> u64 {
        self.about.seed
    }

    /// The problems of the text, known before it is spoken.
    pub fn text_report(&self) -> &TextReport {
        &self.about.report
    }

    /// Sentences so far that ended at their frame limit rather than at EOS. Their speech is often garbled.
    pub fn unfinished_sentences(&self) -> usize {
        self.unfinished_sentences
    }
}

impl CancelHandle {
    /// Ends the stream. The audio already handed out is whole frames.
    pub fn cancel(&self) {
        if let Some(scheduler) = self.scheduler.upgrade() {
            scheduler.cancel(self.id);
        }
    }
}

impl Iterator for SpeechStream {
    type Item = Result<AudioChunk>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_ended {
            let event = self.scheduler.next_event(self.id);
            if let Some(item) = self.take(event) {
                return Some(item);
            }
        }
        None
    }
}

impl FusedIterator for SpeechStream {}

impl Drop for SpeechStream {
    fn drop(&mut self) {
        self.scheduler.cancel(self.id);
    }
}
