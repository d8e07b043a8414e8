//! Products with weights of 8 bits.

use proptest::prelude::*;

use super::support::{Unaligned, all_kernels, assert_close, assert_guards, output, unaligned};
use crate::{
    kernels::{GROUP, HIGH_OFFSET, Int8Gemm, Isa, Kernels, int8_offset, padded_width},
    random_numbers::random as numbers,
};

/// A random product.
struct Int8Product {
    shape: [usize; 3],
    shift: usize,
    high: Unaligned<u8>,
    low: Unaligned<u8>,
    weights: Unaligned<i8>,
    offsets: Unaligned<i32>,
}

impl Int8Product {
    /// A product of `rows` rows, `n` outputs and `k` inputs.
    fn random([rows, n, k]: [usize; 3], shift: usize, seed: u64) -> Self {
        let bytes = |seed: u64, count: usize| -> Vec<u8> {
            numbers(seed, count).into_iter().map(|x| (x * 1e4) as i32 as u8).collect()
        };
        let mut weights = Unaligned::new(&vec![0_i8; padded_width(n) * k], shift, 99);
        let mut offsets = Unaligned::new(&vec![0; padded_width(n)], shift / 16, 1_000);
        for j in 0..n {
            for (i, weight) in bytes(seed ^ (2 + j as u64), k).into_iter().enumerate() {
                weights[int8_offset(n, k, j, i)] = weight as i8;
                offsets[j] += HIGH_OFFSET * i32::from(weight as i8);
            }
        }
        let high = Unaligned::new(&bytes(seed, rows * k), shift / 2, 99);
        let low = Unaligned::new(&bytes(seed ^ 1, rows * k), shift / 4, 99);
        Self { shape: [rows, n, k], shift, high, low, weights, offsets }
    }

    /// The exact sum of each output, without scales.
    fn sums(&self) -> Vec<i64> {
        let [rows, n, k] = self.shape;
        let activation =
            |at: usize| 256 * (i64::from(self.high[at]) - i64::from(HIGH_OFFSET)) + i64::from(self.low[at]);
        let weight = |j, i| i64::from(self.weights[int8_offset(n, k, j, i)]);
        let sum = |at: usize| (0..k).map(|i| activation(at / n * k + i) * weight(at % n, i)).sum();
        (0..rows * n).map(sum).collect()
    }

    /// Computes the product with the scales of the rows, and the scales and the bias of the outputs.
    fn run(&self, kernels: Kernels, [row_scales, scales, bias]: [&[f32]; 3]) -> Unaligned<f32> {
        let [rows, n, k] = self.shape;
        let padded = |x: &[f32]| unaligned(&[x, &vec![0.0; padded_width(n) - n]].concat(), self.shift / 8);
        let mut output = output(rows * n, self.shift / 4);
        kernels.gemm_int8(Int8Gemm {
            rows,
            k,
            n,
            high: &self.high,
            low: &self.low,
            row_scales,
            weights: &self.weights,
            scales: &padded(scales),
            offsets: &self.offsets,
            bias: &padded(bias),
            output: &mut output,
        });
        output
    }

    /// Checks the sums without scales. `f32` holds the sums of both halves of up to 512 inputs exactly.
    fn assert_exact(&self, kernels: Kernels, sums: &[i64]) {
        let [rows, n, _] = self.shape;
        let output = self.run(kernels, [&vec![1.0; rows], &vec![1.0; n], &vec![0.0; n]]);
        assert_guards(&output, kernels.isa());
        let expected: Vec<f32> = sums.iter().map(|sum| *sum as f32).collect();
        assert_eq!(&*output, &*expected, "{:?}", kernels.isa());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn products_equal_the_plain_loop(
        rows in 0_usize..12, n in 1_usize..200, groups in 0_usize..40, shift in 0_usize..64, seed: u64,
    ) {
        let (row_scales, scales, bias) = (numbers(seed, rows), numbers(seed ^ 1, n), numbers(seed ^ 2, n));
        let product = Int8Product::random([rows, n, groups * GROUP], shift, seed ^ 3);
        let sums = product.sums();
        let expected: Vec<f64> = (0..rows * n)
            .map(|at| {
                let (row, j) = (at / n, at % n);
                sums[at] as f64 * f64::from(row_scales[row]) * f64::from(scales[j]) + f64::from(bias[j])
            })
            .collect();
        let mut first: Option<Unaligned<f32>> = None;
        for kernels in all_kernels() {
            let output = product.run(kernels, [&row_scales, &scales, &bias]);
            assert_close(&output, &expected, 1e-5, kernels.isa());
            // Plain code rounds twice where fused instructions round once.
            if kernels.isa() != Isa::Portable {
                prop_assert_eq!(&**first.get_or_insert_with(|| output.clone()), &*output);
            }
            product.assert_exact(kernels, &sums);
        }
    }
}

#[test]
fn the_largest_bytes_fit_the_sums_of_every_instruction_set() {
    for (high, low) in [(0, 0), (0, 255), (255, 0), (255, 255)] {
        for weight in [-128, -127, 127] {
            let mut product = Int8Product::random([5, 33, 160], 1, 1);
            product.high.fill(high);
            product.low.fill(low);
            product.weights.fill(weight);
            product.offsets.fill(HIGH_OFFSET * i32::from(weight) * 160);
            let sums = product.sums();
            for kernels in all_kernels() {
                product.assert_exact(kernels, &sums);
            }
        }
    }
}
