//! The small model that is compiled into the program.

use pocket_tts_tensor::{Precision, WeightFile};

use crate::{Error, Result, builder::Description, checkpoint::Checkpoint, config, parts::Sources};

/// The model's name.
pub(crate) const NAME: &str = "tiny";
/// The name of its only voice.
pub(crate) const VOICE: &str = "heart";

static CONFIG: &str = include_str!("../../../assets/tiny/config.yaml");
static WEIGHTS: &[u8] = include_bytes!("../../../assets/tiny/model.safetensors");
static TOKENIZER: &[u8] = include_bytes!("../../../assets/tiny/tokenizer.model");
static VOICE_STATE: &[u8] = include_bytes!("../../../assets/tiny/voice.safetensors");

/// The configuration; its files are compiled in too, so that none is to be had.
pub(crate) fn description() -> Result<Description> {
    let config = config::parse(CONFIG, "config.yaml (built in)")?;
    Ok(Description { name: NAME.to_owned(), config, folder: None })
}

/// Bytes of the file of weights.
pub(crate) fn weight_file_bytes() -> u64 {
    WEIGHTS.len() as u64
}

pub(crate) fn sources() -> Result<Sources> {
    let bundle = WeightFile::from_static("model.safetensors (built in)", WEIGHTS)
        .map_err(|source| Error::Weights { model: NAME.to_owned(), source })?;
    Ok(Sources {
        name: NAME.to_owned(),
        config: description()?.config,
        checkpoint: Checkpoint::Bundle { bundle, mimi: None },
        tokenizer: TOKENIZER.to_vec(),
        cloning_refusal: None,
        precision: Precision::F32,
        weight_files: Vec::new(),
        weight_cache: None,
    })
}

pub(crate) fn voice() -> Result<WeightFile> {
    WeightFile::from_static("voice.safetensors (built in)", VOICE_STATE)
        .map_err(|source| Error::Weights { model: NAME.to_owned(), source })
}
