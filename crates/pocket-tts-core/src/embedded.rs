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

/// The state of a voice, if there is one of this name.
pub(crate) fn voice(name: &str) -> Option<Result<WeightFile>> {
    let (name, state) = tiny::VOICES.iter().find(|(known, _)| *known == name)?;
    let file = WeightFile::from_static(&format!("{name}.safetensors (built in)"), state);
    Some(file.map_err(|source| Error::Weights { model: EMBEDDED_MODEL.to_owned(), source }))
}
