//! Attention of a single query, which is bound by reading keys and values.
//!
//! It reads them in the order of memory: position by position, all heads of each. Head by head, each read would be on
//! another page; several positions side by side would compete for the same lines of the cache.

use super::{
    operands::{Attention, CachedPositions},
    softmax::{SUMMED_VECTORS, exponentiate},
};
use crate::kernels::simd::operations::Simd;

/// Computes `attention`, whose one query has as many heads as the keys. Each result is the same as for a query among
/// others, to the last bit.
#[inline(always)]
pub(crate) fn run<S: Simd>(simd: S, attention: &mut Attention<'_>) {
    let Attention { queries, heads, head_dim, .. } = *attention;
    let (seen, width) = (attention.seen(0), heads * head_dim);
    let query = &queries[..width];
    let [keys, values] = attention.cached(&seen, 0, width);
    let mut scores = vec![0.0; heads * seen.len()];
    for keys in keys {
        score_keys(simd, query, head_dim, keys, &mut scores);
    }
    let scale = 1.0 / (head_dim as f32).sqrt();
    let mut sums = Vec::with_capacity(heads);
    // A closure would be compiled without the vector instructions.
    for scores in scores.chunks_exact_mut(seen.len()) {
        sums.push(exponentiate(simd, scale, scores));
    }
    let output = &mut attention.output[..width];
    output.fill(0.0);
    for values in values {
        sum_values(simd, &scores, head_dim, values, output);
    }
    for (output, sum) in output.chunks_exact_mut(head_dim).zip(sums) {
        for total in output {
            *total /= sum;
        }
    }
}

/// The product of each head's query with each of its keys: `scores` is `[heads, seen positions]`.
#[inline(always)]
fn score_keys<S: Simd>(
    simd: S,
    query: &[f32],
    head_dim: usize,
    keys: CachedPositions<'_>,
    scores: &mut [f32],
) {
    let heads = query.len() / head_dim;
    for position in 0..keys.count {
        let mut head = 0;
        while head + SUMMED_VECTORS <= heads {
            multiply_key::<S, SUMMED_VECTORS>(simd, [position, head, head_dim], query, keys, scores);
            head += SUMMED_VECTORS;
        }
        while head < heads {
            multiply_key::<S, 1>(simd, [position, head, head_dim], query, keys, scores);
            head += 1;
        }
    }
}

/// The products of `H` heads with the key of a position.
#[inline(always)]
fn multiply_key<S: Simd, const H: usize>(
    simd: S,
    [position, head, head_dim]: [usize; 3],
    query: &[f32],
    keys: CachedPositions<'_>,
    scores: &mut [f32],
) {
    const { assert!(H <= SUMMED_VECTORS, "a sum for each head") };
    assert!(position < keys.count && query.len() == keys.width, "positions and width");
    assert!((head + H) * head_dim <= keys.width, "the heads are there");
    let whole = head_dim - head_dim % S::LANES;
    let mut sums = [simd.splat(0.0); SUMMED_VECTORS];
    for (index, sum) in sums.iter_mut().take(H).enumerate() {
        let first = (head + index) * head_dim;
        let mut i = first;
        while i < first + whole {
            // SAFETY: the position is one of the keys', and `LANES` elements of the head lie from `i` on.
            unsafe {
                let query = simd.load(query.as_ptr().add(i));
                *sum = simd.mul_add(query, keys.load(simd, position, i), *sum);
            }
            i += S::LANES;
        }
    }
    let sums = simd.sums(sums);
    let key = keys.row(position);
    let seen = scores.len() / (query.len() / head_dim);
    for (index, sum) in sums.into_iter().take(H).enumerate() {
        let tail = (head + index) * head_dim + whole..(head + index + 1) * head_dim;
        let tail: f32 = query[tail.clone()].iter().zip(&key[tail]).map(|(q, k)| q * k).sum();
        scores[(head + index) * seen + keys.before + position] = sum + tail;
    }
}

/// Adds each head's values, weighted by its scores, to `output`, which is `[heads, head_dim]`.
#[inline(always)]
fn sum_values<S: Simd>(
    simd: S,
    scores: &[f32],
    head_dim: usize,
    values: CachedPositions<'_>,
    output: &mut [f32],
) {
    let whole = head_dim - head_dim % S::LANES;
    let seen = scores.len() / (output.len() / head_dim);
    for position in 0..values.count {
        let row = values.row(position);
        let heads = scores.chunks_exact(seen).zip(output.chunks_exact_mut(head_dim));
        for ((scores, output), row) in heads.zip(row.chunks_exact(head_dim)) {
            let weight = scores[values.before + position];
            let mut i = 0;
            while i < whole {
                // SAFETY: `LANES` elements of the head lie between `i` and `whole`.
                unsafe {
                    let at = output.as_mut_ptr().add(i);
                    let value = simd.load(row.as_ptr().add(i));
                    simd.store(at, simd.mul_add(value, simd.splat(weight), simd.load(at)));
                }
                i += S::LANES;
            }
            for (total, value) in output[whole..].iter_mut().zip(&row[whole..]) {
                *total += weight * value;
            }
        }
    }
}
