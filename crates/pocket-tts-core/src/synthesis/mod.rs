//! A request as plain state machines: a sentence to latents, latents to samples. No threads here.
//!
//! Sentences know nothing of each other: each begins with a fork of the voice, and its noise depends on its
//! number alone. So they may be worked on in any order, and together.

mod speaker;
mod writer;

use pocket_tts_flow_lm::{FlowLmState, Noise, Sampler};
use pocket_tts_text::Sentence;

use crate::{options::Resolved, parts::Parts};

pub(crate) use speaker::Speaker;
pub(crate) use writer::{Writer, Written, write_together};

/// What a request asks for.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) sentences: Vec<Sentence>,
    voice: FlowLmState,
    options: Resolved,
    sampler: Sampler,
    noise: Noise,
}

impl Plan {
    pub(crate) fn new(
        parts: &Parts,
        voice: FlowLmState,
        sentences: Vec<Sentence>,
        options: Resolved,
    ) -> Self {
        let kind = parts.config.flow_lm.flow.kind;
        let sampler = Sampler::new(parts.flow_lm.flow_net(), kind, options.sampler_decode_steps);
        Self { sentences, voice, options, sampler, noise: Noise::new(options.seed) }
    }
}
