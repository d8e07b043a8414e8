//! Attention of several queries, or of query heads that share a key head: head by head, in blocks of queries that share
//! a pass over the keys and values.

use std::array::from_fn;

use super::{
    one_query,
    operands::{Attention, CachedPositions},
    softmax::{SUMMED_VECTORS, exponentiate},
};
use crate::kernels::simd::operations::Simd;

/// Queries of a block.
const QUERY_BLOCK: usize = 4;

/// Computes `attention` with `MANY` keys, and vectors of values, at once for a block of queries, and `ONE` for a single
/// query.
///
/// # Safety
///
/// `attention` is checked.
#[inline(always)]
pub(crate) unsafe fn run<S: Simd, const MANY: usize, const ONE: usize>(
    simd: S,
    attention: &mut Attention<'_>,
) {
    let group = attention.heads / attention.kv_heads;
    if attention.rows == 1 && group == 1 {
        return one_query::run(simd, attention);
    }
    // The heads of a group see the same keys, so each counts as a query of its own.
    let queries = attention.rows * group;
    let mut scores = vec![0.0; QUERY_BLOCK * attention.positions()];
    for head in 0..attention.kv_heads {
        let mut first = 0;
        while first < queries {
            let block = QueryBlock { first, head, group };
            if queries - first >= QUERY_BLOCK {
                attend_block::<S, QUERY_BLOCK, MANY>(simd, attention, block, &mut scores);
                first += QUERY_BLOCK;
            } else {
                attend_block::<S, 1, ONE>(simd, attention, block, &mut scores);
                first += 1;
            }
        }
    }
}

/// Consecutive queries of the heads that share a key head, numbered row after row.
#[derive(Clone, Copy)]
struct QueryBlock {
    first: usize,
    head: usize,
    group: usize,
}

impl QueryBlock {
    /// The row and the head of the block's query `index`.
    fn row_and_head(self, index: usize) -> [usize; 2] {
        let query = self.first + index;
        [query / self.group, self.head * self.group + query % self.group]
    }
}

/// The attention weights of `R` queries, and where their results go.
struct BlockWeights<'a, const R: usize> {
    /// Weights before they are divided by `sums`, `[R, positions]`.
    scores: &'a [f32],
    /// The sum of each query's scores.
    sums: [f32; R],
    /// Index in the output of each query's result.
    outputs: [usize; R],
}

/// The attention of `R` queries. Each result is the same as for a query alone, to the last bit.
#[inline(always)]
fn attend_block<S: Simd, const R: usize, const C: usize>(
    simd: S,
    attention: &mut Attention<'_>,
    block: QueryBlock,
    scores: &mut [f32],
) {
    let Attention { queries, query_stride, heads, head_dim, .. } = *attention;
    let queries_at: [[usize; 2]; R] = from_fn(|index| block.row_and_head(index));
    let seen = queries_at.map(|[row, _]| attention.seen(row));
    // Windows only move forward from row to row: the first starts first, and the last ends last.
    let all = seen[0].start..seen[R - 1].end;
    let (start, positions) = (all.start, all.len());
    let [keys, values] = attention.cached(&all, block.head * head_dim, head_dim);
    let queries = queries_at.map(|[row, head]| &queries[row * query_stride + head * head_dim..][..head_dim]);

    let scores = &mut scores[..R * positions];
    for keys in keys {
        score_keys::<S, R, C>(simd, &queries, keys, scores);
    }
    let scale = 1.0 / (head_dim as f32).sqrt();
    let mut sums = [0.0; R];
    for ((scores, seen), sum) in scores.chunks_exact_mut(positions).zip(seen).zip(&mut sums) {
        let seen = seen.start - start..seen.end - start;
        *sum = exponentiate(simd, scale, &mut scores[seen.clone()]);
        // Positions that a query doesn't see have no weight; adding zeros changes no sum.
        scores[..seen.start].fill(0.0);
        scores[seen.end..].fill(0.0);
    }
    let outputs = queries_at.map(|[row, head]| (row * heads + head) * head_dim);
    let weights = BlockWeights { scores, sums, outputs };
    for (index, output) in outputs.into_iter().enumerate() {
        // The tail of a width that isn't whole vectors is summed element by element.
        for i in head_dim - head_dim % S::LANES..head_dim {
            let values = values.iter().flat_map(|values| (0..values.count).map(|p| values.row(p)[i]));
            let weights = &weights.scores[index * positions..][..positions];
            let total: f32 = weights.iter().zip(values).map(|(weight, value)| weight * value).sum();
            attention.output[output + i] = total / sums[index];
        }
    }
    let mut at = 0;
    while at + C * S::LANES <= head_dim {
        sum_values::<S, R, C>(simd, &weights, &values, at, attention.output);
        at += C * S::LANES;
    }
    while at + S::LANES <= head_dim {
        sum_values::<S, R, 1>(simd, &weights, &values, at, attention.output);
        at += S::LANES;
    }
}

/// The product of each query with each key, `P` positions at once: `scores` is `[R, seen positions]`.
#[inline(always)]
fn score_keys<S: Simd, const R: usize, const P: usize>(
    simd: S,
    queries: &[&[f32]; R],
    keys: CachedPositions<'_>,
    scores: &mut [f32],
) {
    const { assert!((R * P).is_multiple_of(SUMMED_VECTORS), "sums are whole groups") };
    let whole = keys.width - keys.width % S::LANES;
    let seen = scores.len() / R;
    let last = keys.count.saturating_sub(1);
    for first in (0..keys.count).step_by(P) {
        let mut sums = [[simd.splat(0.0); P]; R];
        let mut i = 0;
        while i < whole {
            // SAFETY: the positions are the keys', `LANES` elements lie between `i` and `whole`, and queries are as
            // wide as keys.
            unsafe {
                let mut columns = [simd.splat(0.0); P];
                for (ahead, column) in columns.iter_mut().enumerate() {
                    *column = keys.load(simd, last.min(first + ahead), i);
                }
                for (query, sums) in queries.iter().zip(&mut sums) {
                    let query = simd.load(query.as_ptr().add(i));
                    for (sum, key) in sums.iter_mut().zip(columns) {
                        *sum = simd.mul_add(query, key, *sum);
                    }
                }
            }
            i += S::LANES;
        }
        let mut totals = [[0.0; P]; R];
        for at in (0..R * P).step_by(SUMMED_VECTORS) {
            let mut four = [simd.splat(0.0); SUMMED_VECTORS];
            for (index, sum) in four.iter_mut().enumerate() {
                *sum = sums[(at + index) / P][(at + index) % P];
            }
            for (index, total) in simd.sums(four).into_iter().enumerate() {
                totals[(at + index) / P][(at + index) % P] = total;
            }
        }
        let count = P.min(keys.count - first);
        for (index, (query, totals)) in queries.iter().zip(&mut totals).enumerate() {
            if whole < keys.width {
                for (ahead, total) in totals[..count].iter_mut().enumerate() {
                    let key = keys.row(first + ahead);
                    *total += query[whole..].iter().zip(&key[whole..]).map(|(q, k)| q * k).sum::<f32>();
                }
            }
            scores[index * seen + keys.before + first..][..count].copy_from_slice(&totals[..count]);
        }
    }
}

/// Writes the weighted means of the values to the output, `C` vectors from column `at` on.
#[inline(always)]
fn sum_values<S: Simd, const R: usize, const C: usize>(
    simd: S,
    weights: &BlockWeights<'_, R>,
    values: &[CachedPositions<'_>; 2],
    at: usize,
    output: &mut [f32],
) {
    let BlockWeights { scores, sums, outputs } = weights;
    let seen = scores.len() / R;
    let mut totals = [[simd.splat(0.0); C]; R];
    for values in values {
        assert!(
            values.before + values.count <= seen && at + C * S::LANES <= values.width,
            "scores and width"
        );
        for position in 0..values.count {
            let mut columns = [simd.splat(0.0); C];
            for (c, column) in columns.iter_mut().enumerate() {
                // SAFETY: the position is one of the values', and the columns lie inside their width.
                *column = unsafe { values.load(simd, position, at + c * S::LANES) };
            }
            for (index, totals) in totals.iter_mut().enumerate() {
                // SAFETY: there is a score for each query and position.
                let weight = unsafe { *scores.get_unchecked(index * seen + values.before + position) };
                for c in 0..C {
                    totals[c] = simd.mul_add(columns[c], simd.splat(weight), totals[c]);
                }
            }
        }
    }
    for ((totals, sum), start) in totals.iter().zip(sums).zip(outputs) {
        let output = &mut output[start + at..][..C * S::LANES];
        for (c, total) in totals.iter().enumerate() {
            // SAFETY: the output holds `C` vectors.
            unsafe { simd.store(output.as_mut_ptr().add(c * S::LANES), simd.div(*total, simd.splat(*sum))) };
        }
    }
}
