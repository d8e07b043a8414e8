//! When each word is spoken, and whether each is: read from the attention of chosen heads.
//!
//! Must not know how attention is computed, nor who asks.

mod aligner;
mod check;
mod problem;

pub(crate) use aligner::{WordAligner, WordEdge, is_voiced};
pub(crate) use check::AttentionCheck;
pub use problem::SpeechProblem;
