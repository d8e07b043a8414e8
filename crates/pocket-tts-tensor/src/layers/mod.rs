//! Layers and operations on signals, from which models are built.

pub(crate) mod activation;
pub(crate) mod attention;
pub(crate) mod attention_shape;
mod attention_watch;
pub(crate) mod kv_cache;
pub(crate) mod linear;
pub(crate) mod norm;
pub(crate) mod rope;
