//! Causal self-attention over a cache.

use std::ops::Range;

use super::{attention_shape::AttentionShape, kv_cache::KvCache, rope::RotaryTable};
use crate::{
    exec::parallel::{OPERATIONS_PER_READ, RowSplit, for_each_part},
    host::{Signal, map_signal},
    kernels::{Attention, Kernels},
};

/// Rotates queries and keys, appends keys and values to `cache`, and attends.
///
/// # Shapes
///
/// - `projected`: `[time, query_width + 2 * kv_width]`: queries, keys and values of each row
/// - `rotary`: at least `time` positions, of which the first is the cache's next one
/// - returned: `[time, query_width]`
///
/// # Panics
///
/// If a shape is different.
///
/// # Source
///
/// `pocket_tts/modules/attention.py`, `StreamingMultiheadAttention`
pub fn attend(projected: Signal, shape: AttentionShape, rotary: &RotaryTable, cache: &mut KvCache) -> Signal {
    let time = check(&projected, shape);
    map_signal(projected, [time, shape.query_width()], |projected, output| {
        let queries = append(projected, shape, (rotary, 0), cache);
        attend_run(&queries, shape, cache, output);
    })
}

/// As [`attend`], for one row of each of several requests. Row `r` is the next position of `caches[r]`, and sees only
/// that cache.
///
/// # Shapes
///
/// - `projected`: `[rows, query_width + 2 * kv_width]`: queries, keys and values of each row
/// - `rotary`: the next position of each cache
/// - returned: `[rows, query_width]`; each row is what [`attend`] gives for it, to the last bit
///
/// # Panics
///
/// If a shape is different, or there isn't a cache for each row.
pub fn attend_each(
    projected: Signal,
    shape: AttentionShape,
    rotary: &RotaryTable,
    caches: &mut [&mut KvCache],
) -> Signal {
    let rows = check(&projected, shape);
    assert_eq!(rows, caches.len(), "a cache for each row");
    let (width, query_width) = (projected.dims()[1], shape.query_width());
    map_signal(projected, [rows, query_width], |projected, output| {
        let requests = projected.chunks_exact(width).zip(caches.iter_mut()).enumerate();
        let queries: Vec<Vec<f32>> =
            requests.map(|(index, (row, cache))| append(row, shape, (rotary, index), cache)).collect();
        let caches: Vec<&KvCache> = caches.iter().map(|cache| &**cache).collect();
        let attend_rows = |rows: Range<usize>, output: &mut [f32]| {
            for (row, output) in rows.zip(output.chunks_exact_mut(query_width)) {
                attend_run(&queries[row], shape, caches[row], output);
            }
        };
        if rows < LEAST_ROWS_TO_SPLIT {
            // Threads share the heads of each row.
            return attend_rows(0..rows, output);
        }
        let seen: usize = caches.iter().map(|cache| shape.seen(cache.kept())).sum();
        let operations = operations_per_head(shape, seen) * shape.kv_heads / rows;
        let split = RowSplit { rows, width: query_width, operations, granularity: 1 };
        for_each_part(split, output, attend_rows);
    })
}

/// The least number of requests that threads share row by row.
const LEAST_ROWS_TO_SPLIT: usize = 4;

/// Checks the width of the rows, and returns their number.
fn check(projected: &Signal, shape: AttentionShape) -> usize {
    let [rows, width] = projected.dims();
    assert_eq!(width, shape.query_width() + 2 * shape.kv_width(), "a row holds queries, keys and values");
    rows
}

/// Rotates the queries and keys of consecutive rows of one request, appends keys and values to its cache, and returns the
/// queries. The first row stands at index `first` of the table.
fn append(
    projected: &[f32],
    shape: AttentionShape,
    (rotary, first): (&RotaryTable, usize),
    cache: &mut KvCache,
) -> Vec<f32> {
    let (query_width, kv_width) = (shape.query_width(), shape.kv_width());
    let width = query_width + 2 * kv_width;
    let time = projected.len() / width;
    let mut queries = Vec::with_capacity(time * query_width);
    let mut keys = Vec::with_capacity(time * kv_width);
    let mut values = Vec::with_capacity(time * kv_width);
    for (index, row) in projected.chunks_exact(width).enumerate() {
        let (row_queries, row) = row.split_at(query_width);
        let (row_keys, row_values) = row.split_at(kv_width);
        queries.extend_from_slice(row_queries);
        keys.extend_from_slice(row_keys);
        values.extend_from_slice(row_values);
        rotary.rotate(first + index, &mut queries[index * query_width..]);
        rotary.rotate(first + index, &mut keys[index * kv_width..]);
    }
    cache.append(&keys, &values);
    cache.record(&queries[(time - 1) * query_width..], shape);
    queries
}

/// Attention of consecutive rows of one request, of which the last stands at the cache's last position.
fn attend_run(queries: &[f32], shape: AttentionShape, cache: &KvCache, output: &mut [f32]) {
    let (query_width, kv_width) = (shape.query_width(), shape.kv_width());
    let time = queries.len() / query_width;
    let mut attention = Attention {
        queries,
        query_stride: query_width,
        rows: time,
        keys: cache.keys(),
        values: cache.values(),
        kv_stride: kv_width,
        heads: shape.heads,
        kv_heads: shape.kv_heads,
        head_dim: shape.head_dim,
        context: shape.context.unwrap_or(usize::MAX),
        output,
    };
    if time == 1 {
        attend_by_heads(&mut attention, operations_per_head(shape, shape.seen(cache.kept())));
    } else {
        attend_by_rows(&mut attention, cache.kept());
    }
}

/// The cost of a query's attention to `seen` positions, for each key head: each key and value is read for few operations.
fn operations_per_head(shape: AttentionShape, seen: usize) -> usize {
    let group = shape.heads / shape.kv_heads;
    2 * shape.head_dim * seen * OPERATIONS_PER_READ.max(2 * group)
}

/// Attention of several queries, split among threads by rows.
fn attend_by_rows(step: &mut Attention<'_>, positions: usize) {
    let Attention { queries, query_stride, rows: time, keys, values, kv_stride, context, .. } = *step;
    let (heads, kv_heads, head_dim) = (step.heads, step.kv_heads, step.head_dim);
    let operations = 4 * query_stride * positions.min(context);
    let split = RowSplit { rows: time, width: query_stride, operations, granularity: 1 };
    for_each_part(split, step.output, |part, output| {
        // The last query of a part stands at the last position that the part gets.
        let unseen = (time - part.end) * kv_stride;
        Kernels::best().attention(Attention {
            queries: &queries[part.start * query_stride..],
            query_stride,
            rows: part.len(),
            keys: without_last(keys, unseen),
            values: without_last(values, unseen),
            kv_stride,
            heads,
            kv_heads,
            head_dim,
            context,
            output,
        });
    });
}

/// Heads of a single query that a thread takes at once; the heads of a part are a multiple of this.
const HEADS_PER_PART: usize = 4;

/// Attention of a single query, split among threads by heads, of which each takes `operations`.
fn attend_by_heads(step: &mut Attention<'_>, operations: usize) {
    let Attention { queries, query_stride, keys, values, kv_stride, kv_heads, head_dim, context, .. } = *step;
    let group = step.heads / kv_heads;
    // Adjacent heads are read together.
    let split = RowSplit { rows: kv_heads, width: group * head_dim, operations, granularity: HEADS_PER_PART };
    for_each_part(split, step.output, |part, output| {
        let first = part.start * head_dim;
        Kernels::best().attention(Attention {
            queries: &queries[part.start * group * head_dim..],
            query_stride,
            rows: 1,
            keys: from_element(keys, first),
            values: from_element(values, first),
            kv_stride,
            heads: part.len() * group,
            kv_heads: part.len(),
            head_dim,
            context,
            output,
        });
    });
}

/// Keys or values without the last `elements`. The positions of a step's queries are in the second part.
fn without_last([first, second]: [&[f32]; 2], elements: usize) -> [&[f32]; 2] {
    [first, &second[..second.len() - elements]]
}

/// Keys or values from the element `first` of their first position on.
fn from_element(parts: [&[f32]; 2], first: usize) -> [&[f32]; 2] {
    parts.map(|part| part.get(first..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        exec::{parallel::with_work_sharing, work_sharing::WorkSharing},
        host::to_vec,
        layers::kv_cache::Retention,
        testing::random_signal,
    };

    #[test]
    fn attention_on_all_cores_is_the_same_as_step_by_step() {
        for context in [None, Some(500)] {
            let shape = AttentionShape { heads: 4, kv_heads: 2, head_dim: 16, context };
            let time = 700;
            let projected = random_signal(3, [time, 128]);
            let cache = || KvCache::new(shape.kv_width(), Retention::Everything);
            let rotary = |first, count| RotaryTable::new(first, count, 16, 10_000.0);
            let whole = to_vec(attend(projected.clone(), shape, &rotary(0, time), &mut cache()));
            let (mut steps, mut shared_steps) = (cache(), cache());
            let sharing = Arc::new(WorkSharing::new(2));
            for (row, expected) in whole.chunks_exact(64).enumerate() {
                let step = projected.clone().narrow(0, row, 1);
                let output = attend(step.clone(), shape, &rotary(row, 1), &mut steps);
                assert_eq!(to_vec(output), expected, "row {row}");
                let output =
                    with_work_sharing(&sharing, || attend(step, shape, &rotary(row, 1), &mut shared_steps));
                assert_eq!(to_vec(output), expected, "row {row}, head by head");
            }
        }
    }

    #[test]
    fn each_request_gets_the_same_bits_as_alone() {
        let shape = AttentionShape { heads: 4, kv_heads: 2, head_dim: 16, context: Some(20) };
        let lengths = [0, 1, 7, 40];
        let caches: Vec<KvCache> = lengths
            .iter()
            .map(|&length| {
                let mut cache = KvCache::new(shape.kv_width(), Retention::Everything);
                let values = |seed| to_vec(random_signal(seed, [length, shape.kv_width()]));
                cache.append(&values(1), &values(2));
                cache
            })
            .collect();
        let projected = random_signal(3, [lengths.len(), 128]);
        let rotary = RotaryTable::at(lengths, 16, 10_000.0);
        let mut together = caches.clone();
        let mut each: Vec<&mut KvCache> = together.iter_mut().collect();
        let output = to_vec(attend_each(projected.clone(), shape, &rotary, &mut each));
        for (row, (mut cache, output)) in caches.into_iter().zip(output.chunks_exact(64)).enumerate() {
            let rotary = RotaryTable::new(lengths[row], 1, 16, 10_000.0);
            let alone = attend(projected.clone().narrow(0, row, 1), shape, &rotary, &mut cache);
            assert_eq!(to_vec(alone), output, "row {row}");
            assert_eq!(cache, together[row]);
        }
    }
}
