//! The transformer with what lies behind it, up to the heads.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{LayerNorm, Linear, Signal, WeightError, WeightPath};
use pocket_tts_transformer::{Transformer, TransformerConfig, TransformerState};

use crate::FlowLmConfig;

/// Transformer, norm and, where the config has `z_dim`, a projection.
///
/// # Source
///
/// `pocket_tts/models/flow_lm.py`, `FlowLMModel.backbone`
#[derive(Debug)]
pub struct Backbone {
    transformer: Transformer,
    out_norm: LayerNorm,
    z_proj: Option<Linear>,
}

impl Backbone {
    /// Reads the backbone's part of the language model.
    ///
    /// # Errors
    ///
    /// If a weight is missing or has another shape.
    pub fn load(weights: &WeightPath<'_>, config: &FlowLmConfig) -> Result<Self, WeightError> {
        let transformer = &config.transformer;
        let width = transformer.d_model;
        let resolved = TransformerConfig {
            d_model: width,
            num_heads: transformer.num_heads,
            num_kv_heads: transformer.num_kv_heads(),
            attn_dim: transformer.attn_dim(),
            num_layers: transformer.num_layers,
            dim_feedforward: transformer.dim_feedforward(),
            max_period: transformer.max_period as f32,
            context: None,
            layer_scale: false,
        };
        let z_proj =
            config.z_dim.map(|z_dim| Linear::load(&weights.at("z_proj"), [z_dim, width])).transpose()?;
        Ok(Self {
            transformer: Transformer::load(&weights.at("transformer"), resolved)?,
            out_norm: LayerNorm::load(&weights.at("out_norm"), width, 1e-5)?,
            z_proj,
        })
    }

    /// The hyperparameters of the transformer.
    pub fn config(&self) -> &TransformerConfig {
        self.transformer.config()
    }

    /// Consumes a prompt whose outputs nobody reads.
    ///
    /// # Shapes
    ///
    /// - `prompt`: `[time, d_model]`
    ///
    /// # Panics
    ///
    /// If the width is another.
    pub fn prefill(&self, prompt: Signal, state: &mut TransformerState) {
        if prompt.dims()[0] > 0 {
            self.transformer.step(prompt, state);
        }
    }
}

impl StreamingModule for Backbone {
    type Input = Signal;
    type Output = Signal;
    type State = TransformerState;

    fn initial_state(&self) -> TransformerState {
        self.transformer.initial_state()
    }

    /// # Shapes
    ///
    /// - `input`: `[time, d_model]`
    /// - returned: `[time, z_dim]`, or `[time, d_model]` without `z_dim`
    ///
    /// # Panics
    ///
    /// If the width is another.
    fn step(&self, input: Signal, state: &mut TransformerState) -> Signal {
        let normed = self.out_norm.forward(self.transformer.step(input, state));
        match &self.z_proj {
            Some(projection) => projection.forward(normed),
            None => normed,
        }
    }
}
