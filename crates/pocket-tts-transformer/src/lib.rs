//! The causal transformer that the flow language model and the Mimi codec are both built on.
//!
//! It knows signals and caches. It must not know text, sound, configuration files or what its
//! input stands for.

#![forbid(unsafe_code)]

mod config;
mod layer;
mod projected;
mod self_attention;
mod transformer;

pub use config::TransformerConfig;
pub use projected::{ProjectedTransformer, ProjectedTransformerConfig};
pub use transformer::{Transformer, TransformerState};
