//! The shape of the codec, as the section `mimi` of a model config gives it.
//!
//! The keys are upstream's. It must not know where files lie, how YAML is read, or the language model.

use pocket_tts_transformer::{ProjectedTransformerConfig, TransformerConfig};
use serde::de::{Deserialize, Deserializer, Error as _};

#[cfg(test)]
mod tests;
mod validate;

/// The section `mimi`.
///
/// The methods that compute rates and widths give sensible answers only for a config that `validate`
/// accepts; for another they give some number, and never panic.
///
/// # Source
/// `pocket_tts/utils/config.py`, `MimiConfig`; `pocket_tts/models/mimi.py`, `build_mimi`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MimiConfig {
    /// The type that the codec computes in; only `float32`.
    pub dtype: String,
    /// Samples a second.
    pub sample_rate: u32,
    /// Number of channels of the sound; only 1.
    pub channels: usize,
    /// Latents a second.
    pub frame_rate: f64,
    /// The convolutions of the encoder, and of the decoder unless it has its own.
    pub seanet: SeanetConfig,
    /// The transformer of the encoder, and of the decoder unless it has its own.
    pub transformer: MimiTransformerConfig,
    /// The projection of latents at the entry of the decoder.
    pub quantizer: QuantizerConfig,
    /// Weights of this part alone, under the names used in training.
    pub weights_path: Option<String>,
    /// Width of the encoder's output; `seanet.dimension` if absent.
    pub inner_dim: Option<usize>,
    /// Width of the input of the upsampling, a multiple of the decoder's `dimension`; that if absent.
    pub outer_dim: Option<usize>,
    /// The convolutions of the decoder, where they differ from the encoder's.
    pub decoder_seanet: Option<SeanetConfig>,
    /// The transformer of the decoder, where it differs from the encoder's.
    pub decoder_transformer: Option<MimiTransformerConfig>,
}

/// The section `mimi.seanet`: a stack of convolutions that changes the rate.
///
/// # Source
/// `pocket_tts/utils/config.py`, `SEANetConfig`; `pocket_tts/modules/seanet.py`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeanetConfig {
    /// Width at the side of the latents.
    pub dimension: usize,
    /// Width at the side of the sound; only 1.
    pub channels: usize,
    /// Width next to the sound; it doubles with every change of rate.
    pub n_filters: usize,
    /// Residual blocks at every rate.
    pub n_residual_layers: usize,
    /// Factors of the decoder's upsampling, first to last; the encoder divides by them in reverse.
    pub ratios: Vec<usize>,
    /// Width in time of the first convolution.
    pub kernel_size: usize,
    /// Width in time of the first convolution of a residual block.
    pub residual_kernel_size: usize,
    /// Width in time of the last convolution.
    pub last_kernel_size: usize,
    /// Block `j` of a rate is dilated by this to the power of `j`.
    pub dilation_base: usize,
    /// What a stream's first convolution sees before its first sample.
    pub pad_mode: PadMode,
    /// Factor by which a residual block narrows inside, rounded down.
    pub compress: usize,
}

/// What a convolution sees before the first sample of a stream.
///
/// # Source
/// `pocket_tts/modules/conv.py`, `StreamingConv1d`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PadMode {
    /// `constant`: zeros.
    Constant,
    /// `replicate`: the first sample, repeated.
    Replicate,
}

/// The section `mimi.transformer`.
///
/// # Source
/// `pocket_tts/utils/config.py`, `MimiTransformerConfig`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MimiTransformerConfig {
    /// Width of the residual stream.
    pub d_model: usize,
    /// Width of the input; projected if it differs from `d_model`.
    pub input_dimension: usize,
    /// Widths of the outputs; exactly one, projected if it differs from `d_model`.
    pub output_dimensions: Vec<usize>,
    /// Number of heads.
    pub num_heads: usize,
    /// Number of layers.
    pub num_layers: usize,
    /// What training set the layer scales to; the weights replace it.
    pub layer_scale: f64,
    /// How many positions a query sees, itself included.
    pub context: usize,
    /// Longest period of the rotary positions.
    #[serde(default = "default_max_period")]
    pub max_period: f64,
    /// Width of the feed-forward layers.
    pub dim_feedforward: usize,
}

/// The section `mimi.quantizer`, of which only a projection is left.
///
/// # Source
/// `pocket_tts/utils/config.py`, `QuantizerConfig`; `pocket_tts/modules/dummy_quantizer.py`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantizerConfig {
    /// Width of the latents that the language model makes.
    pub dimension: usize,
    /// Width that they are projected to.
    pub output_dimension: usize,
}

impl MimiConfig {
    /// The convolutions of the decoder.
    pub fn decoder_seanet(&self) -> &SeanetConfig {
        self.decoder_seanet.as_ref().unwrap_or(&self.seanet)
    }

    /// The transformer of the decoder.
    pub fn decoder_transformer(&self) -> &MimiTransformerConfig {
        self.decoder_transformer.as_ref().unwrap_or(&self.transformer)
    }

    /// Width of the encoder's output, which the language model projects to its own width.
    pub fn inner_dim(&self) -> usize {
        self.inner_dim.unwrap_or(self.seanet.dimension)
    }

    /// Width of the input of the upsampling; without one (a stride of 1) it means nothing.
    pub fn outer_dim(&self) -> usize {
        self.outer_dim.unwrap_or(self.decoder_seanet().dimension)
    }

    /// Samples that the encoder's convolutions turn into one step.
    pub fn hop_length(&self) -> usize {
        self.seanet.hop_length()
    }

    /// Steps a second between the convolutions and the change to the frame rate.
    pub fn encoder_frame_rate_hz(&self) -> f64 {
        f64::from(self.sample_rate) / self.hop_length() as f64
    }

    /// Steps that make one frame; 1 means that the codec has neither downsampling nor upsampling.
    pub fn upsample_stride(&self) -> usize {
        (self.encoder_frame_rate_hz() / self.frame_rate) as usize
    }

    /// Samples that make one frame.
    pub fn samples_per_frame(&self) -> usize {
        self.hop_length().saturating_mul(self.upsample_stride())
    }
}

impl SeanetConfig {
    /// Samples a step: the product of the ratios.
    pub fn hop_length(&self) -> usize {
        self.ratios.iter().fold(1, |product, ratio| product.saturating_mul(*ratio))
    }

    /// Dilation of residual block `index` of a rate.
    pub fn dilation(&self, index: usize) -> usize {
        u32::try_from(index).map_or(usize::MAX, |index| self.dilation_base.saturating_pow(index))
    }
}

impl MimiTransformerConfig {
    /// Width of the single output.
    pub fn output_dimension(&self) -> usize {
        self.output_dimensions.first().copied().unwrap_or(self.d_model)
    }

    /// The same as hyperparameters of a layer: as many key heads as query heads, a window, layer scales.
    pub fn projected(&self) -> ProjectedTransformerConfig {
        ProjectedTransformerConfig {
            input_dimension: self.input_dimension,
            output_dimension: self.output_dimension(),
            transformer: TransformerConfig {
                d_model: self.d_model,
                num_heads: self.num_heads,
                num_kv_heads: self.num_heads,
                attn_dim: self.d_model,
                num_layers: self.num_layers,
                dim_feedforward: self.dim_feedforward,
                max_period: self.max_period as f32,
                context: Some(self.context),
                layer_scale: true,
            },
        }
    }
}

impl PadMode {
    const NAMES: &[&str] = &["constant", "replicate"];
}

// Written out because a derived enum would also take the number of a variant.
impl<'de> Deserialize<'de> for PadMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "constant" => Ok(Self::Constant),
            "replicate" => Ok(Self::Replicate),
            other => Err(D::Error::unknown_variant(other, Self::NAMES)),
        }
    }
}

fn default_max_period() -> f64 {
    10_000.0
}
