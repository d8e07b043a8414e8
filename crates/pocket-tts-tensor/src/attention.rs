//! Causal self-attention over a cache, from the projected queries, keys and values of a step.

use crate::{
    KvCache, RotaryTable, Signal,
    kernels::{Attention, Kernels},
    map_signal,
};

/// How a projected row divides into heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttentionShape {
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; each serves `heads / kv_heads` consecutive query heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Positions a query sees, its own included; every earlier one if `None`.
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
}

/// Rotates queries and keys, appends keys and values to `cache`, and attends.
///
/// # Shapes
///
/// - `projected`: `[time, query_width + 2 * kv_width]`: queries, keys, values of each row
/// - `rotary`: of at least `time` positions, the first being the cache's next one
/// - returned: `[time, query_width]`
///
/// # Panics
///
/// If a shape is another.
///
/// # Source
///
/// `pocket_tts/modules/attention.py`, `StreamingMultiheadAttention`
pub fn attend(projected: Signal, shape: AttentionShape, rotary: &RotaryTable, cache: &mut KvCache) -> Signal {
    let [time, width] = projected.dims();
    let (query_width, kv_width) = (shape.query_width(), shape.kv_width());
    assert_eq!(width, query_width + 2 * kv_width, "a row holds queries, keys and values");
    map_signal(projected, [time, query_width], |projected, output| {
        let mut queries = Vec::with_capacity(time * query_width);
        let mut keys = Vec::with_capacity(time * kv_width);
        let mut values = Vec::with_capacity(time * kv_width);
        for (index, row) in projected.chunks_exact(width).enumerate() {
            let (row_queries, row) = row.split_at(query_width);
            let (row_keys, row_values) = row.split_at(kv_width);
            queries.extend_from_slice(row_queries);
            keys.extend_from_slice(row_keys);
            values.extend_from_slice(row_values);
            rotary.rotate(index, &mut queries[index * query_width..]);
            rotary.rotate(index, &mut keys[index * kv_width..]);
        }
        cache.append(&keys, &values);
        Kernels::best().attention(Attention {
            queries: &queries,
            query_stride: query_width,
            rows: time,
            keys: cache.keys(),
            values: cache.values(),
            heads: shape.heads,
            kv_heads: shape.kv_heads,
            head_dim: shape.head_dim,
            context: shape.context.unwrap_or(usize::MAX),
            output,
        });
    })
}
