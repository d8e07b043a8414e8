//! Sound as latents of the codec, and back: what models are trained on.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{signal, to_vec, with_threads};
use sha2::{Digest as _, Sha256};

use crate::{Error, Result, TtsModel, digest::hexadecimal};

/// The modules that make latents of sound, in the order in which they are hashed.
const ENCODER_MODULES: [&str; 3] = ["encoder.", "encoder_transformer.", "downsample."];
const CODEC: &str = "mimi.";
/// Latents that are decoded at once.
const FRAMES_PER_CHUNK: usize = 8;

/// # Latents
///
/// They are the codec's own, before the language model's normalization: `[frames, width]`, 12.5 frames per second in the
/// released models.
impl TtsModel {
    /// The numbers of each latent that [`encode_latents`](Self::encode_latents) returns.
    pub fn latent_width(&self) -> usize {
        self.config().mimi.inner_dim()
    }

    /// Encodes mono sound at [`sample_rate_hz`](Self::sample_rate_hz) to latents, `[frames, latent_width]` in one vector;
    /// the last frame is padded with silence. Runs on the calling thread only.
    ///
    /// # Errors
    /// [`Error::NoVoiceCloning`] if the weights have no encoder, [`Error::InvalidOption`] without samples, and
    /// [`Error::NotFinite`].
    pub fn encode_latents(&self, samples: &[f32]) -> Result<Vec<f32>> {
        if let Some(refusal) = self.cloning_refusal() {
            return Err(Error::NoVoiceCloning { refusal: refusal.clone(), known: self.voice_names() });
        }
        if samples.is_empty() {
            return Err(Error::InvalidOption {
                option: "samples",
                problem: "has none; give a sound".to_owned(),
            });
        }
        let latents = with_threads(1, || to_vec(self.parts().encoder.encode(samples)));
        match latents.iter().position(|x| !x.is_finite()) {
            Some(at) => Err(Error::NotFinite { frame: at / self.latent_width().max(1) }),
            None => Ok(latents),
        }
    }

    /// Decodes latents, `[frames, latent_width]` in one vector, to sound. Runs on the calling thread only.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] if the numbers are no latents of this model, or the codec's encoder makes others than
    /// its decoder takes; [`Error::NotFinite`].
    pub fn decode_latents(&self, latents: &[f32]) -> Result<Vec<f32>> {
        let (width, taken) = (self.latent_width(), self.config().mimi.quantizer.dimension);
        let wrong = |problem: String| Err(Error::InvalidOption { option: "latents", problem });
        if width != taken {
            return wrong(format!(
                "can't be decoded by this model: its decoder takes {taken} numbers each, and its encoder makes {width}"
            ));
        }
        if latents.is_empty() || !latents.len().is_multiple_of(width) {
            return wrong(format!("has {} numbers; give a multiple of {width}", latents.len()));
        }
        let decoder = &self.parts().decoder;
        let mut state = decoder.initial_state();
        let samples: Vec<f32> = with_threads(1, || {
            let chunks = latents.chunks(FRAMES_PER_CHUNK * width).flat_map(|chunk| {
                to_vec(decoder.step(signal(chunk.to_vec(), [chunk.len() / width, width]), &mut state))
            });
            chunks.collect()
        });
        match samples.iter().position(|x| !x.is_finite()) {
            Some(at) => Err(Error::NotFinite { frame: at / self.samples_per_frame() }),
            None => Ok(samples),
        }
    }

    /// The SHA-256 of the weights that make latents of sound, as 64 hexadecimal digits: names, shapes and values, as the
    /// Python training tools hash them. Reads the weight files again, also the one of
    /// [`TtsModelBuilder::weights`](crate::TtsModelBuilder::weights).
    ///
    /// # Errors
    /// As loading the model.
    pub fn encoder_hash(&self) -> Result<String> {
        let mut sources = self.source().open(self.fetcher())?;
        if let Some(file) = self.replacement() {
            sources.replace_weights(file.clone())?;
        }
        let of_weights = |source| Error::Weights { model: sources.name.clone(), source };
        let store = sources.checkpoint.into_store(sources.replacement.as_ref()).map_err(of_weights)?;
        let mut hash = Sha256::new();
        for module in ENCODER_MODULES {
            // In the order of names, which the store has.
            for (name, shape) in store.shapes() {
                let Some(name_in_codec) = name.strip_prefix(CODEC).filter(|name| name.starts_with(module))
                else {
                    continue;
                };
                hash.update(format!("{name_in_codec}:{}", python_tuple(shape)));
                let values = store.first_values(name, usize::MAX).map_err(of_weights)?;
                for values in values.chunks(1 << 12) {
                    hash.update(values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>());
                }
            }
        }
        Ok(hexadecimal(&hash.finalize()))
    }
}

/// A shape as Python writes a tuple: `(2,)`, `(2, 1, 7)`.
fn python_tuple(shape: &[usize]) -> String {
    let numbers: Vec<String> = shape.iter().map(ToString::to_string).collect();
    if numbers.len() == 1 { format!("({},)", numbers[0]) } else { format!("({})", numbers.join(", ")) }
}

#[cfg(test)]
mod tests {
    use pocket_tts_test_support::goldens;

    use super::*;
    use crate::Location;

    fn model(name: &str) -> TtsModel {
        let config = Location::Path(goldens().join(name).join("config.yaml"));
        TtsModel::builder().config(config).offline(true).build().unwrap()
    }

    #[test]
    fn the_hash_is_that_of_the_python_tools() {
        // From torch's `state_dict` of each model in the Python package, with `hashlib`.
        for (name, expected) in [
            ("01_lsd_24k_bos", "7e026f0c25d095b1dbd109cf23cb0e9e0dadc3d04fb8da8d8eadc868dc5ad9b0"),
            ("16_bf16_file", "889052f00eb887ccc2a653e825e627ef82ca0ac7c0870a3fadff9697d97034db"),
            ("18_no_resample", "025196f8c69a2fcb19d2acc255097932d5d3b6437756f9818abc06699f373f0b"),
        ] {
            assert_eq!(model(name).encoder_hash().unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn wrong_latents_and_no_samples_are_refused() {
        let model = model("01_lsd_24k_bos");
        assert!(model.encode_latents(&[]).is_err());
        let latents = model.encode_latents(&vec![0.1; 5_000]).unwrap();
        assert_eq!(latents.len(), 3 * model.latent_width());
        assert_eq!(model.decode_latents(&latents).unwrap().len(), 3 * model.samples_per_frame());
        for wrong in [&latents[1..], &[]] {
            let error = model.decode_latents(wrong).unwrap_err().to_string();
            assert!(error.contains("give a multiple of"), "{error}");
        }
    }
}
