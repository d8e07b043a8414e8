//! Exported voices: the language model's state after a voice prompt, as a SafeTensors file.
//!
//! # Source
//!
//! `pocket_tts/models/model_state.py`

use pocket_tts_flow_lm::FlowLmState;
use pocket_tts_tensor::{KvCache, WeightError, WeightFile};
use pocket_tts_transformer::TransformerConfig;

use crate::{Error, Result};

/// Longest voice that is accepted, in positions (80 ms each).
const MAX_POSITIONS: usize = 4_096;

/// Reads a voice from an opened file.
///
/// Per layer there is a cache `[2, 1, positions, kv_heads, head_dim]` of keys and values, and the
/// number of valid positions: `offset`, or in the first layout the length of `current_end`.
pub(crate) fn parse(file: &WeightFile, config: &TransformerConfig) -> Result<FlowLmState> {
    let layers = config.num_layers;
    if let Some(stranger) = file.tensor_names().find(|name| !is_known(name, layers)) {
        let problem = format!(
            "it holds `{stranger}`, but this model has {layers} layers with a cache and an offset each"
        );
        return Err(Error::VoiceFile { file: file.name().to_owned(), problem });
    }
    let caches = (0..layers).map(|layer| read_layer(file, layer, config)).collect::<Result<Vec<_>>>()?;
    if caches.iter().any(|cache| cache.position() != caches[0].position()) {
        return Err(problem(file, "its layers have seen different numbers of positions".to_owned()));
    }
    Ok(FlowLmState { caches })
}

fn read_layer(file: &WeightFile, layer: usize, config: &TransformerConfig) -> Result<KvCache> {
    let name = |tensor: &str| format!("{}{tensor}", prefix(layer));
    let (heads, head_dim) = (config.num_kv_heads, config.head_dim());
    let cache = name("cache");
    let shape = file.shape(&cache).ok_or_else(|| problem(file, format!("it lacks `{cache}`")))?;
    let positions = match shape {
        [2, 1, positions, file_heads, file_dim] if *file_heads == heads && *file_dim == head_dim => {
            *positions
        }
        _ => {
            let wanted = format!("[2, 1, positions, {heads}, {head_dim}]");
            return Err(problem(file, format!("`{cache}` has shape {shape:?}, this model needs {wanted}")));
        }
    };
    if positions > MAX_POSITIONS {
        return Err(problem(
            file,
            format!("it has {positions} positions; at most {MAX_POSITIONS} are allowed"),
        ));
    }
    let offset = match (file.shape(&name("current_end")), file.shape(&name("offset"))) {
        (_, Some(_)) => integer(file, &name("offset"))?,
        (Some(shape), None) => shape.first().map_or(0, |length| *length as i64),
        (None, None) => return Err(problem(file, format!("it lacks `{}`", name("offset")))),
    };
    if file.shape(&name("pad")).is_some() && integer(file, &name("pad"))? != 0 {
        return Err(problem(file, "it is padded for batches, which a single voice isn't".to_owned()));
    }
    let valid = usize::try_from(offset).ok().filter(|valid| (1..=positions).contains(valid));
    let Some(valid) = valid else {
        return Err(problem(file, format!("offset {offset} is not from 1 to its {positions} positions")));
    };
    let values = file.values(&cache).map_err(|error| of_weights(file.name(), &error))?;
    let width = heads * head_dim;
    let (keys, values) = values.split_at(positions * width);
    // Beyond the offset the reference leaves NaN, which must never meet a product.
    let (keys, values) = (&keys[..valid * width], &values[..valid * width]);
    if keys.iter().chain(values).any(|x| !x.is_finite()) {
        return Err(problem(file, format!("`{cache}` holds numbers that aren't finite before its offset")));
    }
    Ok(KvCache::from_parts(width, keys.to_vec(), values.to_vec()))
}

/// The only element of an integer tensor.
fn integer(file: &WeightFile, tensor: &str) -> Result<i64> {
    let integers = file.integers(tensor).map_err(|error| of_weights(file.name(), &error))?;
    match integers.as_slice() {
        [integer] => Ok(*integer),
        _ => Err(problem(file, format!("`{tensor}` has {} elements instead of one", integers.len()))),
    }
}

fn prefix(layer: usize) -> String {
    format!("transformer.layers.{layer}.self_attn/")
}

fn is_known(name: &str, layers: usize) -> bool {
    let tensors = ["cache", "offset", "current_end", "pad"];
    (0..layers).any(|layer| name.strip_prefix(&prefix(layer)).is_some_and(|rest| tensors.contains(&rest)))
}

fn problem(file: &WeightFile, problem: String) -> Error {
    Error::VoiceFile { file: file.name().to_owned(), problem }
}

fn of_weights(file: &str, error: &WeightError) -> Error {
    Error::VoiceFile { file: file.to_owned(), problem: error.to_string() }
}
