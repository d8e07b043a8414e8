//! Causal self-attention with rotary positions and grouped key-value heads.

use pocket_tts_tensor::{
    AttentionShape, KvCache, Linear, RotaryTable, Signal, WeightError, WeightPath, attend, attend_each,
};

use crate::TransformerConfig;

/// Self-attention of one layer.
///
/// # Source
///
/// `pocket_tts/modules/attention.py`, `StreamingMultiheadAttention`
#[derive(Debug)]
pub(crate) struct SelfAttention {
    in_proj: Linear,
    out_proj: Linear,
    shape: AttentionShape,
}

impl SelfAttention {
    /// Loads the layer; `scale` multiplies its output, channel by channel.
    pub(crate) fn load(
        weights: &WeightPath<'_>,
        config: &TransformerConfig,
        scale: Option<&[f32]>,
    ) -> Result<Self, WeightError> {
        // With these weights in 4 bits, some words become unintelligible, which the feed-forward doesn't cause.
        let weights = weights.kept_in(weights.precision().spared());
        let shape = config.attention_shape();
        let projected = shape.query_width() + 2 * shape.kv_width();
        Ok(Self {
            in_proj: Linear::load(&weights.at("in_proj"), [projected, config.d_model])?,
            out_proj: Linear::load_scaled(
                &weights.at("out_proj"),
                [config.d_model, shape.query_width()],
                scale,
            )?,
            shape,
        })
    }

    /// # Shapes
    ///
    /// - `input`, returned: `[time, d_model]`
    /// - `rotary`: of at least `time` positions, the first being the cache's next one
    pub(crate) fn forward(&self, input: Signal, rotary: &RotaryTable, cache: &mut KvCache) -> Signal {
        self.out_proj.forward(attend(self.in_proj.forward(input), self.shape, rotary, cache))
    }

    /// As [`forward`](Self::forward), but returns the last row only.
    ///
    /// # Shapes
    ///
    /// - `input`: `[time, d_model]`, at least one row
    /// - returned: `[1, d_model]`
    pub(crate) fn forward_last(&self, input: Signal, rotary: &RotaryTable, cache: &mut KvCache) -> Signal {
        let last = input.dims()[0] - 1;
        let attended = attend(self.in_proj.forward(input), self.shape, rotary, cache);
        self.out_proj.forward(attended.narrow(0, last, 1))
    }

    /// As [`forward`](Self::forward), for one row of each request.
    ///
    /// # Shapes
    ///
    /// - `input`, returned: `[rows, d_model]`
    /// - `rotary`: the next position of each cache
    pub(crate) fn forward_each(
        &self,
        input: Signal,
        rotary: &RotaryTable,
        caches: &mut [&mut KvCache],
    ) -> Signal {
        self.out_proj.forward(attend_each(self.in_proj.forward(input), self.shape, rotary, caches))
    }
}
