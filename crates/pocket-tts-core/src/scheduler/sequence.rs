//! A request and its sequences, the sentences that are being generated. It must not know threads or the policy.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar},
    task::Waker,
};

use pocket_tts_text::SentenceWords;

use super::attempts::{Attempts, Verdict};
use crate::{
    Error, Result,
    parts::Parts,
    synthesis::{CheckedSentence, FrameDecoder, GeneratedLatent, LatentGenerator, RequestPlan},
};

/// Chunks that may wait for the caller in the sentence that is heard: 2.5 s.
const WAITING_CHUNKS: usize = 32;
/// Chunks that may wait in all later sentences. Both limits together are 1.5 MB at 24 kHz.
const WAITING_CHUNKS_AHEAD: usize = 160;
/// With fewer latents than this a sentence is short of latents. The codec waits for as many.
const FEW_LATENTS: usize = 2;
/// Latents that may wait for the codec.
const WAITING_LATENTS: usize = 8;
/// Latents of one codec decode at most.
const LATENTS_AT_ONCE: usize = 4;

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: u64,
    pub(super) plan: Arc<RequestPlan>,
    /// The sentences that have started and not been heard, in order.
    pub(super) sequences: VecDeque<Sequence>,
    /// Sentences that have started.
    started: usize,
    /// Whether a bug of the queue ended it.
    has_failed: bool,
    /// What the caller waits on.
    pub(super) caller: Arc<Condvar>,
    /// The waker of an asynchronous caller.
    pub(super) waker: Option<Waker>,
}

/// A sentence that is being generated.
#[derive(Debug)]
pub(super) struct Sequence {
    pub(super) sentence: usize,
    pub(super) generation: GenerationState,
    pub(super) decoder_state: DecoderState,
    pub(super) latents: VecDeque<Vec<f32>>,
    chunks: VecDeque<Vec<f32>>,
    /// The attention of the frames whose chunks have not been heard, if it is watched.
    scores: VecDeque<Vec<f32>>,
    /// The words, once the sentence is prefilled, if the attention to them is watched.
    words: Option<Arc<SentenceWords>>,
    attempts: Attempts,
    /// Why it ended early; reported once everything before has been heard.
    failure: Option<Error>,
    /// Frames decoded so far.
    pub(super) decoded_frames: usize,
    /// When a worker last decoded it, by the queue's clock.
    pub(super) last_decoded: u64,
}

/// The state of a sentence's latents.
#[derive(Debug)]
pub(super) enum GenerationState {
    /// The sentence needs its prefill.
    New,
    /// A worker has the generator.
    Running,
    /// The next latent can be generated.
    Ready(Box<LatentGenerator>),
    /// All latents exist; whether the frame limit ended them.
    Done { reached_limit: bool },
}

/// The state of a sentence's codec decoder.
#[derive(Debug)]
pub(super) enum DecoderState {
    /// A worker has the decoder.
    Running,
    /// Latents can be decoded.
    Ready(Box<FrameDecoder>),
    /// It failed.
    Done,
}

/// What a caller receives.
#[derive(Debug)]
pub(crate) enum Event {
    /// A frame of the sentence of this number, with the words and the attention to each unit, if it is watched.
    Chunk { samples: Vec<f32>, attention: Option<(Arc<SentenceWords>, Vec<f32>)>, sentence: usize },
    /// The sentence has been heard; whether the frame limit ended it.
    SentenceEnd { checked: CheckedSentence, reached_limit: bool },
    /// The last sentence has been heard.
    Done,
}

impl Request {
    pub(super) fn new(id: u64, plan: Arc<RequestPlan>, parts: &Arc<Parts>) -> Self {
        let (sequences, caller) = (VecDeque::new(), Arc::default());
        let mut request = Self { id, plan, sequences, started: 0, has_failed: false, caller, waker: None };
        request.start_next(parts);
        request
    }

    pub(super) fn sequence(&mut self, sentence: usize) -> Option<&mut Sequence> {
        self.sequences.iter_mut().find(|sequence| sequence.sentence == sentence)
    }

    /// Whether sentences are left that have not started.
    pub(super) fn has_more(&self) -> bool {
        self.started < self.plan.sentences.len()
    }

    /// Starts the next sentence, if there is one.
    pub(super) fn start_next(&mut self, parts: &Arc<Parts>) {
        if self.has_more() {
            let repeats = self.plan.sentences[self.started].repeats;
            self.sequences.push_back(Sequence::new(self.started, repeats, parts));
            self.started += 1;
        }
    }

    /// Whether latents of the sequence at `index` can be decoded now.
    pub(super) fn can_decode(&self, index: usize) -> bool {
        let sequence = &self.sequences[index];
        matches!(sequence.decoder_state, DecoderState::Ready(_))
            && sequence.has_enough()
            && self.has_room(index)
    }

    fn has_room(&self, index: usize) -> bool {
        if index == 0 {
            let front = &self.sequences[0];
            return front.chunks.len() < WAITING_CHUNKS || front.attempts.is_waiting();
        }
        let ahead: usize = self.sequences.iter().skip(1).map(|sequence| sequence.chunks.len()).sum();
        ahead < WAITING_CHUNKS_AHEAD
    }

    /// Ends the request with an error, whatever state it is in, and wakes the caller.
    pub(super) fn fail(&mut self) {
        self.has_failed = true;
        self.sequences.clear();
        self.started = self.plan.sentences.len();
        self.caller.notify_all();
    }

    /// The next event, if it is ready. None follows an error or [`Event::Done`].
    pub(super) fn next_event(&mut self, parts: &Arc<Parts>) -> Option<Result<Event>> {
        if self.has_failed {
            return Some(Err(Error::WorkerPanicked));
        }
        let Some(sequence) = self.sequences.front_mut() else { return Some(Ok(Event::Done)) };
        let sentence = sequence.sentence;
        if sequence.attempts.is_waiting() {
            return None;
        }
        if let Some(samples) = sequence.chunks.pop_front() {
            let attention = sequence.words.clone().zip(sequence.scores.pop_front());
            return Some(Ok(Event::Chunk { samples, attention, sentence }));
        }
        if !sequence.latents.is_empty() || matches!(sequence.decoder_state, DecoderState::Running) {
            return None;
        }
        if let Some(error) = sequence.failure.take() {
            return Some(Err(error));
        }
        let GenerationState::Done { reached_limit } = sequence.generation else { return None };
        let checked = sequence.attempts.finish(sentence);
        self.sequences.pop_front();
        if self.sequences.is_empty() {
            self.start_next(parts);
        }
        Some(Ok(Event::SentenceEnd { checked, reached_limit }))
    }
}

impl Sequence {
    fn new(sentence: usize, repeats: bool, parts: &Arc<Parts>) -> Self {
        Self {
            sentence,
            generation: GenerationState::New,
            decoder_state: DecoderState::Ready(Box::new(FrameDecoder::new(parts))),
            latents: VecDeque::new(),
            chunks: VecDeque::new(),
            scores: VecDeque::new(),
            words: None,
            attempts: Attempts::new(repeats),
            failure: None,
            decoded_frames: 0,
            last_decoded: 0,
        }
    }

    pub(super) fn is_new(&self) -> bool {
        matches!(self.generation, GenerationState::New)
    }

    pub(super) fn is_generated(&self) -> bool {
        matches!(self.generation, GenerationState::Done { .. })
    }

    /// Whether another latent may be generated.
    pub(super) fn can_generate(&self) -> bool {
        matches!(self.generation, GenerationState::Ready(_)) && self.latents.len() < WAITING_LATENTS
    }

    /// Whether another latent should be generated before anything else.
    pub(super) fn is_short_of_latents(&self) -> bool {
        matches!(self.generation, GenerationState::Ready(_)) && self.latents.len() < FEW_LATENTS
    }

    /// How often the sentence was spoken before.
    pub(super) fn attempt(&self) -> u32 {
        self.attempts.number()
    }

    /// Takes the generator of a new attempt.
    pub(super) fn finish_prefill(&mut self, generator: Box<LatentGenerator>) {
        self.words = generator.words().cloned();
        self.generation = GenerationState::Ready(generator);
    }

    /// Returns the generator with the result of its step.
    pub(super) fn finish_decode_step(
        &mut self,
        generator: Box<LatentGenerator>,
        written: Result<GeneratedLatent>,
        parts: &Arc<Parts>,
    ) {
        match written {
            Ok(GeneratedLatent::Frame { latent, scores }) if self.failure.is_none() => {
                self.attempts.note(&latent, &scores);
                self.latents.push_back(latent);
                if self.words.is_some() {
                    self.scores.push_back(scores);
                }
                self.generation = GenerationState::Ready(generator);
            }
            Ok(GeneratedLatent::Frame { .. }) => {
                self.attempts.stop();
                self.generation = GenerationState::Done { reached_limit: false };
            }
            Ok(GeneratedLatent::End { reached_limit, problems }) => {
                match self.attempts.end(reached_limit, problems) {
                    Verdict::Keep => self.generation = GenerationState::Done { reached_limit },
                    Verdict::Repeat => {
                        self.restart(VecDeque::new(), VecDeque::new(), parts);
                        self.generation = GenerationState::New;
                    }
                    Verdict::Replay(attempt) => {
                        self.restart(attempt.latents.into(), attempt.scores.into(), parts);
                        self.generation = GenerationState::Done { reached_limit: attempt.reached_limit };
                    }
                }
            }
            Err(error) => self.fail_generation(error),
        }
    }

    /// Replaces the sound of an attempt, none of which was heard.
    fn restart(&mut self, latents: VecDeque<Vec<f32>>, scores: VecDeque<Vec<f32>>, parts: &Arc<Parts>) {
        self.chunks.clear();
        (self.latents, self.scores) = (latents, scores);
        self.decoded_frames = 0;
        match self.decoder_state {
            DecoderState::Running => self.attempts.forget_decoder(),
            DecoderState::Ready(_) | DecoderState::Done => {
                self.decoder_state = DecoderState::Ready(Box::new(FrameDecoder::new(parts)));
            }
        }
    }

    /// Ends the sentence after the latents that exist.
    pub(super) fn fail_generation(&mut self, error: Error) {
        self.attempts.stop();
        self.generation = GenerationState::Done { reached_limit: false };
        self.failure.get_or_insert(error);
    }

    /// Latents of one codec decode: the first alone, so that it is heard soon, then several, for which the codec's weights
    /// are read once.
    pub(super) fn take_latents(&mut self) -> Vec<Vec<f32>> {
        let most = if self.decoded_frames == 0 { 1 } else { LATENTS_AT_ONCE };
        self.latents.drain(..most.min(self.latents.len())).collect()
    }

    /// Whether there are enough latents to decode.
    fn has_enough(&self) -> bool {
        let enough = if self.decoded_frames == 0 || self.is_generated() { 1 } else { FEW_LATENTS };
        self.latents.len() >= enough
    }

    /// Returns the decoder with its chunks.
    pub(super) fn finish_codec_decode(
        &mut self,
        decoder: Box<FrameDecoder>,
        chunks: Result<Vec<Vec<f32>>>,
        parts: &Arc<Parts>,
    ) {
        if self.attempts.decoder_is_forgotten() {
            self.decoder_state = DecoderState::Ready(Box::new(FrameDecoder::new(parts)));
            return;
        }
        match chunks {
            Ok(chunks) => {
                self.decoded_frames += chunks.len();
                self.chunks.extend(chunks);
                self.decoder_state = DecoderState::Ready(decoder);
            }
            Err(error) => self.fail_decoding(error),
        }
    }

    /// Ends the sentence after the frames that exist.
    pub(super) fn fail_decoding(&mut self, error: Error) {
        self.attempts.stop();
        self.latents.clear();
        self.decoder_state = DecoderState::Done;
        self.failure = Some(error);
        if let GenerationState::Ready(_) | GenerationState::New = self.generation {
            self.generation = GenerationState::Done { reached_limit: false };
        }
    }
}
