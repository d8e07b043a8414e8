#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod config;
mod layer;
mod projected;
mod self_attention;
mod transformer;

pub use config::TransformerConfig;
pub use projected::{ProjectedTransformer, ProjectedTransformerConfig};
pub use transformer::{AttentionHead, Transformer, TransformerState};
