#![doc = include_str!("../README.md")]
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
pub use pocket_tts_transformer::AttentionHead;
pub use sampler::Sampler;
