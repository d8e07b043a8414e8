#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod causal_conv;
pub mod config;
#[cfg(test)]
mod contract_tests;
mod conv_transpose;
mod decoder;
mod encoder;
mod resample;
mod residual_block;
mod seanet_decoder;
mod seanet_encoder;

pub use causal_conv::{CausalConv1d, CausalConv1dConfig, CausalConv1dState};
pub use config::{MimiConfig, MimiTransformerConfig, PadMode, QuantizerConfig, SeanetConfig};
pub use conv_transpose::{ConvTranspose1d, ConvTranspose1dState};
pub use decoder::{MimiDecoder, MimiDecoderState};
pub use encoder::{MimiEncoder, MimiEncoderState};
pub use resample::{Downsample, Upsample, UpsampleState};
pub use residual_block::{ResidualBlock, ResidualBlockState};
pub use seanet_decoder::{SeanetDecoder, SeanetDecoderState};
pub use seanet_encoder::{SeanetEncoder, SeanetEncoderState};
