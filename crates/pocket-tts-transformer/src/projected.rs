//! A transformer between two projections.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{Linear, Signal, WeightError, WeightPath};

use crate::{Transformer, TransformerConfig, TransformerState};

/// Hyperparameters of a [`ProjectedTransformer`].
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectedTransformerConfig {
    /// Width of the input; projected if it isn't the transformer's.
    pub input_dimension: usize,
    /// Width of the output; projected if it isn't the transformer's.
    pub output_dimension: usize,
    /// The transformer between the projections.
    pub transformer: TransformerConfig,
}

/// A [`Transformer`] with linear projections (without bias) of its input and output, if widths differ.
///
/// # Source
///
/// `pocket_tts/modules/transformer.py`, `ProjectedTransformer`
#[derive(Debug)]
pub struct ProjectedTransformer {
    input_proj: Option<Linear>,
    transformer: Transformer,
    output_proj: Option<Linear>,
}

impl ProjectedTransformer {
    /// Loads the transformer and the projections that it needs.
    ///
    /// # Errors
    ///
    /// If a weight is missing or has another shape.
    pub fn load(weights: &WeightPath<'_>, config: ProjectedTransformerConfig) -> Result<Self, WeightError> {
        let width = config.transformer.d_model;
        let project = |name: &str, shape: [usize; 2]| {
            (shape[0] != shape[1]).then(|| Linear::load(&weights.at(name), shape)).transpose()
        };
        Ok(Self {
            input_proj: project("input_proj", [width, config.input_dimension])?,
            output_proj: project("output_projs.0", [config.output_dimension, width])?,
            transformer: Transformer::load(&weights.at("transformer"), config.transformer)?,
        })
    }
}

impl StreamingModule for ProjectedTransformer {
    type Input = Signal;
    type Output = Signal;
    type State = TransformerState;

    fn initial_state(&self) -> TransformerState {
        self.transformer.initial_state()
    }

    /// # Shapes
    ///
    /// - `input`: `[time, input_dimension]`
    /// - returned: `[time, output_dimension]`
    ///
    /// # Panics
    ///
    /// If the input has another width.
    fn step(&self, input: Signal, state: &mut TransformerState) -> Signal {
        let project = |layer: &Option<Linear>, signal| match layer {
            Some(layer) => layer.forward(signal),
            None => signal,
        };
        let output = self.transformer.step(project(&self.input_proj, input), state);
        project(&self.output_proj, output)
    }
}

#[cfg(test)]
mod tests {
    use pocket_tts_streaming::chunking_error;
    use pocket_tts_tensor::testing::{cut, random_signal, random_store};
    use pocket_tts_tensor::to_vec;
    use proptest::prelude::*;

    use super::*;

    /// Names and shapes of a projected transformer's weights.
    fn tensors(config: &ProjectedTransformerConfig) -> Vec<(String, Vec<usize>)> {
        let inner = &config.transformer;
        let (width, shape) = (inner.d_model, inner.attention_shape());
        let mut tensors = Vec::new();
        if config.input_dimension != width {
            tensors.push(("input_proj.weight".to_owned(), vec![width, config.input_dimension]));
        }
        if config.output_dimension != width {
            tensors.push(("output_projs.0.weight".to_owned(), vec![config.output_dimension, width]));
        }
        for layer in 0..inner.num_layers {
            let rows = shape.query_width() + 2 * shape.kv_width();
            let named = [
                ("self_attn.in_proj.weight", vec![rows, width]),
                ("self_attn.out_proj.weight", vec![width, shape.query_width()]),
                ("norm1.weight", vec![width]),
                ("norm1.bias", vec![width]),
                ("norm2.weight", vec![width]),
                ("norm2.bias", vec![width]),
                ("linear1.weight", vec![inner.dim_feedforward, width]),
                ("linear2.weight", vec![width, inner.dim_feedforward]),
                ("layer_scale_1.scale", vec![width]),
                ("layer_scale_2.scale", vec![width]),
            ];
            let wanted = |name: &str| inner.layer_scale || !name.starts_with("layer_scale");
            let path = |name: &str| format!("transformer.layers.{layer}.{name}");
            tensors
                .extend(named.into_iter().filter(|(name, _)| wanted(name)).map(|(name, s)| (path(name), s)));
        }
        tensors
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn any_chunking_results_in_the_same_output(
            (kv_heads, group, pairs) in (1_usize..3, 1_usize..3, 1_usize..5), context in prop::option::of(1_usize..12),
            (d_model, input_dimension, output_dimension) in (2_usize..20, 2_usize..20, 2_usize..20),
            layer_scale: bool, cuts in prop::collection::vec(1_usize..9, 1..8), seed: u64,
        ) {
            let num_heads = kv_heads * group;
            let transformer = TransformerConfig {
                d_model, num_heads, num_kv_heads: kv_heads, attn_dim: num_heads * 2 * pairs, num_layers: 2,
                dim_feedforward: 12, max_period: 10_000.0, context, layer_scale,
            };
            let config = ProjectedTransformerConfig { input_dimension, output_dimension, transformer };
            let store = random_store(seed, tensors(&config));
            let layer = ProjectedTransformer::load(&store.root(), config).unwrap();
            prop_assert_eq!(store.finish(), Ok(()));
            let whole = random_signal(seed ^ 1, [cuts.iter().sum(), input_dimension]);
            let error = chunking_error(&layer, whole.clone(), cut(&whole, &cuts), to_vec);
            prop_assert!(error < 1e-4, "{}", error);
        }
    }
}
