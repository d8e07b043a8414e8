//! One pre-norm transformer layer.

use pocket_tts_tensor::{
    Activation, KvCache, LayerNorm, Linear, RotaryTable, Signal, WeightError, WeightPath, activate,
};

use crate::{TransformerConfig, self_attention::SelfAttention};

/// `x + attention(norm1(x))`, then `x + feed_forward(norm2(x))`, neither with biases.
///
/// The learnt scales of the updates, if a model has them, are folded into the last weights of each branch.
///
/// # Source
///
/// `pocket_tts/modules/transformer.py`, `StreamingTransformerLayer`
#[derive(Debug)]
pub(crate) struct TransformerLayer {
    norm1: LayerNorm,
    self_attn: SelfAttention,
    norm2: LayerNorm,
    linear1: Linear,
    linear2: Linear,
}

const EPSILON: f32 = 1e-5;

impl TransformerLayer {
    pub(crate) fn load(weights: &WeightPath<'_>, config: &TransformerConfig) -> Result<Self, WeightError> {
        let (width, inner) = (config.d_model, config.dim_feedforward);
        let scale =
            |name: &str| config.layer_scale.then(|| weights.at(name).tensor("scale", &[width])).transpose();
        let (scale1, scale2) = (scale("layer_scale_1")?, scale("layer_scale_2")?);
        Ok(Self {
            norm1: LayerNorm::load(&weights.at("norm1"), width, EPSILON)?,
            self_attn: SelfAttention::load(&weights.at("self_attn"), config, scale1.as_deref())?,
            norm2: LayerNorm::load(&weights.at("norm2"), width, EPSILON)?,
            linear1: Linear::load(&weights.at("linear1"), [inner, width])?,
            linear2: Linear::load_scaled(&weights.at("linear2"), [width, inner], scale2.as_deref())?,
        })
    }

    /// # Shapes
    ///
    /// - `input`, returned: `[time, d_model]`
    pub(crate) fn forward(&self, input: Signal, rotary: &RotaryTable, cache: &mut KvCache) -> Signal {
        self.around(input, |normed| self.self_attn.forward(normed, rotary, cache))
    }

    /// As [`forward`](Self::forward), but returns the last row only; after the attention, only that row is computed.
    ///
    /// # Shapes
    ///
    /// - `input`: `[time, d_model]`, at least one row
    /// - returned: `[1, d_model]`
    pub(crate) fn forward_last(&self, input: Signal, rotary: &RotaryTable, cache: &mut KvCache) -> Signal {
        let last = input.dims()[0] - 1;
        let update = self.self_attn.forward_last(self.norm1.forward(input.clone()), rotary, cache);
        self.feed_forward(input.narrow(0, last, 1) + update)
    }

    /// As [`forward`](Self::forward), for one row of each request, each with its cache.
    ///
    /// # Shapes
    ///
    /// - `input`, returned: `[rows, d_model]`
    pub(crate) fn forward_each(
        &self,
        input: Signal,
        rotary: &RotaryTable,
        caches: &mut [&mut KvCache],
    ) -> Signal {
        self.around(input, |normed| self.self_attn.forward_each(normed, rotary, caches))
    }

    /// The row-wise operations around the attention.
    fn around(&self, input: Signal, attention: impl FnOnce(Signal) -> Signal) -> Signal {
        let update = attention(self.norm1.forward(input.clone()));
        self.feed_forward(input + update)
    }

    /// The operations after the attention's update.
    fn feed_forward(&self, input: Signal) -> Signal {
        let inner = self.linear1.forward(self.norm2.forward(input.clone()));
        let update = self.linear2.forward(activate(inner, Activation::GeluTanh));
        input + update
    }
}
