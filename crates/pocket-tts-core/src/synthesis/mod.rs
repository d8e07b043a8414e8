//! A request as plain state machines, without threads: a sentence to latents, latents to samples.
//!
//! Sentences are independent: each starts with a clone of the voice, and its noise depends on its number. So they can be
//! generated in any order, and together.

mod frame_decoder;
mod latent_generator;

use pocket_tts_flow_lm::{FlowLmState, Noise, Sampler};
use pocket_tts_text::ReadSentence;

use crate::{options::Resolved, parts::Parts};

pub(crate) use frame_decoder::FrameDecoder;
pub(crate) use latent_generator::{GeneratedLatent, LatentGenerator, generate_together};

/// A request, ready to be generated.
#[derive(Debug)]
pub(crate) struct RequestPlan {
    pub(crate) sentences: Vec<ReadSentence>,
    voice: FlowLmState,
    options: Resolved,
    sampler: Sampler,
    noise: Noise,
}

impl RequestPlan {
    pub(crate) fn new(
        parts: &Parts,
        voice: FlowLmState,
        sentences: Vec<ReadSentence>,
        options: Resolved,
    ) -> Self {
        let kind = parts.config.flow_lm.flow.kind;
        let sampler = Sampler::new(parts.flow_lm.flow_net(), kind, options.sampler_decode_steps);
        Self { sentences, voice, options, sampler, noise: Noise::new(options.seed) }
    }
}
