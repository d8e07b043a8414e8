#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

/// The model's configuration, YAML.
pub const CONFIG: &str = include_str!("../config.yaml");
/// The weights, safetensors in bf16.
pub static WEIGHTS: &[u8] = include_bytes!("../model.safetensors");
/// The tokenizer, a SentencePiece model.
pub static TOKENIZER: &[u8] = include_bytes!("../tokenizer.model");
/// The names of the voices and their states, safetensors. The first one speaks by default.
pub static VOICES: &[(&str, &[u8])] = &[("heart", include_bytes!("../voice.safetensors"))];
