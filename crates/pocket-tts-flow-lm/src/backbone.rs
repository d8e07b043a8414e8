//! The transformer with its final norm and projection, up to the heads.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{LayerNorm, Linear, Signal, WeightError, WeightPath};
use pocket_tts_transformer::{Transformer, TransformerConfig, TransformerState};

use crate::FlowLmConfig;

/// Transformer, norm and, if the config has `z_dim`, a projection.
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
    /// Loads the backbone's part of the language model.
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
        let z_weights = weights.at("z_proj").kept_in(weights.precision().spared());
        let z_proj = config.z_dim.map(|z_dim| Linear::load(&z_weights, [z_dim, width])).transpose()?;
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

    /// Reads a prompt without computing outputs.
    ///
    /// # Shapes
    ///
    /// - `prompt`: `[time, d_model]`
    ///
    /// # Panics
    ///
    /// If the width is wrong.
    pub fn prefill(&self, prompt: Signal, state: &mut TransformerState) {
        if prompt.dims()[0] > 0 {
            self.transformer.step_last(prompt, state);
        }
    }

    /// As [`step`](Self::step), but returns the last row only, bit for bit the same.
    ///
    /// # Shapes
    ///
    /// - `input`: `[time, d_model]`, at least one row
    /// - returned: `[1, z_dim]`, or `[1, d_model]` without `z_dim`
    ///
    /// # Panics
    ///
    /// If there is no row, or it has another width.
    pub fn step_last(&self, input: Signal, state: &mut TransformerState) -> Signal {
        self.project(self.transformer.step_last(input, state))
    }

    /// One step of several requests in one pass over the weights; see [`Transformer::step_each`].
    ///
    /// # Shapes
    ///
    /// - `input`: `[rows, d_model]`, row `r` being the next of `states[r]`
    /// - returned: `[rows, z_dim]`, or `[rows, d_model]` without `z_dim`
    ///
    /// # Panics
    ///
    /// If the width is wrong, or the number of states is not the number of rows.
    pub fn step_each(&self, input: Signal, states: &mut [&mut TransformerState]) -> Signal {
        self.project(self.transformer.step_each(input, states))
    }

    /// The norm and the projection after the transformer.
    fn project(&self, output: Signal) -> Signal {
        let normed = self.out_norm.forward(output);
        match &self.z_proj {
            Some(projection) => projection.forward(normed),
            None => normed,
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
    /// If the width is wrong.
    fn step(&self, input: Signal, state: &mut TransformerState) -> Signal {
        self.project(self.transformer.step(input, state))
    }
}

#[cfg(test)]
mod tests {
    use pocket_tts_streaming::chunking_error;
    use pocket_tts_tensor::testing::{cut, random_signal, random_store};
    use pocket_tts_tensor::to_vec;
    use proptest::prelude::*;

    use super::*;
    use crate::{FlowConfig, FlowKind, FlowLmTransformerConfig, LookupTableConfig, TokenizerKind};

    fn config(z_dim: Option<usize>) -> FlowLmConfig {
        FlowLmConfig {
            dtype: "float32".to_owned(),
            flow: FlowConfig { dim: 4, depth: 1, kind: FlowKind::Lsd },
            transformer: FlowLmTransformerConfig {
                hidden_scale: 2,
                max_period: 10_000.0,
                d_model: 8,
                num_heads: 2,
                num_layers: 1,
                attn_dim: None,
                num_kv_heads: Some(1),
                dim_feedforward: None,
            },
            z_dim,
            lookup_table: LookupTableConfig {
                dim: 8,
                n_bins: 4,
                tokenizer: TokenizerKind::Json,
                tokenizer_path: "tokenizer.json".to_owned(),
                rank: None,
            },
            weights_path: None,
            insert_bos_before_voice: false,
        }
    }

    fn backbone(z_dim: Option<usize>, seed: u64) -> Backbone {
        let layer = "transformer.layers.0.";
        let mut tensors = vec![
            (format!("{layer}self_attn.in_proj.weight"), vec![16, 8]),
            (format!("{layer}self_attn.out_proj.weight"), vec![8, 8]),
            (format!("{layer}linear1.weight"), vec![16, 8]),
            (format!("{layer}linear2.weight"), vec![8, 16]),
        ];
        for norm in ["transformer.layers.0.norm1", "transformer.layers.0.norm2", "out_norm"] {
            tensors.extend(["weight", "bias"].map(|name| (format!("{norm}.{name}"), vec![8])));
        }
        tensors.extend(z_dim.map(|z_dim| ("z_proj.weight".to_owned(), vec![z_dim, 8])));
        let store = random_store(seed, tensors);
        Backbone::load(&store.root(), &config(z_dim)).unwrap()
    }

    #[test]
    fn a_prompt_without_rows_changes_nothing() {
        let backbone = backbone(None, 1);
        let mut state = backbone.initial_state();
        backbone.prefill(random_signal(2, [0, 8]), &mut state);
        let input = random_signal(3, [1, 8]);
        let expected = to_vec(backbone.step(input.clone(), &mut backbone.initial_state()));
        assert_eq!(to_vec(backbone.step(input, &mut state)), expected);
    }

    proptest! {
        #[test]
        fn any_chunking_results_in_the_same_output(
            z_dim in prop::option::of(1_usize..9), cuts in prop::collection::vec(1_usize..6, 1..6), seed: u64,
        ) {
            let backbone = backbone(z_dim, seed);
            let whole = random_signal(seed ^ 1, [cuts.iter().sum(), 8]);
            prop_assert!(chunking_error(&backbone, whole.clone(), cut(&whole, &cuts), to_vec) < 1e-4);
        }
    }
}
