//! What a voice holds: the state of the language model after its prompt.

use pocket_tts_flow_lm::FlowLmState;

use super::{fingerprint::ModelTag, warning::VoiceWarning};

/// The state, and what is known of it.
pub(super) struct PrimedVoice {
    /// The model that made it.
    pub(super) model_id: u64,
    pub(super) state: FlowLmState,
    /// What keys and values consist of.
    pub(super) shape: HeadShape,
    /// The model whose weights made the state, where that is known.
    pub(super) made_with: Option<ModelTag>,
    pub(super) warnings: Vec<VoiceWarning>,
}

/// How the elements of one position are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HeadShape {
    pub(super) heads: usize,
    pub(super) head_dim: usize,
}
