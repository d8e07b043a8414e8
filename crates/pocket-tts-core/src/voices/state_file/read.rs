//! A voice from a file: every name, type, shape and number is checked before the model sees it.

use std::sync::Arc;

use pocket_tts_flow_lm::FlowLmState;
use pocket_tts_tensor::{KvCache, StoredValues, WeightError, WeightFile, join};
use pocket_tts_transformer::TransformerConfig;

use super::{MAX_POSITIONS, ReadMetadata, metadata, prefix};
use crate::{Error, Result, voices::ModelTag};

/// The tensor that the first releases kept a voice in: what the language model reads.
const EARLY_VOICE: &str = "audio_prompt";
/// The longest accepted header of a voice; real ones have a few kilobytes.
const MAX_HEADER_BYTES: usize = 1 << 20;
/// Bytes that a layer may take besides its numbers: an offset, which the old layout writes as a length.
const MAX_LAYER_EXTRA_BYTES: usize = 16 * MAX_POSITIONS;

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ReadVoice {
    /// The language model's state.
    State(FlowLmState, ReadMetadata),
    /// What the language model reads, `[positions, d_model]`, as the first releases kept it.
    Prompt(Vec<f32>, [usize; 2]),
}

/// The largest file that can be a voice of such a model.
pub(crate) fn max_file_bytes(config: &TransformerConfig) -> usize {
    let position = config.attention_shape().kv_width().max(config.d_model) * size_of::<f32>();
    let layer = 2 * MAX_POSITIONS * position + MAX_LAYER_EXTRA_BYTES;
    config.num_layers * layer + MAX_HEADER_BYTES
}

/// Opens a file's bytes, unless its header alone shows that it is no voice.
pub(crate) fn open(name: &str, bytes: Arc<[u8]>) -> Result<WeightFile> {
    if let Some((length, _)) = bytes.split_first_chunk() {
        let header_bytes = u64::from_le_bytes(*length);
        if header_bytes > MAX_HEADER_BYTES as u64 {
            let problem = format!("it is not a whole safetensors file (a header of {header_bytes} bytes)");
            return Err(Error::VoiceFile { file: name.to_owned(), problem });
        }
    }
    WeightFile::from_bytes(name, bytes).map_err(|error| of_weights(name, &error))
}

/// Reads a voice of `model` from an opened file.
///
/// Per layer there is a cache `[2, 1, positions, kv_heads, head_dim]` of keys and values, and the
/// number of valid positions: `offset`, or in the first layout the length of `current_end`.
pub(crate) fn parse(file: &WeightFile, config: &TransformerConfig, model: &ModelTag) -> Result<ReadVoice> {
    let metadata = metadata::check_origin(file, model)?;
    if let Some(&[1, positions, width]) = file.shape(EARLY_VOICE)
        && width == config.d_model
        && positions > 0
    {
        return read_prompt(file, [positions, width]);
    }
    let layers = config.num_layers;
    if let Some(stranger) = file.tensor_names().find(|name| !is_known(name, layers)) {
        let text = format!(
            "it holds `{stranger}`, but this model has {layers} layers with a cache and an offset each"
        );
        return Err(problem(file, text));
    }
    let layers = (0..layers).map(|layer| find_layer(file, layer, config)).collect::<Result<Vec<_>>>()?;
    let positions = layers.first().map_or(0, |layer| layer.positions);
    if layers.iter().any(|layer| layer.positions != positions) {
        return Err(problem(file, "its layers have seen different numbers of positions".to_owned()));
    }
    let numbers = layers.iter().flat_map(|layer| [layer.keys(), layer.values()]);
    let (check, caches) = join(
        || metadata::check_state(file, positions, numbers),
        || layers.iter().map(LayerInFile::to_cache).collect(),
    );
    check?;
    Ok(ReadVoice::State(FlowLmState { caches }, metadata))
}

/// A layer's keys and values, checked, in their file.
struct LayerInFile<'a> {
    /// `[2, length, width]`: keys and values. Only the first `positions` of both are valid.
    numbers: StoredValues<'a>,
    positions: usize,
    width: usize,
}

impl LayerInFile<'_> {
    /// `[positions, width]`
    fn keys(&self) -> &[f32] {
        &self.numbers[..self.positions * self.width]
    }

    /// `[positions, width]`
    fn values(&self) -> &[f32] {
        &self.numbers[self.numbers.len() / 2..][..self.positions * self.width]
    }

    fn to_cache(&self) -> KvCache {
        KvCache::from_parts(self.width, self.keys().to_vec(), self.values().to_vec())
    }
}

fn read_prompt(file: &WeightFile, shape: [usize; 2]) -> Result<ReadVoice> {
    if let Some(stranger) = file.tensor_names().find(|name| *name != EARLY_VOICE) {
        return Err(problem(file, format!("it holds `{stranger}` beside `{EARLY_VOICE}`")));
    }
    check_positions(file, shape[0])?;
    let values = file.values(EARLY_VOICE).map_err(|error| of_weights(file.name(), &error))?;
    if values.iter().any(|x| !x.is_finite()) {
        return Err(problem(file, format!("`{EARLY_VOICE}` holds numbers that aren't finite")));
    }
    Ok(ReadVoice::Prompt(values, shape))
}

fn find_layer<'a>(file: &'a WeightFile, layer: usize, config: &TransformerConfig) -> Result<LayerInFile<'a>> {
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
    check_positions(file, positions)?;
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
    let numbers = file.stored_values(&cache).map_err(|error| of_weights(file.name(), &error))?;
    let found = LayerInFile { numbers, positions: valid, width: heads * head_dim };
    // Beyond the offset the reference leaves NaN, which must never meet a product.
    if found.keys().iter().chain(found.values()).any(|x| !x.is_finite()) {
        return Err(problem(file, format!("`{cache}` holds numbers that aren't finite before its offset")));
    }
    Ok(found)
}

/// The only element of an integer tensor.
fn integer(file: &WeightFile, tensor: &str) -> Result<i64> {
    let integers = file.integers(tensor).map_err(|error| of_weights(file.name(), &error))?;
    match integers.as_slice() {
        [integer] => Ok(*integer),
        _ => Err(problem(file, format!("`{tensor}` has {} elements instead of one", integers.len()))),
    }
}

fn check_positions(file: &WeightFile, positions: usize) -> Result<()> {
    if positions > MAX_POSITIONS {
        return Err(problem(
            file,
            format!("it has {positions} positions; at most {MAX_POSITIONS} are allowed"),
        ));
    }
    Ok(())
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
