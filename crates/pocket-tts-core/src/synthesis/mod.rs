//! A request as plain state machines, without threads: a sentence to latents, latents to samples.
//!
//! Sentences are independent: each starts with a clone of the voice, and its noise depends on its number. So they can be
//! generated in any order, and together.

mod frame_decoder;
mod latent_generator;

use pocket_tts_flow_lm::Sampler;
use pocket_tts_spans::MappedText;

use crate::{Voice, options::Resolved, parts::Parts, words::SpeechProblem};

pub(crate) use frame_decoder::FrameDecoder;
pub(crate) use latent_generator::{GeneratedLatent, LatentGenerator, generate_together};

/// A request, ready to be generated.
#[derive(Debug)]
pub(crate) struct RequestPlan {
    pub(crate) sentences: Vec<PlannedSentence>,
    options: Resolved,
    sampler: Sampler,
}

/// A sentence of a request, and who speaks it.
#[derive(Debug)]
pub(crate) struct PlannedSentence {
    pub(crate) text: MappedText,
    /// A voice of the model that speaks.
    pub(crate) voice: Voice,
    /// Whether it is heard once it is complete, and spoken again if a check finds problems.
    pub(crate) repeats: bool,
}

/// What a check found about a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckedSentence {
    /// Its number in the request, from 0.
    pub sentence: usize,
    /// What was wrong with each attempt that was given up, in order.
    pub repeated: Vec<Vec<SpeechProblem>>,
    /// What is wrong with the attempt that is heard.
    pub problems: Vec<SpeechProblem>,
}

impl RequestPlan {
    pub(crate) fn new(parts: &Parts, sentences: Vec<PlannedSentence>, options: Resolved) -> Self {
        let kind = parts.config.flow_lm.flow.kind;
        let sampler = Sampler::new(parts.flow_lm.flow_net(), kind, options.sampler_decode_steps);
        Self { sentences, options, sampler }
    }
}
