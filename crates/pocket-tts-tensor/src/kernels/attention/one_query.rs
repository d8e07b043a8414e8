//! Attention of a single query, which is bound by reading keys and values.
//!
//! It reads them in the order of memory: a few positions side by side, all heads of each. Head by head, each read
//! would be on another page.

use std::array::from_fn;

use super::{
    operands::Attention,
    softmax::{SUMMED_VECTORS, exponentiate},
};
use crate::kernels::{simd::operations::Simd, sizes::span};

/// Positions that are read side by side: memory delivers several streams faster than one.
const POSITIONS_AT_ONCE: usize = 4;

/// The keys or values that the query sees.
#[derive(Clone, Copy)]
struct SeenPositions<'a> {
    /// `[count, heads * head_dim]`, each position `stride` elements after the one before.
    elements: &'a [f32],
    stride: usize,
    count: usize,
    width: usize,
}

impl<'a> SeenPositions<'a> {
    fn new(elements: &'a [f32], stride: usize, count: usize, width: usize) -> Self {
        assert!(elements.len() >= span(count, stride, width), "every position is there");
        Self { elements, stride, count, width }
    }

    /// # Safety
    ///
    /// `position` is below `count`, and `at + S::LANES` is at most `width`.
    #[inline(always)]
    unsafe fn load<S: Simd>(&self, simd: S, position: usize, at: usize) -> S::V {
        // SAFETY: `new` found that the last position has its full width, so no product or sum overflows.
        unsafe {
            let at = position.unchecked_mul(self.stride).unchecked_add(at);
            simd.load(self.elements.as_ptr().add(at))
        }
    }

    /// Prefetches what [`load`](Self::load) will read, if there is such a position.
    #[inline(always)]
    fn prefetch<S: Simd>(&self, simd: S, position: usize, at: usize) {
        let at = position.wrapping_mul(self.stride).wrapping_add(at);
        simd.prefetch(self.elements.as_ptr().wrapping_add(at));
    }

    fn row(&self, position: usize) -> &'a [f32] {
        &self.elements[position * self.stride..][..self.width]
    }
}

/// Computes `attention`, whose one query has as many heads as the keys. Each result is the same as for a query among
/// others, to the last bit.
#[inline(always)]
pub(crate) fn run<S: Simd>(simd: S, attention: &mut Attention<'_>) {
    let Attention { queries, keys, values, kv_stride, heads, head_dim, .. } = *attention;
    let (seen, width) = (attention.seen(0), heads * head_dim);
    let (query, first) = (&queries[..width], seen.start * kv_stride);
    let keys = SeenPositions::new(&keys[first..], kv_stride, seen.len(), width);
    let values = SeenPositions::new(&values[first..], kv_stride, seen.len(), width);
    let mut scores = vec![0.0; heads * seen.len()];
    score_keys(simd, query, head_dim, keys, &mut scores);
    let scale = 1.0 / (head_dim as f32).sqrt();
    let mut sums = Vec::with_capacity(heads);
    // A closure would be compiled without the vector instructions.
    for scores in scores.chunks_exact_mut(seen.len()) {
        sums.push(exponentiate(simd, scale, scores));
    }
    let output = &mut attention.output[..width];
    sum_values(simd, &scores, head_dim, values, output);
    for (output, sum) in output.chunks_exact_mut(head_dim).zip(sums) {
        for total in output {
            *total /= sum;
        }
    }
}

/// The product of each head's query with each of its keys: `scores` is `[heads, positions]`.
#[inline(always)]
fn score_keys<S: Simd>(simd: S, query: &[f32], head_dim: usize, keys: SeenPositions<'_>, scores: &mut [f32]) {
    let mut position = 0;
    while position + POSITIONS_AT_ONCE <= keys.count {
        multiply_keys::<S, POSITIONS_AT_ONCE>(simd, [position, head_dim], query, keys, scores);
        position += POSITIONS_AT_ONCE;
    }
    while position < keys.count {
        multiply_keys::<S, 1>(simd, [position, head_dim], query, keys, scores);
        position += 1;
    }
}

/// The products with the keys of `P` positions, read side by side.
#[inline(always)]
fn multiply_keys<S: Simd, const P: usize>(
    simd: S,
    [position, head_dim]: [usize; 2],
    query: &[f32],
    keys: SeenPositions<'_>,
    scores: &mut [f32],
) {
    const { assert!(P <= SUMMED_VECTORS, "a sum for each position") };
    assert!(position + P <= keys.count && query.len() == keys.width, "positions and width");
    let whole = head_dim - head_dim % S::LANES;
    for (head, query) in query.chunks_exact(head_dim).enumerate() {
        let first = head * head_dim;
        let mut sums = [simd.splat(0.0); SUMMED_VECTORS];
        let mut i = 0;
        while i < whole {
            // SAFETY: the positions are the keys', and `LANES` elements of the head lie between `i` and `whole`.
            unsafe {
                let query = simd.load(query.as_ptr().add(i));
                for (index, sum) in sums.iter_mut().take(P).enumerate() {
                    keys.prefetch(simd, position + P + index, first + i);
                    *sum = simd.mul_add(query, keys.load(simd, position + index, first + i), *sum);
                }
            }
            i += S::LANES;
        }
        let sums = simd.sums(sums);
        for (index, sum) in sums.into_iter().take(P).enumerate() {
            let key = &keys.row(position + index)[first..][..head_dim];
            let tail: f32 = query[whole..].iter().zip(&key[whole..]).map(|(q, k)| q * k).sum();
            scores[head * keys.count + position + index] = sum + tail;
        }
    }
}

/// The sum of each head's values, weighted by its scores: `output` is `[heads, head_dim]`.
#[inline(always)]
fn sum_values<S: Simd>(
    simd: S,
    scores: &[f32],
    head_dim: usize,
    values: SeenPositions<'_>,
    output: &mut [f32],
) {
    output.fill(0.0);
    let mut position = 0;
    while position + POSITIONS_AT_ONCE <= values.count {
        add_values::<S, POSITIONS_AT_ONCE>(simd, [position, head_dim], scores, values, output);
        position += POSITIONS_AT_ONCE;
    }
    while position < values.count {
        add_values::<S, 1>(simd, [position, head_dim], scores, values, output);
        position += 1;
    }
}

/// Adds the weighted values of `P` positions, one after the other.
#[inline(always)]
fn add_values<S: Simd, const P: usize>(
    simd: S,
    [position, head_dim]: [usize; 2],
    scores: &[f32],
    values: SeenPositions<'_>,
    output: &mut [f32],
) {
    assert!(position + P <= values.count && output.len() == values.width, "positions and width");
    let whole = head_dim - head_dim % S::LANES;
    let heads = scores.chunks_exact(values.count).zip(output.chunks_exact_mut(head_dim));
    for (head, (scores, output)) in heads.enumerate() {
        let scores: [f32; P] = from_fn(|index| scores[position + index]);
        let mut i = 0;
        while i < whole {
            // SAFETY: the positions are the values', and `LANES` elements of the head lie between `i` and `whole`.
            unsafe {
                let at = output.as_mut_ptr().add(i);
                let mut total = simd.load(at);
                for (index, score) in scores.iter().enumerate() {
                    values.prefetch(simd, position + P + index, head * head_dim + i);
                    let value = values.load(simd, position + index, head * head_dim + i);
                    total = simd.mul_add(value, simd.splat(*score), total);
                }
                simd.store(at, total);
            }
            i += S::LANES;
        }
        for (index, score) in scores.iter().enumerate() {
            let row = &values.row(position + index)[head * head_dim..][..head_dim];
            for (total, value) in output[whole..].iter_mut().zip(&row[whole..]) {
                *total += score * value;
            }
        }
    }
}
