//! Scaled dot-product attention of query rows over cached keys and values.

use super::simd::Simd;

/// Attention of `rows` consecutive queries, the last of which stands at the last cached position.
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
    /// `[positions, kv_heads * head_dim]`, oldest first.
    pub keys: &'a [f32],
    /// As `keys`.
    pub values: &'a [f32],
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
    /// If a slice is shorter than the sizes say, or there are fewer positions than rows.
    pub(super) fn check(&self) {
        let width = self.heads * self.head_dim;
        assert!(width > 0 && self.kv_heads > 0 && self.heads.is_multiple_of(self.kv_heads), "heads");
        assert_eq!(self.keys.len(), self.values.len(), "a value per key");
        assert!(self.keys.len().is_multiple_of(self.kv_heads * self.head_dim), "whole positions");
        assert!(self.positions() >= self.rows, "each query's own position is cached");
        assert!(self.output.len() >= self.rows * width, "the output is too short");
        let needed = if self.rows == 0 { 0 } else { (self.rows - 1) * self.query_stride + width };
        assert!(self.queries.len() >= needed, "the queries are too short");
    }

    fn positions(&self) -> usize {
        self.keys.len() / (self.kv_heads * self.head_dim)
    }
}

/// # Safety
///
/// `attention` is checked.
#[inline(always)]
pub(super) unsafe fn run<S: Simd>(simd: S, attention: &mut Attention<'_>) {
    let positions = attention.positions();
    let head_dim = attention.head_dim;
    let stride = attention.kv_heads * head_dim;
    let group = attention.heads / attention.kv_heads;
    let scale = 1.0 / (head_dim as f32).sqrt();
    let mut scores = vec![0.0_f32; positions.next_multiple_of(S::LANES)];
    for row in 0..attention.rows {
        let end = positions - attention.rows + row + 1;
        let start = end.saturating_sub(attention.context);
        for head in 0..attention.heads {
            let query = &attention.queries[row * attention.query_stride + head * head_dim..][..head_dim];
            let offset = head / group * head_dim;
            let scores = &mut scores[..end - start];
            for (position, score) in (start..end).zip(scores.iter_mut()) {
                let key = &attention.keys[position * stride + offset..][..head_dim];
                *score = dot(simd, query, key) * scale;
            }
            let sum = exponentiate(simd, scores);
            let output = &mut attention.output[(row * attention.heads + head) * head_dim..][..head_dim];
            let values = &attention.values[start * stride + offset..];
            weighted_sum(simd, scores, values, stride, output);
            for x in output {
                *x /= sum;
            }
        }
    }
}

#[inline(always)]
fn dot<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let whole = a.len() - a.len() % S::LANES;
    assert!(b.len() >= a.len(), "equal widths");
    let mut sums = simd.splat(0.0);
    let mut i = 0;
    while i < whole {
        // SAFETY: `LANES` elements lie between `i` and `whole` in both.
        unsafe { sums = simd.mul_add(simd.load(a.as_ptr().add(i)), simd.load(b.as_ptr().add(i)), sums) };
        i += S::LANES;
    }
    let mut sum = simd.sum(sums);
    for i in whole..a.len() {
        sum += a[i] * b[i];
    }
    sum
}

/// Replaces each score by `e^(score - maximum)` and returns their sum.
#[inline(always)]
fn exponentiate<S: Simd>(simd: S, scores: &mut [f32]) -> f32 {
    let maximum = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let whole = scores.len() - scores.len() % S::LANES;
    let mut sums = simd.splat(0.0);
    let mut i = 0;
    while i < whole {
        // SAFETY: `LANES` elements lie between `i` and `whole`.
        unsafe {
            let at = scores.as_mut_ptr().add(i);
            let weight = simd.exp(simd.sub(simd.load(at), simd.splat(maximum)));
            simd.store(at, weight);
            sums = simd.add(sums, weight);
        }
        i += S::LANES;
    }
    let mut sum = simd.sum(sums);
    for score in &mut scores[whole..] {
        *score = (*score - maximum).exp();
        sum += *score;
    }
    sum
}

/// `output = Σ weights[p] · values[p]`, rows of `values` lying `stride` elements apart.
#[inline(always)]
fn weighted_sum<S: Simd>(simd: S, weights: &[f32], values: &[f32], stride: usize, output: &mut [f32]) {
    let width = output.len();
    assert!(weights.is_empty() || values.len() >= (weights.len() - 1) * stride + width, "a value per weight");
    let whole = width - width % S::LANES;
    let mut i = 0;
    while i < whole {
        // Four independent chains hide the latency of the additions.
        let mut sums = [simd.splat(0.0); 4];
        let blocks = weights.len() - weights.len() % 4;
        // SAFETY: row `position` of `values` has `width` elements, `LANES` of them from `i` on.
        unsafe {
            for position in (0..blocks).step_by(4) {
                for (lane, sum) in sums.iter_mut().enumerate() {
                    let value = simd.load(values.as_ptr().add((position + lane) * stride + i));
                    *sum = simd.mul_add(value, simd.splat(weights[position + lane]), *sum);
                }
            }
            for (position, weight) in weights.iter().enumerate().skip(blocks) {
                let value = simd.load(values.as_ptr().add(position * stride + i));
                sums[0] = simd.mul_add(value, simd.splat(*weight), sums[0]);
            }
            let sum = simd.add(simd.add(sums[0], sums[1]), simd.add(sums[2], sums[3]));
            simd.store(output.as_mut_ptr().add(i), sum);
        }
        i += S::LANES;
    }
    for i in whole..width {
        output[i] = weights.iter().enumerate().map(|(p, weight)| weight * values[p * stride + i]).sum();
    }
}
