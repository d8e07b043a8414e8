//! Exported voices: the language model's state after a voice prompt, as a SafeTensors file.
//!
//! It knows the file's tensors and metadata. It must not know where files lie.
//!
//! # Source
//!
//! `pocket_tts/models/model_state.py`

mod metadata;
mod read;
mod write;

pub(super) use metadata::ReadMetadata;
pub(super) use read::{ReadVoice, max_file_bytes, open, parse};
pub(super) use write::to_bytes;

/// Longest voice that is accepted, in positions (80 ms each).
pub(super) const MAX_POSITIONS: usize = 4_096;

/// What the names of a layer's tensors begin with.
fn prefix(layer: usize) -> String {
    format!("transformer.layers.{layer}.self_attn/")
}
