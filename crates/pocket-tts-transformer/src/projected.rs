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
    /// What lies between.
    pub transformer: TransformerConfig,
}

/// A [`Transformer`] with linear maps (without bias) in front and behind, where widths differ.
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
    /// Reads the transformer and the projections it needs.
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
