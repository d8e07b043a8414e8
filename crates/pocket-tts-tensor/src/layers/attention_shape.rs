//! The heads of an attention layer.

/// The heads of a projected row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttentionShape {
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; each serves `heads / kv_heads` consecutive query heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Positions that a query sees, its own included; `None` means all up to its own.
    pub context: Option<usize>,
}

impl AttentionShape {
    /// Width of the queries of a row, and of the attention's output.
    pub fn query_width(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Width of the keys of a row, and of its values.
    pub fn kv_width(&self) -> usize {
        self.kv_heads * self.head_dim
    }

    /// The positions that a query sees of `positions` up to its own.
    pub(crate) fn seen(&self, positions: usize) -> usize {
        positions.min(self.context.unwrap_or(usize::MAX))
    }
}
