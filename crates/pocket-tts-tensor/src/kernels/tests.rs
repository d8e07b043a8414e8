//! Every compiled kernel against a plain loop in f64, on random shapes with tails.

use proptest::prelude::*;

use super::*;
use crate::{Activation, testing::random as numbers};

/// An activation function in full precision.
type Formula = fn(f64) -> f64;

fn all_kernels() -> Vec<Kernels> {
    Isa::available().into_iter().filter_map(Kernels::for_isa).collect()
}

fn assert_close(actual: &[f32], expected: &[f64], tolerance: f64, isa: Isa) {
    let largest = expected.iter().fold(1e-30_f64, |largest, x| largest.max(x.abs()));
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let error = (f64::from(*actual) - expected).abs() / largest;
        assert!(error <= tolerance, "{isa:?} at {index}: {actual} instead of {expected}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn matrix_products_equal_the_plain_loop(
        rows in 0_usize..20, n in 1_usize..200, k in 1_usize..70, hop in 1_usize..80, seed: u64,
    ) {
        let input = numbers(seed, rows.saturating_sub(1) * hop + k);
        let (weights, bias) = (numbers(seed ^ 1, n * k), numbers(seed ^ 2, n));
        let expected: Vec<f64> = (0..rows * n)
            .map(|at| {
                let (row, j) = (at / n, at % n);
                let products = (0..k).map(|i| f64::from(input[row * hop + i]) * f64::from(weights[j * k + i]));
                f64::from(bias[j]) + products.sum::<f64>()
            })
            .collect();
        let mut packed = vec![0.0; padded_width(n) * k];
        for j in 0..n {
            for i in 0..k {
                packed[packed_offset(n, k, j, i)] = weights[j * k + i];
            }
        }
        let mut padded = bias;
        padded.resize(padded_width(n), 0.0);
        for kernels in all_kernels() {
            let mut output = vec![f32::NAN; rows * n];
            kernels.gemm(Gemm {
                input: &input, input_stride: hop, rows, weights: Weights::F32(&packed), bias: &padded, k, n, output: &mut output,
            });
            assert_close(&output, &expected, 1e-5, kernels.isa());
        }
    }

    #[test]
    fn products_with_weights_of_fewer_bits_equal_the_plain_loop(
        rows in 0_usize..20, n in 1_usize..200, k in 1_usize..70, seed: u64,
    ) {
        let input = numbers(seed, rows * k);
        let bias = [numbers(seed ^ 1, n), vec![0.0; padded_width(n) - n]].concat();
        let mut halves = vec![0_u16; padded_width(n) * k];
        for j in 0..n {
            for (i, weight) in numbers(seed ^ (3 + j as u64), k).into_iter().enumerate() {
                halves[packed_offset(n, k, j, i)] = half::bf16::from_f32(weight).to_bits();
            }
        }
        let of_halves = |j, i| half::bf16::from_bits(halves[packed_offset(n, k, j, i)]).to_f64();
        let expected: Vec<f64> = (0..rows * n)
            .map(|at| {
                let (row, j) = (at / n, at % n);
                let products = (0..k).map(|i| f64::from(input[row * k + i]) * of_halves(j, i));
                f64::from(bias[j]) + products.sum::<f64>()
            })
            .collect();
        for kernels in all_kernels() {
            let mut output = vec![f32::NAN; rows * n];
            kernels.gemm(Gemm {
                input: &input, input_stride: k, rows, weights: Weights::Bf16(&halves), bias: &bias, k, n, output: &mut output,
            });
            assert_close(&output, &expected, 1e-5, kernels.isa());
        }
    }

    #[test]
    fn products_of_integers_equal_the_plain_loop_to_the_last_bit_of_every_instruction_set(
        rows in 0_usize..12, n in 1_usize..200, groups in 0_usize..40, seed: u64,
    ) {
        let (k, padded) = (groups * GROUP, padded_width(n));
        let bytes = |seed: u64, count: usize| -> Vec<u8> {
            numbers(seed, count).into_iter().map(|x| (x * 1e4) as i32 as u8).collect()
        };
        let (high, low) = (bytes(seed, rows * k), bytes(seed ^ 1, rows * k));
        let of_outputs = |seed| [numbers(seed, n), vec![0.0; padded - n]].concat();
        let (row_scales, scales, bias) = (numbers(seed ^ 2, rows), of_outputs(seed ^ 3), of_outputs(seed ^ 4));
        let mut weights = vec![0_i8; padded * k];
        let mut offsets = vec![0; padded];
        for j in 0..n {
            for (i, weight) in bytes(seed ^ (5 + j as u64), k).into_iter().enumerate() {
                weights[int8_offset(n, k, j, i)] = weight as i8;
                offsets[j] += HIGH_OFFSET * i32::from(weight as i8);
            }
        }
        let expected: Vec<f64> = (0..rows * n)
            .map(|at| {
                let (row, j) = (at / n, at % n);
                let activation = |i: usize| 256 * (i64::from(high[row * k + i]) - 128) + i64::from(low[row * k + i]);
                let sum: i64 = (0..k).map(|i| activation(i) * i64::from(weights[int8_offset(n, k, j, i)])).sum();
                sum as f64 * f64::from(row_scales[row]) * f64::from(scales[j]) + f64::from(bias[j])
            })
            .collect();
        let mut first: Option<Vec<f32>> = None;
        for kernels in all_kernels() {
            let mut output = vec![f32::NAN; rows * n];
            kernels.gemm_int8(Int8Gemm {
                rows, k, n, high: &high, low: &low, row_scales: &row_scales, weights: &weights, scales: &scales,
                offsets: &offsets, bias: &bias, output: &mut output,
            });
            assert_close(&output, &expected, 1e-5, kernels.isa());
            // Plain code rounds twice where the others round once.
            if kernels.isa() != Isa::Portable {
                prop_assert_eq!(first.get_or_insert_with(|| output.clone()), &output);
            }
        }
    }

    #[test]
    fn a_row_is_the_same_whatever_else_is_in_its_batch(rows in 1_usize..20, n in 1_usize..150, k in 1_usize..70, seed: u64) {
        let (input, weights) = (numbers(seed, rows * k), numbers(seed ^ 1, padded_width(n) * k));
        let bias = vec![0.0; padded_width(n)];
        for kernels in all_kernels() {
            let run = |input: &[f32], rows: usize| {
                let mut output = vec![0.0; rows * n];
                kernels.gemm(Gemm {
                    input, input_stride: k, rows, weights: Weights::F32(&weights), bias: &bias, k, n, output: &mut output,
                });
                output
            };
            let together = run(&input, rows);
            for row in 0..rows {
                let alone = run(&input[row * k..(row + 1) * k], 1);
                prop_assert_eq!(&together[row * n..(row + 1) * n], alone.as_slice());
            }
        }
    }

    #[test]
    fn attention_equals_the_plain_loop(
        (rows, extra) in (1_usize..10, 0_usize..60), kv_heads in 1_usize..4, group in 1_usize..4,
        head_dim in 1_usize..40, context in 1_usize..80, seed: u64,
    ) {
        let (heads, positions) = (kv_heads * group, rows + extra);
        let width = kv_heads * head_dim;
        let queries = numbers(seed, rows * heads * head_dim);
        let (keys, values) = (numbers(seed ^ 1, positions * width), numbers(seed ^ 2, positions * width));
        let at = |x: &[f32], position: usize, head: usize, i: usize| f64::from(x[position * width + head * head_dim + i]);
        let mut expected = Vec::new();
        for row in 0..rows {
            let end = extra + row + 1;
            let start = end.saturating_sub(context);
            for head in 0..heads {
                let query = &queries[(row * heads + head) * head_dim..][..head_dim];
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
            let mut output = vec![f32::NAN; rows * heads * head_dim];
            kernels.attention(Attention {
                queries: &queries, query_stride: heads * head_dim, rows, keys: &keys, values: &values,
                heads, kv_heads, head_dim, context, output: &mut output,
            });
            assert_close(&output, &expected, 1e-5, kernels.isa());
        }
    }

    #[test]
    fn a_query_is_the_same_whatever_else_is_in_its_step(
        (rows, extra) in (1_usize..12, 0_usize..60), kv_heads in 1_usize..3, group in 1_usize..4,
        head_dim in 1_usize..70, context in 1_usize..80, seed: u64,
    ) {
        let (width, query_width) = (kv_heads * head_dim, kv_heads * group * head_dim);
        let queries = numbers(seed, rows * query_width);
        let (keys, values) = (numbers(seed ^ 1, (rows + extra) * width), numbers(seed ^ 2, (rows + extra) * width));
        for kernels in all_kernels() {
            let run = |queries: &[f32], rows: usize, end: usize| {
                let mut output = vec![f32::NAN; rows * query_width];
                kernels.attention(Attention {
                    queries, query_stride: query_width, rows, keys: &keys[..end * width], values: &values[..end * width],
                    heads: kv_heads * group, kv_heads, head_dim, context, output: &mut output,
                });
                output
            };
            let together = run(&queries, rows, rows + extra);
            for row in 0..rows {
                let alone = run(&queries[row * query_width..][..query_width], 1, extra + row + 1);
                prop_assert_eq!(&together[row * query_width..][..query_width], alone.as_slice(), "{:?}", kernels.isa());
            }
        }
    }

    #[test]
    fn normalisation_equals_the_plain_loop(rows in 0_usize..5, width in 1_usize..150, seed: u64) {
        let (input, scale, shift) = (numbers(seed, rows * width), numbers(seed ^ 1, width), numbers(seed ^ 2, width));
        let mut expected = Vec::new();
        for row in input.chunks_exact(width) {
            let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / width as f64;
            let variance = row.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / width as f64;
            for (i, x) in row.iter().enumerate() {
                let normal = (f64::from(*x) - mean) / (variance + 1e-5).sqrt();
                expected.push(normal * f64::from(scale[i]) + f64::from(shift[i]));
            }
        }
        for kernels in all_kernels() {
            let mut output = vec![f32::NAN; rows * width];
            kernels.normalize(Normalization { input: &input, scale: &scale, shift: &shift, epsilon: 1e-5, output: &mut output });
            assert_close(&output, &expected, 1e-4, kernels.isa());
        }
    }

    #[test]
    fn activations_equal_their_formulas(len in 0_usize..100, reach in 0.1_f32..60.0, seed: u64) {
        let input: Vec<f32> = numbers(seed, len).into_iter().map(|x| x * reach).collect();
        let formulas: [(Activation, Formula); 3] = [
            (Activation::Elu, |x| if x > 0.0 { x } else { x.exp_m1() }),
            (Activation::GeluTanh, |x| 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3))).tanh())),
            (Activation::Silu, |x| x / (1.0 + (-x).exp())),
        ];
        for (activation, formula) in formulas {
            let expected: Vec<f64> = input.iter().map(|x| formula(f64::from(*x))).collect();
            for kernels in all_kernels() {
                let mut output = input.clone();
                kernels.activate(activation, &mut output);
                for ((actual, expected), x) in output.iter().zip(&expected).zip(&input) {
                    let error = (f64::from(*actual) - expected).abs();
                    prop_assert!(error <= 1e-6 * (1.0 + f64::from(x.abs())), "{:?} {activation:?}({x}) = {actual}, not {expected}", kernels.isa());
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "packed weights are too short")]
fn too_few_weights_are_caught_before_any_is_read() {
    let (input, bias) = (vec![0.0; 8], vec![0.0; 16]);
    Kernels::best().gemm(Gemm {
        input: &input,
        input_stride: 8,
        rows: 1,
        weights: Weights::F32(&[0.0; 100]),
        bias: &bias,
        k: 8,
        n: 16,
        output: &mut [0.0; 16],
    });
}
