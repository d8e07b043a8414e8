//! A voice as a file, in the reference's layout.

use std::collections::BTreeMap;

use pocket_tts_tensor::{TensorToWrite, write_tensors};

use super::{metadata, prefix};
use crate::voices::primed::PrimedVoice;

/// The file's bytes; `warnings` are added to the metadata.
///
/// # Shapes
///
/// Per layer `cache` `[2, 1, positions, kv_heads, head_dim]` (keys, values), `offset` `[1]` and `pad` `[1]`.
pub(crate) fn to_bytes(voice: &PrimedVoice, warnings: &[String]) -> Vec<u8> {
    let mut tensors = BTreeMap::new();
    for (layer, cache) in voice.state.caches.iter().enumerate() {
        let mut insert = |name: &str, tensor| tensors.insert(format!("{}{name}", prefix(layer)), tensor);
        let shape = vec![2, 1, cache.position(), voice.shape.heads, voice.shape.head_dim];
        let values = [cache.keys(), cache.values()].as_flattened().concat();
        insert("cache", TensorToWrite::Floats { shape, values });
        insert("offset", TensorToWrite::Integers(vec![cache.position() as i64]));
        insert("pad", TensorToWrite::Integers(vec![0]));
    }
    write_tensors(&tensors, &metadata::of_voice(voice, warnings))
}
