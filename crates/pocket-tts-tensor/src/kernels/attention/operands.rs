//! The operands of attention.

use std::ops::Range;

use crate::kernels::{
    simd::operations::Simd,
    sizes::{elements, span},
};

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
    /// `[positions, kv_heads * head_dim]`, oldest first, in two parts, of which either may be empty. Each position of a
    /// part is `kv_stride` elements after the one before; the last may end with its heads.
    pub keys: [&'a [f32]; 2],
    /// As `keys`.
    pub values: [&'a [f32]; 2],
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

impl<'a> Attention<'a> {
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say, there are fewer positions than rows, or a query sees none.
    pub(crate) fn check(&self) {
        let width = self.heads.checked_mul(self.head_dim).unwrap_or_default();
        assert!(width > 0 && self.kv_heads > 0 && self.heads.is_multiple_of(self.kv_heads), "heads");
        assert!(self.context > 0, "a query sees its own position");
        assert_eq!(self.keys.map(<[f32]>::len), self.values.map(<[f32]>::len), "a value per key");
        // No overflow: it is at most as wide as the queries.
        let kv_width = self.kv_heads * self.head_dim;
        assert!(self.kv_stride >= kv_width, "positions do not overlap");
        for left in self.keys.map(|keys| keys.len() % self.kv_stride) {
            assert!(left == 0 || left >= kv_width, "whole positions");
        }
        assert!(self.positions() >= self.rows, "each query's own position is cached");
        assert!(self.output.len() >= elements(self.rows, width), "the output is too short");
        let needed = span(self.rows, self.query_stride, width);
        assert!(self.queries.len() >= needed, "the queries are too short");
    }

    /// The positions of each part.
    fn counts(&self) -> [usize; 2] {
        self.keys.map(|keys| keys.len().div_ceil(self.kv_stride))
    }

    pub(crate) fn positions(&self) -> usize {
        self.counts().iter().sum()
    }

    /// The positions that row `row` sees.
    pub(crate) fn seen(&self, row: usize) -> Range<usize> {
        let end = self.positions() - self.rows + row + 1;
        end.saturating_sub(self.context)..end
    }

    /// The keys and values of the positions `seen`, `width` elements of each from element `at` on.
    #[inline(always)]
    pub(crate) fn cached(
        &self,
        seen: &Range<usize>,
        at: usize,
        width: usize,
    ) -> [[CachedPositions<'a>; 2]; 2] {
        let first = self.counts()[0];
        let ranges = [
            seen.start.min(first)..seen.end.min(first),
            seen.start.saturating_sub(first)..seen.end.saturating_sub(first),
        ];
        [self.keys, self.values].map(|parts| {
            std::array::from_fn(|part| {
                let Range { start, end } = ranges[part];
                let elements = parts[part].get(start * self.kv_stride + at..).unwrap_or_default();
                let count = end - start;
                assert!(elements.len() >= span(count, self.kv_stride, width), "every position is there");
                let before = if part == 0 { 0 } else { ranges[0].len() };
                CachedPositions { elements, stride: self.kv_stride, before, count, width }
            })
        })
    }
}

/// Consecutive positions of keys or values.
#[derive(Clone, Copy)]
pub(crate) struct CachedPositions<'a> {
    /// `[count, width]`, each position `stride` elements after the one before.
    elements: &'a [f32],
    stride: usize,
    /// Number of positions that are seen before these.
    pub(crate) before: usize,
    /// Number of positions.
    pub(crate) count: usize,
    /// Elements of a position.
    pub(crate) width: usize,
}

impl<'a> CachedPositions<'a> {
    /// # Safety
    ///
    /// `position` is below `count`, and `at + S::LANES` is at most `width`.
    #[inline(always)]
    pub(crate) unsafe fn load<S: Simd>(&self, simd: S, position: usize, at: usize) -> S::V {
        // SAFETY: [`Attention::cached`] found that the last position has its full width, so no product or sum overflows.
        unsafe {
            let at = position.unchecked_mul(self.stride).unchecked_add(at);
            simd.load(self.elements.as_ptr().add(at))
        }
    }

    /// The elements of a position.
    pub(crate) fn row(&self, position: usize) -> &'a [f32] {
        &self.elements[position * self.stride..][..self.width]
    }
}
