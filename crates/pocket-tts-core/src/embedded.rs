//! The small model that is compiled into the program.

use pocket_tts_tensor::{Precision, WeightFile};
use pocket_tts_tiny as tiny;

use crate::{
    Error, Result, checkpoint::Checkpoint, config, description::Description, names::EMBEDDED_MODEL,
    parts::Sources,
};

/// The configuration. Its files are compiled in, so none is downloaded.
pub(crate) fn description() -> Result<Description> {
    let config = config::parse(tiny::CONFIG, "config.yaml (built in)")?;
    Ok(Description { name: EMBEDDED_MODEL.to_owned(), config, folder: None })
}

/// Bytes of the file of weights.
pub(crate) fn weight_file_bytes() -> u64 {
    tiny::WEIGHTS.len() as u64
}

pub(crate) fn sources() -> Result<Sources> {
    let bundle = WeightFile::from_static("model.safetensors (built in)", tiny::WEIGHTS)
        .map_err(|source| Error::Weights { model: EMBEDDED_MODEL.to_owned(), source })?;
    Ok(Sources {
        name: EMBEDDED_MODEL.to_owned(),
        config: description()?.config,
        checkpoint: Checkpoint::Bundle { bundle, mimi: None },
        tokenizer: tiny::TOKENIZER.to_vec(),
        cloning_refusal: None,
        precision: Precision::F32,
        weight_files: Vec::new(),
        replacement: None,
        weight_cache: None,
    })
}

pub(crate) fn voice() -> Result<WeightFile> {
    WeightFile::from_static("voice.safetensors (built in)", tiny::VOICE)
        .map_err(|source| Error::Weights { model: EMBEDDED_MODEL.to_owned(), source })
}
