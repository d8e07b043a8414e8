//! The operands of attention.

use std::ops::Range;

use crate::kernels::sizes::{elements, span};

/// Scaled dot-product attention of `rows` consecutive queries. The last query stands at the last cached position.
///
/// A query sees the positions up to its own, at most `context` of them.
#[derive(Debug)]
pub struct Attention<'a> {
    /// `[rows, heads * head_dim]`, each row `query_stride` elements after the one before.
    pub queries: &'a [f32],
    /// Elements from one row of queries to the next.
    pub query_stride: usize,
    /// Number of queries.
    pub rows: usize,
    /// `[positions, kv_heads * head_dim]`, oldest first, each position `kv_stride` elements after the one before; the
    /// last may end with its heads.
    pub keys: &'a [f32],
    /// As `keys`.
    pub values: &'a [f32],
    /// Elements from one position to the next.
    pub kv_stride: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; each serves `heads / kv_heads` consecutive query heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Positions a query sees, its own included.
    pub context: usize,
    /// `[rows, heads * head_dim]`
    pub output: &'a mut [f32],
}

impl Attention<'_> {
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say, there are fewer positions than rows, or a query sees none.
    pub(crate) fn check(&self) {
        let width = self.heads.checked_mul(self.head_dim).unwrap_or_default();
        assert!(width > 0 && self.kv_heads > 0 && self.heads.is_multiple_of(self.kv_heads), "heads");
        assert!(self.context > 0, "a query sees its own position");
        assert_eq!(self.keys.len(), self.values.len(), "a value per key");
        // No overflow: it is at most as wide as the queries.
        let kv_width = self.kv_heads * self.head_dim;
        assert!(self.kv_stride >= kv_width, "positions do not overlap");
        let left = self.keys.len() % self.kv_stride;
        assert!(left == 0 || left >= kv_width, "whole positions");
        assert!(self.positions() >= self.rows, "each query's own position is cached");
        assert!(self.output.len() >= elements(self.rows, width), "the output is too short");
        let needed = span(self.rows, self.query_stride, width);
        assert!(self.queries.len() >= needed, "the queries are too short");
    }

    pub(crate) fn positions(&self) -> usize {
        self.keys.len().div_ceil(self.kv_stride)
    }

    /// The positions that row `row` sees.
    pub(crate) fn seen(&self, row: usize) -> Range<usize> {
        let end = self.positions() - self.rows + row + 1;
        end.saturating_sub(self.context)..end
    }
}
