//! The shape of the codec: the section `mimi` of a model config.
//!
//! The keys are upstream's. It must not know paths, YAML, or the language model.

use pocket_tts_transformer::{ProjectedTransformerConfig, TransformerConfig};
use serde::de::{Deserialize, Deserializer, Error as _};

#[cfg(test)]
mod tests;
mod validate;

/// The section `mimi`.
///
/// The methods that compute rates and widths are meaningful only for a config that `validate` accepts; for others they
/// return an arbitrary number, and never panic.
///
/// # Source
/// `pocket_tts/utils/config.py`, `MimiConfig`; `pocket_tts/models/mimi.py`, `build_mimi`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MimiConfig {
    /// The type that the codec computes in; only `float32`.
    pub dtype: String,
    /// Samples per second.
    pub sample_rate: u32,
    /// Number of channels of the sound; only 1.
    pub channels: usize,
    /// Latents per second.
    pub frame_rate: f64,
    /// The convolutions of the encoder, and of the decoder unless it has its own.
    pub seanet: SeanetConfig,
    /// The transformer of the encoder, and of the decoder unless it has its own.
    pub transformer: MimiTransformerConfig,
    /// The projection of latents at the decoder's input.
    pub quantizer: QuantizerConfig,
    /// Separate weights of the codec, under the names used in training.
    pub weights_path: Option<String>,
    /// Width of the encoder's output; `seanet.dimension` if absent.
    pub inner_dim: Option<usize>,
    /// Width of the upsampling's input, a multiple of the decoder's `dimension`, which is the default.
    pub outer_dim: Option<usize>,
    /// The convolutions of the decoder, if they differ from the encoder's.
    pub decoder_seanet: Option<SeanetConfig>,
    /// The transformer of the decoder, if it differs from the encoder's.
    pub decoder_transformer: Option<MimiTransformerConfig>,
}

/// The section `mimi.seanet`: a stack of convolutions that changes the rate.
///
/// # Source
/// `pocket_tts/utils/config.py`, `SEANetConfig`; `pocket_tts/modules/seanet.py`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeanetConfig {
    /// Width at the latent end.
    pub dimension: usize,
    /// Width at the sample end; only 1.
    pub channels: usize,
    /// Width at the sample rate; it doubles with every change of rate.
    pub n_filters: usize,
    /// Residual blocks at every rate.
    pub n_residual_layers: usize,
    /// Factors of the decoder's upsampling, first to last; the encoder divides by them in reverse.
    pub ratios: Vec<usize>,
    /// Kernel size of the first convolution.
    pub kernel_size: usize,
    /// Kernel size of the first convolution of a residual block.
    pub residual_kernel_size: usize,
    /// Kernel size of the last convolution.
    pub last_kernel_size: usize,
    /// Block `j` of a rate has this to the power of `j` as its dilation.
    pub dilation_base: usize,
    /// Padding before a stream's first sample.
    pub pad_mode: PadMode,
    /// The inner width of a residual block is its width divided by this, rounded down.
    pub compress: usize,
}

/// The padding before the first sample of a stream.
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
    /// Initial value of the layer scales in training; the weights replace it.
    pub layer_scale: f64,
    /// Number of positions that a query attends to, its own included.
    pub context: usize,
    /// Longest period of the rotary positions.
    #[serde(default = "default_max_period")]
    pub max_period: f64,
    /// Width of the feed-forward layers.
    pub dim_feedforward: usize,
}

/// The section `mimi.quantizer`, which only describes a projection.
///
/// # Source
/// `pocket_tts/utils/config.py`, `QuantizerConfig`; `pocket_tts/modules/dummy_quantizer.py`
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantizerConfig {
    /// Width of the latents that the language model generates.
    pub dimension: usize,
    /// Width after the projection.
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

    /// Width of the upsampling's input; meaningless without upsampling (a stride of 1).
    pub fn outer_dim(&self) -> usize {
        self.outer_dim.unwrap_or(self.decoder_seanet().dimension)
    }

    /// Samples per step of the encoder's convolutions.
    pub fn hop_length(&self) -> usize {
        self.seanet.hop_length()
    }

    /// Steps per second between the convolutions and the downsampling.
    pub fn encoder_frame_rate_hz(&self) -> f64 {
        f64::from(self.sample_rate) / self.hop_length() as f64
    }

    /// Steps per frame; 1 means that the codec has neither downsampling nor upsampling.
    pub fn upsample_stride(&self) -> usize {
        (self.encoder_frame_rate_hz() / self.frame_rate) as usize
    }

    /// Samples per frame.
    pub fn samples_per_frame(&self) -> usize {
        self.hop_length().saturating_mul(self.upsample_stride())
    }
}

impl SeanetConfig {
    /// Samples per step: the product of the ratios.
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

    /// The hyperparameters of the layer: as many key heads as query heads, a window, layer scales.
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

// Not derived, because a derived implementation also accepts the index of a variant.
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
