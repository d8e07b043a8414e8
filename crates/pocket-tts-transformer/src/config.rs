//! Hyperparameters of a transformer, without defaults. Knows no file format.

use pocket_tts_tensor::{AttentionShape, Retention};

/// Hyperparameters of a [`Transformer`](crate::Transformer), under the names of upstream's configs.
#[derive(Debug, Clone, PartialEq)]
pub struct TransformerConfig {
    /// Width of the residual stream.
    pub d_model: usize,
    /// Query heads.
    pub num_heads: usize,
    /// Key and value heads; divides `num_heads`.
    pub num_kv_heads: usize,
    /// Width of all query heads together; `num_heads` divides it.
    pub attn_dim: usize,
    /// Stacked layers.
    pub num_layers: usize,
    /// Width inside the feed-forward part.
    pub dim_feedforward: usize,
    /// Longest period of the rotary embedding, in positions (over 2 pi).
    pub max_period: f32,
    /// Number of positions that a query attends to, its own included; all earlier ones if `None`.
    pub context: Option<usize>,
    /// Whether the weights contain a learnt factor per channel for each residual update.
    pub layer_scale: bool,
}

impl TransformerConfig {
    /// How a projected row divides into heads.
    pub fn attention_shape(&self) -> AttentionShape {
        AttentionShape {
            heads: self.num_heads,
            kv_heads: self.num_kv_heads,
            head_dim: self.head_dim(),
            context: self.context,
        }
    }

    /// Width of one head.
    pub fn head_dim(&self) -> usize {
        self.attn_dim / self.num_heads
    }

    /// The positions that a cache must keep.
    pub fn retention(&self) -> Retention {
        self.context.map_or(Retention::Everything, Retention::Window)
    }
}
