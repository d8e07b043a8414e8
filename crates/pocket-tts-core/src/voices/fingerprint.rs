//! Which weights a voice was made with, told apart by a hash of a sample of every tensor.
//!
//! It knows which tensors take part in what. It must not know files.

use std::fmt;

use pocket_tts_tensor::{Precision, WeightError, WeightStore};

use crate::{
    config::Config,
    digest::{Digest, hexadecimal},
};

/// Elements of each tensor that are hashed.
const SAMPLED_ELEMENTS: usize = 1_024;
/// Where the language model's tensors begin.
const LANGUAGE_MODEL: &str = "flow_lm.";
/// The language model's tensors that only the encoding of recordings reads. The weights without voice cloning
/// may differ here and still continue the same states.
const ENCODING_ONLY: [&str; 2] = ["flow_lm.speaker_proj.", "flow_lm.bos_before_voice"];

/// Hashes of a model's weights.
///
/// The hash covers, in the order of names, each tensor's name, shape and first 1024 elements as little-endian f32. That is
/// cheap to compute while loading and distinguishes any two trained models. It is no checksum: a change elsewhere in a large
/// tensor is not detected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprints {
    /// Of what continues a voice's state: the language model without what encodes recordings.
    pub(crate) language_model: [u8; 32],
    /// Of all that makes a state of a recording, the configuration of both parts included.
    pub(crate) encoding: [u8; 32],
}

/// What a model is called, and the fingerprint of its language model: what an exported voice carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelTag {
    /// A model's name, or the name of its configuration file without folders.
    pub name: String,
    /// 64 hexadecimal digits.
    pub weights: String,
}

impl Fingerprints {
    /// Reads samples of all tensors.
    pub(crate) fn of(
        store: &WeightStore,
        config: &Config,
        precision: Precision,
    ) -> Result<Self, WeightError> {
        let is_language_model = |name: &str| {
            name.starts_with(LANGUAGE_MODEL) && !ENCODING_ONLY.iter().any(|other| name.starts_with(other))
        };
        // Two configurations may read the same weights differently, and so do two precisions.
        let parts = format!("{:?} {:?} {precision:?}", config.flow_lm, config.mimi);
        Ok(Self {
            language_model: sampled(store, Digest::new("language model"), is_language_model)?.finish(),
            encoding: sampled(store, Digest::new("encoding").add(parts.as_bytes()), |_| true)?.finish(),
        })
    }

    /// What voices of a model with this name carry.
    pub(crate) fn tag(&self, name: String) -> ModelTag {
        ModelTag { name, weights: hexadecimal(&self.language_model) }
    }
}

fn sampled(
    store: &WeightStore,
    digest: Digest,
    is_part: impl Fn(&str) -> bool,
) -> Result<Digest, WeightError> {
    let tensors = store.shapes().filter(|(name, _)| is_part(name));
    tensors.into_iter().try_fold(digest, |digest, (name, shape)| {
        let values = store.first_values(name, SAMPLED_ELEMENTS)?;
        Ok(digest.add(name.as_bytes()).add(format!("{shape:?}").as_bytes()).add_floats(&values))
    })
}

impl fmt::Display for ModelTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let beginning: String = self.weights.chars().take(12).collect();
        write!(formatter, "`{}` (weights {beginning}…)", self.name)
    }
}
