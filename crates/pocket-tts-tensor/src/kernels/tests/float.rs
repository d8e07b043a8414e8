//! Products in floating point.

use proptest::prelude::*;

use super::support::{Unaligned, all_kernels, assert_close, output, unaligned};
use crate::{
    kernels::{Gemm, Kernels, Weights, packed_offset, padded_width},
    random_numbers::random as numbers,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn products_equal_the_plain_loop(
        rows in 0_usize..30, n in 1_usize..330, k in 0_usize..260, hop in 1_usize..80, shift in 0_usize..16, seed: u64,
    ) {
        let input = unaligned(&numbers(seed, rows.saturating_sub(1) * hop + k), shift);
        let (weights, bias) = (numbers(seed ^ 1, n * k), numbers(seed ^ 2, n));
        let expected: Vec<f64> = (0..rows * n)
            .map(|at| {
                let (row, j) = (at / n, at % n);
                let products = (0..k).map(|i| f64::from(input[row * hop + i]) * f64::from(weights[j * k + i]));
                f64::from(bias[j]) + products.sum::<f64>()
            })
            .collect();
        let mut packed = unaligned(&vec![0.0; padded_width(n) * k], shift / 2);
        for j in 0..n {
            for i in 0..k {
                packed[packed_offset(n, k, j, i)] = weights[j * k + i];
            }
        }
        let bias = unaligned(&[bias, vec![0.0; padded_width(n) - n]].concat(), shift / 4);
        for kernels in all_kernels() {
            let mut output = output(rows * n, shift);
            kernels.gemm(Gemm {
                input: &input, input_stride: hop, rows, weights: Weights::F32(&packed), bias: &bias, k, n, output: &mut output,
            });
            assert_close(&output, &expected, 1e-5, kernels.isa());
        }
    }

    #[test]
    fn products_with_bf16_weights_equal_the_plain_loop(
        rows in 0_usize..30, n in 1_usize..330, k in 0_usize..260, shift in 0_usize..32, seed: u64,
    ) {
        let input = unaligned(&numbers(seed, rows * k), shift / 2);
        let bias = unaligned(&[numbers(seed ^ 1, n), vec![0.0; padded_width(n) - n]].concat(), shift / 4);
        let mut halves = Unaligned::new(&vec![0_u16; padded_width(n) * k], shift, half::bf16::NAN.to_bits());
        for j in 0..n {
            for (i, weight) in numbers(seed ^ (3 + j as u64), k).into_iter().enumerate() {
                halves[packed_offset(n, k, j, i)] = half::bf16::from_f32(weight).to_bits();
            }
        }
        let weight_of = |j, i| half::bf16::from_bits(halves[packed_offset(n, k, j, i)]).to_f64();
        let expected: Vec<f64> = (0..rows * n)
            .map(|at| {
                let (row, j) = (at / n, at % n);
                let products = (0..k).map(|i| f64::from(input[row * k + i]) * weight_of(j, i));
                f64::from(bias[j]) + products.sum::<f64>()
            })
            .collect();
        for kernels in all_kernels() {
            let mut output = output(rows * n, shift);
            kernels.gemm(Gemm {
                input: &input, input_stride: k, rows, weights: Weights::Bf16(&halves), bias: &bias, k, n, output: &mut output,
            });
            assert_close(&output, &expected, 1e-5, kernels.isa());
        }
    }

    #[test]
    fn a_row_is_the_same_in_any_batch(rows in 1_usize..20, n in 1_usize..330, k in 1_usize..1_300, seed: u64) {
        let (input, weights) = (numbers(seed, rows * k), numbers(seed ^ 1, padded_width(n) * k));
        let halves: Vec<u16> = weights.iter().map(|weight| half::bf16::from_f32(*weight).to_bits()).collect();
        let bias = numbers(seed ^ 2, padded_width(n));
        let kinds = [Weights::F32(&weights), Weights::Bf16(&halves)];
        for (kernels, weights) in all_kernels().into_iter().flat_map(|kernels| kinds.map(|kind| (kernels, kind))) {
            let run = |input: &[f32], rows: usize| -> Vec<u32> {
                let mut output = vec![f32::NAN; rows * n];
                kernels.gemm(Gemm { input, input_stride: k, rows, weights, bias: &bias, k, n, output: &mut output });
                output.into_iter().map(f32::to_bits).collect()
            };
            let together = run(&input, rows);
            for row in 0..rows {
                let alone = run(&input[row * k..(row + 1) * k], 1);
                prop_assert_eq!(&together[row * n..(row + 1) * n], alone.as_slice(), "{:?}", kernels.isa());
            }
        }
    }
}

#[test]
#[should_panic(expected = "packed weights are too short")]
fn too_few_weights_panic_before_any_is_read() {
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
