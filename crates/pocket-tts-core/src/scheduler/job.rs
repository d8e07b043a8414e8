//! The three kinds of jobs, and how each runs. It must not know the policy.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use pocket_tts_tensor::discard_panic;

use crate::{
    Result,
    parts::Parts,
    synthesis::{FrameDecoder, GeneratedLatent, LatentGenerator, RequestPlan, generate_together},
};

/// A sentence of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SentenceRef {
    pub(super) request: u64,
    pub(super) sentence: usize,
}

/// What a worker takes from the queue.
#[derive(Debug)]
pub(super) enum Job {
    /// Prefill a sentence, which was spoken so often before.
    Prefill(SentenceRef, Arc<RequestPlan>, u32),
    /// Generate the next latent of each sentence, in one pass over the weights.
    DecodeStep(Vec<(SentenceRef, Box<LatentGenerator>)>),
    /// Decode consecutive latents to samples.
    CodecDecode(SentenceRef, Box<FrameDecoder>, Vec<Vec<f32>>),
}

/// What a worker returns to the queue.
#[derive(Debug)]
pub(super) enum JobOutcome {
    Prefill(SentenceRef, Result<Box<LatentGenerator>>),
    DecodeStep(Vec<(SentenceRef, Box<LatentGenerator>, Result<GeneratedLatent>)>),
    CodecDecode(SentenceRef, Box<FrameDecoder>, Result<Vec<Vec<f32>>>),
    /// The job panicked, and the state that it held is lost.
    Panicked(JobKind, Vec<SentenceRef>),
}

/// The kind of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobKind {
    Prefill,
    DecodeStep,
    CodecDecode,
}

impl Job {
    /// Runs the job. A panic, which is a bug, ends the requests of this job and no others.
    pub(super) fn run(self, parts: &Parts) -> JobOutcome {
        let (kind, sentences) = match &self {
            Self::Prefill(sentence_ref, ..) => (JobKind::Prefill, vec![*sentence_ref]),
            Self::DecodeStep(generators) => {
                (JobKind::DecodeStep, generators.iter().map(|(sentence_ref, _)| *sentence_ref).collect())
            }
            Self::CodecDecode(sentence_ref, ..) => (JobKind::CodecDecode, vec![*sentence_ref]),
        };
        contained(kind, sentences, || self.work(parts))
    }

    fn work(self, parts: &Parts) -> JobOutcome {
        match self {
            Self::Prefill(sentence_ref, plan, attempt) => JobOutcome::Prefill(
                sentence_ref,
                LatentGenerator::prefill(parts, &plan, sentence_ref.sentence, attempt).map(Box::new),
            ),
            Self::DecodeStep(mut generators) => {
                let mut each: Vec<&mut LatentGenerator> =
                    generators.iter_mut().map(|(_, generator)| &mut **generator).collect();
                let latents = generate_together(parts, &mut each);
                let outcomes = generators.into_iter().zip(latents);
                JobOutcome::DecodeStep(
                    outcomes
                        .map(|((sentence_ref, generator), latents)| (sentence_ref, generator, latents))
                        .collect(),
                )
            }
            Self::CodecDecode(sentence_ref, mut decoder, latents) => {
                let chunks = decoder.decode(&latents);
                JobOutcome::CodecDecode(sentence_ref, decoder, chunks)
            }
        }
    }
}

/// The outcome of `work`, or what is lost if it panics.
pub(super) fn contained(
    kind: JobKind,
    sentences: Vec<SentenceRef>,
    work: impl FnOnce() -> JobOutcome,
) -> JobOutcome {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        discard_panic(payload);
        JobOutcome::Panicked(kind, sentences)
    })
}
