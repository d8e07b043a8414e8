//! A model's codec, as the library of data sets sees it.

use pocket_tts_core::TtsModel;
use pocket_tts_dataset::LatentCodec;

/// The codec of a loaded model.
pub(super) struct ModelCodec {
    pub(super) model: TtsModel,
    pub(super) hash: String,
    pub(super) weights_path: String,
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
