//! Attention.

use proptest::prelude::*;

use super::support::{all_kernels, assert_close, output, unaligned};
use crate::{kernels::Attention, random_numbers::random as numbers};

/// The cache in two parts, of which the second begins at element `first` or at the end.
fn parts(cache: &[f32], first: usize) -> [&[f32]; 2] {
    let (first, second) = cache.split_at(first.min(cache.len()));
    [first, second]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn attention_equals_the_plain_loop(
        (rows, extra) in (1_usize..10, 0_usize..60), kv_heads in 1_usize..4, group in 1_usize..4,
        head_dim in 1_usize..80, context in 1_usize..80, (shift, gap, kv_gap) in (0_usize..16, 0_usize..9, 0_usize..9),
        seed: u64, split: prop::sample::Index,
    ) {
        let (heads, positions) = (kv_heads * group, rows + extra);
        let first = split.index(positions + 1);
        let width = kv_heads * head_dim;
        let kv_stride = width + kv_gap;
        let elements = (positions - 1) * kv_stride + width;
        let query_stride = heads * head_dim + gap;
        let queries = unaligned(&numbers(seed, rows * query_stride), shift);
        let keys = unaligned(&numbers(seed ^ 1, elements), shift / 4);
        let values = unaligned(&numbers(seed ^ 2, elements), shift / 2);
        let at = |x: &[f32], position: usize, head: usize, i: usize| f64::from(x[position * kv_stride + head * head_dim + i]);
        let mut expected = Vec::new();
        for row in 0..rows {
            let end = extra + row + 1;
            let start = end.saturating_sub(context);
            for head in 0..heads {
                let query = &queries[row * query_stride + head * head_dim..][..head_dim];
                let score = |p: usize| -> f64 {
                    let dot: f64 = query.iter().enumerate().map(|(i, q)| f64::from(*q) * at(&keys, p, head / group, i)).sum();
                    (dot / (head_dim as f64).sqrt()).exp()
                };
                let total: f64 = (start..end).map(score).sum();
                for i in 0..head_dim {
                    expected.push((start..end).map(|p| score(p) * at(&values, p, head / group, i)).sum::<f64>() / total);
                }
            }
        }
        for kernels in all_kernels() {
            let mut output = output(rows * heads * head_dim, shift / 2);
            kernels.attention(Attention {
                queries: &queries, query_stride, rows, keys: parts(&keys, first * kv_stride), values: parts(&values, first * kv_stride), kv_stride,
                heads, kv_heads, head_dim, context, output: &mut output,
            });
            assert_close(&output, &expected, 1e-5, kernels.isa());
        }
    }

    #[test]
    fn a_query_is_the_same_in_any_step_and_cache(
        (rows, extra) in (1_usize..12, 0_usize..60), kv_heads in 1_usize..3, group in 1_usize..4,
        head_dim in 1_usize..70, context in 1_usize..80, seed: u64, split: prop::sample::Index,
    ) {
        let first = split.index(rows + extra + 1) * kv_heads * head_dim;
        let (width, query_width) = (kv_heads * head_dim, kv_heads * group * head_dim);
        let queries = numbers(seed, rows * query_width);
        let (keys, values) = (numbers(seed ^ 1, (rows + extra) * width), numbers(seed ^ 2, (rows + extra) * width));
        for kernels in all_kernels() {
            let run = |queries: &[f32], rows: usize, end: usize, first: usize| {
                let mut output = vec![f32::NAN; rows * query_width];
                kernels.attention(Attention {
                    queries, query_stride: query_width, rows, keys: parts(&keys[..end * width], first), values: parts(&values[..end * width], first),
                    kv_stride: width, heads: kv_heads * group, kv_heads, head_dim, context, output: &mut output,
                });
                output
            };
            let together = run(&queries, rows, rows + extra, first);
            for row in 0..rows {
                let alone = run(&queries[row * query_width..][..query_width], 1, extra + row + 1, 0);
                prop_assert_eq!(&together[row * query_width..][..query_width], alone.as_slice(), "{:?}", kernels.isa());
            }
        }
    }
}
