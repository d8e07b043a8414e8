//! A model's codec, as the library of data sets sees it.

use pocket_tts_core::TtsModel;
use pocket_tts_dataset::latents::LatentCodec;

use crate::cli::CodecArguments;
use crate::console::Console;
use crate::exit::Failure;
use crate::fetching::FetchDisplay;
use crate::model_choice::ModelChoice;

/// The codec of a loaded model.
#[derive(Debug)]
pub(super) struct ModelCodec {
    model: TtsModel,
    hash: String,
    weights_path: String,
}

impl ModelCodec {
    /// Loads the model.
    pub(super) fn load(arguments: &CodecArguments, console: &Console) -> Result<Self, Failure> {
        let choice = ModelChoice::parse(arguments.language.clone(), arguments.config.clone())
            .map_err(|error| Failure::Usage(error.to_string()))?;
        let model = choice.builder(arguments.offline).on_fetch(FetchDisplay::new(console.clone())).build()?;
        let hash = model.encoder_hash()?;
        let weights_path = model.config().weights_path.clone().unwrap_or_else(|| choice.to_string());
        Ok(Self { model, hash, weights_path })
    }
}

impl LatentCodec for ModelCodec {
    fn sample_rate_hz(&self) -> u32 {
        self.model.sample_rate_hz()
    }

    fn samples_per_frame(&self) -> usize {
        self.model.samples_per_frame()
    }

    fn width(&self) -> usize {
        self.model.latent_width()
    }

    fn hash(&self) -> &str {
        &self.hash
    }

    fn weights_path(&self) -> &str {
        &self.weights_path
    }

    fn encode(&self, samples: &[f32]) -> Result<Vec<f32>, String> {
        self.model.encode_latents(samples).map_err(|error| error.to_string())
    }

    fn decode(&self, latents: &[f32]) -> Result<Vec<f32>, String> {
        self.model.decode_latents(latents).map_err(|error| error.to_string())
    }
}
