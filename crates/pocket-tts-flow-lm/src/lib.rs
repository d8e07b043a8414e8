//! The flow language model: a causal transformer over text and latents, with a head that turns
//! noise into the next latent and one that tells when speech ends.
//!
//! It knows signals and weights. It must not know characters, sound or files.
//!
//! # Source
//!
//! `pocket_tts/models/flow_lm.py`; arXiv 2509.06926

#![forbid(unsafe_code)]

mod backbone;
pub mod config;
mod flow_net;
mod model;
mod noise;
mod sampler;

pub use backbone::Backbone;
pub use config::{
    FlowConfig, FlowKind, FlowLmConfig, FlowLmTransformerConfig, LookupTableConfig, TokenizerKind,
};
pub use flow_net::FlowNet;
pub use model::{FlowLm, FlowLmState};
pub use noise::{Noise, NoiseShape};
pub use sampler::Sampler;
