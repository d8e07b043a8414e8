//! The small model that is compiled into the program.

use pocket_tts_tensor::{Precision, WeightFile};

use crate::{Error, Result, checkpoint::Checkpoint, config, parts::Sources};

/// The model's name.
pub(crate) const NAME: &str = "tiny";
/// The name of its only voice.
pub(crate) const VOICE: &str = "heart";

static CONFIG: &str = include_str!("../../../assets/tiny/config.yaml");
static WEIGHTS: &[u8] = include_bytes!("../../../assets/tiny/model.safetensors");
static TOKENIZER: &[u8] = include_bytes!("../../../assets/tiny/tokenizer.model");
static VOICE_STATE: &[u8] = include_bytes!("../../../assets/tiny/voice.safetensors");

pub(crate) fn sources() -> Result<Sources> {
    let bundle = WeightFile::from_static("model.safetensors (built in)", WEIGHTS)
        .map_err(|source| Error::Weights { model: NAME.to_owned(), source })?;
    Ok(Sources {
        name: NAME.to_owned(),
        config: config::parse(CONFIG, "config.yaml (built in)")?,
        checkpoint: Checkpoint::Bundle { bundle, mimi: None },
        tokenizer: TOKENIZER.to_vec(),
        voice_cloning: true,
        precision: Precision::F32,
    })
}

pub(crate) fn voice() -> Result<WeightFile> {
    WeightFile::from_static("voice.safetensors (built in)", VOICE_STATE)
        .map_err(|source| Error::Weights { model: NAME.to_owned(), source })
}
