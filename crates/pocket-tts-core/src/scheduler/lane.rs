//! A request and its sentences on their way through the workers. It must not know threads or whose turn it is.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar},
    task::Waker,
};

use crate::{
    Error, Result,
    parts::Parts,
    synthesis::{Plan, Speaker, Writer, Written},
};

/// Chunks that may wait for the caller in the sentence that is being heard: some 2.5 s.
const WAITING_CHUNKS: usize = 32;
/// Chunks that may wait in the sentences behind it. All together take 1.5 MB at 24 kHz.
const WAITING_CHUNKS_AHEAD: usize = 160;
/// With fewer latents than this a sentence soon leaves the codec without work; and the codec waits for as many.
const FEW_LATENTS: usize = 2;
/// Latents that may wait for the codec.
const WAITING_LATENTS: usize = 8;
/// Most latents that are spoken at once.
const LATENTS_AT_ONCE: usize = 4;

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: u64,
    pub(super) plan: Arc<Plan>,
    /// The sentences under way, the one that is being heard first.
    pub(super) lanes: VecDeque<Lane>,
    /// Sentences that have a lane, or had one.
    begun: usize,
    /// Whether a bug of the board ends it.
    has_failed: bool,
    /// What the caller waits on.
    pub(super) caller: Arc<Condvar>,
    /// Of a caller that doesn't wait but wants to be told.
    pub(super) waker: Option<Waker>,
}

/// A sentence under way.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) sentence: usize,
    pub(super) writing: Writing,
    pub(super) speaking: Speaking,
    pub(super) latents: VecDeque<Vec<f32>>,
    chunks: VecDeque<Vec<f32>>,
    /// Why there is no more of it; told once everything before has been heard.
    failure: Option<Error>,
    /// Frames spoken so far.
    pub(super) spoken: usize,
    /// When a worker last spoke for it, in turns of the board.
    pub(super) served: u64,
}

/// How far the writing of a sentence has come.
#[derive(Debug)]
pub(super) enum Writing {
    /// The sentence has not been read.
    New,
    /// A worker reads or writes.
    AtWork,
    /// The next latent can be written.
    Ready(Box<Writer>),
    /// All latents are written; whether it took the limit of frames to end them.
    Over { reached_limit: bool },
}

/// Whether latents can be turned into samples.
#[derive(Debug)]
pub(super) enum Speaking {
    /// A worker does.
    AtWork,
    /// They can.
    Ready(Box<Speaker>),
    /// Not any more.
    Over,
}

/// What a caller gets.
#[derive(Debug)]
pub(crate) enum Event {
    /// A frame of the sentence of this number.
    Chunk { samples: Vec<f32>, sentence: usize },
    /// A sentence has been heard; whether it took the limit of frames to end it.
    SentenceEnd { reached_limit: bool },
    /// The last sentence has been heard.
    Done,
}

impl Request {
    pub(super) fn new(id: u64, plan: Arc<Plan>, parts: &Arc<Parts>) -> Self {
        let (lanes, caller) = (VecDeque::new(), Arc::default());
        let mut request = Self { id, plan, lanes, begun: 0, has_failed: false, caller, waker: None };
        request.begin_next(parts);
        request
    }

    pub(super) fn lane(&mut self, sentence: usize) -> Option<&mut Lane> {
        self.lanes.iter_mut().find(|lane| lane.sentence == sentence)
    }

    /// Whether sentences are left that have no lane.
    pub(super) fn has_more(&self) -> bool {
        self.begun < self.plan.sentences.len()
    }

    /// Puts the next sentence on its way, if there is one.
    pub(super) fn begin_next(&mut self, parts: &Arc<Parts>) {
        if self.has_more() {
            self.lanes.push_back(Lane::new(self.begun, parts));
            self.begun += 1;
        }
    }

    /// Whether a worker could speak for the lane at `index` now.
    pub(super) fn can_speak(&self, index: usize) -> bool {
        let lane = &self.lanes[index];
        matches!(lane.speaking, Speaking::Ready(_)) && lane.has_enough() && self.has_room(index)
    }

    fn has_room(&self, index: usize) -> bool {
        if index == 0 {
            return self.lanes[0].chunks.len() < WAITING_CHUNKS;
        }
        let ahead: usize = self.lanes.iter().skip(1).map(|lane| lane.chunks.len()).sum();
        ahead < WAITING_CHUNKS_AHEAD
    }

    /// Ends it with an error, whatever state it is in, and wakes the caller.
    pub(super) fn fail(&mut self) {
        self.has_failed = true;
        self.lanes.clear();
        self.begun = self.plan.sentences.len();
        self.caller.notify_all();
    }

    /// What comes next, if it is there already. Nothing comes after an error or [`Event::Done`].
    pub(super) fn next_event(&mut self, parts: &Arc<Parts>) -> Option<Result<Event>> {
        if self.has_failed {
            return Some(Err(Error::WorkerPanicked));
        }
        let Some(lane) = self.lanes.front_mut() else { return Some(Ok(Event::Done)) };
        if let Some(samples) = lane.chunks.pop_front() {
            return Some(Ok(Event::Chunk { samples, sentence: lane.sentence }));
        }
        if !lane.latents.is_empty() || matches!(lane.speaking, Speaking::AtWork) {
            return None;
        }
        if let Some(error) = lane.failure.take() {
            return Some(Err(error));
        }
        let Writing::Over { reached_limit } = lane.writing else { return None };
        self.lanes.pop_front();
        if self.lanes.is_empty() {
            self.begin_next(parts);
        }
        Some(Ok(Event::SentenceEnd { reached_limit }))
    }
}

impl Lane {
    fn new(sentence: usize, parts: &Arc<Parts>) -> Self {
        Self {
            sentence,
            writing: Writing::New,
            speaking: Speaking::Ready(Box::new(Speaker::new(parts))),
            latents: VecDeque::new(),
            chunks: VecDeque::new(),
            failure: None,
            spoken: 0,
            served: 0,
        }
    }

    pub(super) fn is_new(&self) -> bool {
        matches!(self.writing, Writing::New)
    }

    pub(super) fn is_written(&self) -> bool {
        matches!(self.writing, Writing::Over { .. })
    }

    /// Whether another latent may be written.
    pub(super) fn can_write(&self) -> bool {
        matches!(self.writing, Writing::Ready(_)) && self.latents.len() < WAITING_LATENTS
    }

    /// Whether another latent should be written before anything else.
    pub(super) fn is_hungry(&self) -> bool {
        matches!(self.writing, Writing::Ready(_)) && self.latents.len() < FEW_LATENTS
    }

    /// Puts a writer back with what it wrote.
    pub(super) fn take_written(&mut self, writer: Box<Writer>, written: Result<Written>) {
        match written {
            Ok(Written::Frame(latent)) if self.failure.is_none() => {
                self.latents.push_back(latent);
                self.writing = Writing::Ready(writer);
            }
            Ok(Written::Frame(_)) => self.writing = Writing::Over { reached_limit: false },
            Ok(Written::End { reached_limit }) => self.writing = Writing::Over { reached_limit },
            Err(error) => self.fail_to_write(error),
        }
    }

    /// Ends the sentence after what is written.
    pub(super) fn fail_to_write(&mut self, error: Error) {
        self.writing = Writing::Over { reached_limit: false };
        self.failure.get_or_insert(error);
    }

    /// Latents to speak at once: the first alone, so that it is heard soon, and then several, for which the
    /// codec's weights are read but once.
    pub(super) fn take_latents(&mut self) -> Vec<Vec<f32>> {
        let most = if self.spoken == 0 { 1 } else { LATENTS_AT_ONCE };
        self.latents.drain(..most.min(self.latents.len())).collect()
    }

    /// Whether there is enough to speak.
    fn has_enough(&self) -> bool {
        let enough = if self.spoken == 0 || self.is_written() { 1 } else { FEW_LATENTS };
        self.latents.len() >= enough
    }

    /// Puts a speaker back with the chunks that it made.
    pub(super) fn take_spoken(&mut self, speaker: Box<Speaker>, chunks: Result<Vec<Vec<f32>>>) {
        match chunks {
            Ok(chunks) => {
                self.spoken += chunks.len();
                self.chunks.extend(chunks);
                self.speaking = Speaking::Ready(speaker);
            }
            Err(error) => self.fail_to_speak(error),
        }
    }

    /// Ends the sentence after what is spoken.
    pub(super) fn fail_to_speak(&mut self, error: Error) {
        self.latents.clear();
        self.speaking = Speaking::Over;
        self.failure = Some(error);
        if let Writing::Ready(_) | Writing::New = self.writing {
            self.writing = Writing::Over { reached_limit: false };
        }
    }
}
