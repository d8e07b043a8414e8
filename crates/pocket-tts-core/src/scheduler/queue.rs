//! The queue of all requests of a model, and the scheduling policy. It must not know threads.
//!
//! The order is: the first sound of a request; prefill; a decode step, if a sentence that is heard is short of latents,
//! since one pass over the weights serves all sentences that are ready; codec decodes, round-robin; other decode steps.
//! Later sentences of a text start while few are being generated, and are decoded when there is nothing else to do.

use std::{mem, sync::Arc, task::Waker};

use super::{
    job::{Job, JobKind, JobOutcome, SentenceRef},
    sequence::{DecoderState, GenerationState, Request, Sequence},
};
use crate::{Error, parts::Parts, synthesis::RequestPlan};

/// Rows of one pass over the weights at most: two blocks of what a kernel keeps in registers, and a few.
const MOST_ROWS: usize = 16;
/// While fewer sentences than this are being generated, later sentences of a text start.
const MIN_SEQUENCES: usize = 4;

/// The requests, their sentences, and the counters of the policy.
#[derive(Debug)]
pub(super) struct Queue {
    parts: Arc<Parts>,
    requests: Vec<Request>,
    /// Number of workers.
    workers: usize,
    /// Decode steps that are running.
    passes: usize,
    /// Jobs that were taken and are not finished.
    running_jobs: usize,
    next_id: u64,
    clock: u64,
    /// Incremented when all running jobs are forgotten.
    epoch: u64,
    /// A bug that appears when the next job finishes.
    #[cfg(test)]
    pub(super) bug: Option<fn()>,
    /// Wakers of callers that are still to be woken.
    wakers: Vec<Waker>,
}

/// Frames of a sentence that are decoded before the next sentence starts, so that a listener has something to hear
/// meanwhile.
const LEAD_FRAMES: usize = 8;

/// The indices of a request and of one of its sequences.
type SequenceIndex = (usize, usize);

enum NextJob {
    Prefill(SequenceIndex),
    DecodeStep,
    CodecDecode(SequenceIndex),
}

impl Queue {
    pub(super) fn new(parts: Arc<Parts>, workers: usize) -> Self {
        Self {
            parts,
            requests: Vec::new(),
            workers,
            passes: 0,
            running_jobs: 0,
            next_id: 0,
            clock: 0,
            epoch: 0,
            #[cfg(test)]
            bug: None,
            wakers: Vec::new(),
        }
    }

    /// Incremented by each bug of the queue. A job is returned only in the epoch in which it was taken.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Ends all requests with an error and forgets the running jobs, after a panic that may have left the queue
    /// inconsistent. The caller wakes the wakers after unlocking the queue.
    #[must_use]
    pub(super) fn fail(&mut self) -> Vec<Waker> {
        self.epoch += 1;
        self.passes = 0;
        self.running_jobs = 0;
        let mut wakers = mem::take(&mut self.wakers);
        for request in &mut self.requests {
            request.fail();
            wakers.extend(request.waker.take());
        }
        wakers
    }

    /// Adds a request and returns its number.
    pub(super) fn add(&mut self, plan: RequestPlan) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.requests.push(Request::new(id, Arc::new(plan), &self.parts));
        id
    }

    /// Removes a request. State that workers hold is dropped when their jobs finish.
    pub(super) fn remove(&mut self, id: u64) -> Option<Request> {
        let index = self.requests.iter().position(|request| request.id == id)?;
        Some(self.requests.remove(index))
    }

    pub(super) fn request(&mut self, id: u64) -> Option<&mut Request> {
        self.requests.iter_mut().find(|request| request.id == id)
    }

    /// Takes the most urgent job, if there is one.
    pub(super) fn take_job(&mut self) -> Option<Job> {
        self.look_ahead();
        let choice = self.choose()?;
        self.clock += 1;
        let job = match choice {
            NextJob::Prefill(at) => self.prefill(at),
            NextJob::DecodeStep => self.decode_step(),
            NextJob::CodecDecode(at) => self.codec_decode(at)?,
        };
        self.running_jobs += 1;
        Some(job)
    }

    /// Jobs that were taken and are not finished.
    pub(super) fn running_jobs(&self) -> usize {
        self.running_jobs
    }

    /// Whether there is a job to take.
    pub(super) fn has_job(&mut self) -> bool {
        self.look_ahead();
        self.choose().is_some()
    }

    /// Returns the outcome of a job. The wakers belong to callers that have something to read. They may run any code, so
    /// the caller wakes them after unlocking the queue.
    #[must_use]
    pub(super) fn finish_job(&mut self, outcome: JobOutcome) -> Vec<Waker> {
        #[cfg(test)]
        if let Some(bug) = self.bug.take() {
            bug();
        }
        self.running_jobs -= 1;
        let parts = Arc::clone(&self.parts);
        match outcome {
            JobOutcome::Prefill(sentence_ref, generator) => {
                self.at(sentence_ref, |sequence| match generator {
                    Ok(generator) => sequence.finish_prefill(generator),
                    Err(error) => sequence.fail_generation(error),
                });
            }
            JobOutcome::DecodeStep(each) => {
                self.passes -= 1;
                for (sentence_ref, generator, written) in each {
                    self.at(sentence_ref, |sequence| sequence.finish_decode_step(generator, written, &parts));
                }
            }
            JobOutcome::CodecDecode(sentence_ref, decoder, chunks) => {
                self.at(sentence_ref, |sequence| sequence.finish_codec_decode(decoder, chunks, &parts));
            }
            JobOutcome::Panicked(kind, sentences) => {
                self.passes -= usize::from(kind == JobKind::DecodeStep);
                for sentence_ref in sentences {
                    self.at(sentence_ref, |sequence| match kind {
                        JobKind::Prefill | JobKind::DecodeStep => {
                            sequence.fail_generation(Error::WorkerPanicked);
                        }
                        JobKind::CodecDecode => sequence.fail_decoding(Error::WorkerPanicked),
                    });
                }
            }
        }
        mem::take(&mut self.wakers)
    }

    #[cfg(test)]
    pub(super) fn sequence_at(&mut self, sentence_ref: SentenceRef) -> Option<&mut Sequence> {
        self.request(sentence_ref.request)?.sequence(sentence_ref.sentence)
    }

    /// Changes a sequence, if its request still exists, and wakes the caller.
    fn at(&mut self, sentence_ref: SentenceRef, change: impl FnOnce(&mut Sequence)) {
        if let Some(request) = self.request(sentence_ref.request) {
            let caller = Arc::clone(&request.caller);
            if let Some(sequence) = request.sequence(sentence_ref.sentence) {
                change(sequence);
                caller.notify_one();
                let waker = request.waker.take();
                self.wakers.extend(waker);
            }
        }
    }

    /// Starts later sentences where that delays no other request.
    fn look_ahead(&mut self) {
        let most = self.workers.max(MIN_SEQUENCES);
        let mut generating = self.sequences().filter(|(_, sequence)| !sequence.is_generated()).count();
        for request in &mut self.requests {
            let is_heard =
                request.sequences.front().is_some_and(|sequence| sequence.decoded_frames >= LEAD_FRAMES);
            let all_generated = request.sequences.iter().all(Sequence::is_generated);
            let is_free = generating < most && request.sequences.len() < self.workers.max(2);
            if request.has_more() && (is_heard && is_free || all_generated && request.sequences.len() < 2) {
                request.start_next(&self.parts);
                generating += 1;
            }
        }
    }

    /// The most urgent job.
    fn choose(&self) -> Option<NextJob> {
        let front = |(index, request): (usize, &Request)| (!request.sequences.is_empty()).then_some(index);
        let fronts = || self.requests.iter().enumerate().filter_map(front);
        if let Some(index) = self.first_sound() {
            return Some(NextJob::CodecDecode((index, 0)));
        }
        // A sentence that is not heard yet was started because there was time for it.
        if let Some((at, _)) =
            self.sequences().filter(|(_, sequence)| sequence.is_new()).min_by_key(|((_, index), _)| *index)
        {
            return Some(NextJob::Prefill(at));
        }
        let may_step = !self.only_first_sound_is_decoded()
            && (self.passes == 0 || self.ready_to_generate().count() >= MOST_ROWS);
        if may_step && fronts().any(|index| self.requests[index].sequences[0].is_short_of_latents()) {
            return Some(NextJob::DecodeStep);
        }
        let decodable =
            self.sequences().filter(|((request, sequence), _)| self.requests[*request].can_decode(*sequence));
        if let Some((at, _)) = decodable.min_by_key(|((_, index), sequence)| (*index, sequence.last_decoded))
        {
            return Some(NextJob::CodecDecode(at));
        }
        (may_step && self.ready_to_generate().next().is_some()).then_some(NextJob::DecodeStep)
    }

    /// Whether a worker decodes the first sound of the only request. Idle workers then help with it.
    fn only_first_sound_is_decoded(&self) -> bool {
        let is_made = |sequence: &Sequence| {
            [sequence.sentence, sequence.decoded_frames] == [0; 2]
                && matches!(sequence.decoder_state, DecoderState::Running)
        };
        matches!(self.requests.as_slice(), [only] if only.sequences.front().is_some_and(is_made))
    }

    /// A request whose first sound can be decoded now.
    fn first_sound(&self) -> Option<usize> {
        self.requests.iter().position(|request| {
            request.sequences.front().is_some_and(|sequence| sequence.decoded_frames == 0)
                && request.can_decode(0)
        })
    }

    fn sequences(&self) -> impl Iterator<Item = (SequenceIndex, &Sequence)> {
        self.requests.iter().enumerate().flat_map(|(request, each)| {
            each.sequences.iter().enumerate().map(move |(index, sequence)| ((request, index), sequence))
        })
    }

    fn ready_to_generate(&self) -> impl Iterator<Item = SequenceIndex> {
        self.sequences().filter(|(_, sequence)| sequence.can_generate()).map(|(at, _)| at)
    }

    fn prefill(&mut self, (request, index): SequenceIndex) -> Job {
        let request = &mut self.requests[request];
        let sequence = &mut request.sequences[index];
        sequence.generation = GenerationState::Running;
        Job::Prefill(
            SentenceRef { request: request.id, sentence: sequence.sentence },
            Arc::clone(&request.plan),
            sequence.attempt(),
        )
    }

    /// A decode step for as many sentences as one pass serves, the ones that are heard first.
    fn decode_step(&mut self) -> Job {
        let mut rows: Vec<SequenceIndex> = self.ready_to_generate().collect();
        rows.sort_by_key(|(request, index)| {
            (*index, self.requests[*request].sequences[*index].latents.len())
        });
        rows.truncate(MOST_ROWS);
        self.passes += 1;
        let take = |(request, index): SequenceIndex| {
            let request = &mut self.requests[request];
            let sequence = &mut request.sequences[index];
            let sentence_ref = SentenceRef { request: request.id, sentence: sequence.sentence };
            match mem::replace(&mut sequence.generation, GenerationState::Running) {
                GenerationState::Ready(generator) => Some((sentence_ref, generator)),
                other => {
                    sequence.generation = other;
                    None
                }
            }
        };
        Job::DecodeStep(rows.into_iter().filter_map(take).collect())
    }

    fn codec_decode(&mut self, (request, index): SequenceIndex) -> Option<Job> {
        let now = self.clock;
        let request = &mut self.requests[request];
        let sequence = &mut request.sequences[index];
        let DecoderState::Ready(decoder) = mem::replace(&mut sequence.decoder_state, DecoderState::Running)
        else {
            return None;
        };
        sequence.last_decoded = now;
        let sentence_ref = SentenceRef { request: request.id, sentence: sequence.sentence };
        Some(Job::CodecDecode(sentence_ref, decoder, sequence.take_latents()))
    }
}
