//! Products with weights of 16 bits, and the quantization of their activations.

use proptest::prelude::*;

use super::support::{Unaligned, all_kernels, assert_close, output};
use crate::{
    kernels::{
        Int16Gemm, Isa, Kernels, MAX_ACTIVATION, PAIR, PARTIAL_SUM_INPUTS, Quantization, int16_offset,
        padded_width,
    },
    random_numbers::random as numbers,
};

/// A random product whose partial sums don't overflow.
struct Int16Product {
    rows: usize,
    n: usize,
    block_len: usize,
    blocks: usize,
    /// Blocks from row to row.
    hop: usize,
    shift: usize,
    input: Unaligned<i16>,
    input_scales: Vec<f32>,
    weights: Unaligned<i16>,
    scales: Vec<f32>,
    bias: Vec<f32>,
}

/// Random integers of at most `max` in absolute value.
fn integers(seed: u64, count: usize, max: f32) -> Vec<i16> {
    numbers(seed, count).into_iter().map(|x| (x.clamp(-1.0, 1.0) * max) as i16).collect()
}

impl Int16Product {
    fn random([rows, n]: [usize; 2], [block_len, blocks, hop]: [usize; 3], shift: usize, seed: u64) -> Self {
        let count = (rows.max(1) - 1) * hop + blocks;
        let (k, padded) = (block_len * blocks, padded_width(n));
        let mut weights = Unaligned::new(&vec![0_i16; padded * k], shift, 9_999);
        for j in 0..n {
            // Their partial sums don't overflow, whatever their signs.
            for (i, weight) in integers(seed ^ (2 + j as u64), k, 2_047.0).into_iter().enumerate() {
                weights[int16_offset(n, k, j, i)] = weight;
            }
        }
        let pad = |numbers: Vec<f32>| [numbers, vec![0.0; padded - n]].concat();
        Self {
            rows,
            n,
            block_len,
            blocks,
            hop,
            shift,
            input: Unaligned::new(
                &integers(seed, count * block_len, f32::from(MAX_ACTIVATION)),
                shift / 2,
                9_999,
            ),
            input_scales: numbers(seed ^ 1, count),
            weights,
            scales: pad(numbers(seed ^ 3, n)),
            bias: pad(numbers(seed ^ 4, n)),
        }
    }

    fn run(&self, kernels: Kernels) -> Unaligned<f32> {
        let mut output = output(self.rows * self.n, self.shift / 2);
        kernels.gemm_int16(Int16Gemm {
            input: &self.input,
            input_stride: self.hop * self.block_len,
            input_scales: &self.input_scales,
            block_len: self.block_len,
            rows: self.rows,
            k: self.block_len * self.blocks,
            n: self.n,
            weights: &self.weights,
            scales: &self.scales,
            bias: &self.bias,
            output: &mut output,
        });
        output
    }

    fn expected(&self) -> Vec<f64> {
        let k = self.block_len * self.blocks;
        let product = |row: usize, j: usize, i: usize| {
            let at = row * self.hop * self.block_len + i;
            let activation = f64::from(self.input[at]) * f64::from(self.input_scales[at / self.block_len]);
            activation * f64::from(self.weights[int16_offset(self.n, k, j, i)]) * f64::from(self.scales[j])
        };
        let sum = |row, j| (0..k).map(|i| product(row, j, i)).sum::<f64>() + f64::from(self.bias[j]);
        (0..self.rows * self.n).map(|at| sum(at / self.n, at % self.n)).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn products_equal_the_plain_loop(
        (rows, n) in (0_usize..20, 1_usize..200), (half_block, blocks, hop) in (1_usize..80, 0_usize..4, 1_usize..4),
        shift in 0_usize..32, seed: u64,
    ) {
        let product = Int16Product::random([rows, n], [half_block * PAIR, blocks, hop], shift, seed);
        let expected = product.expected();
        let mut first: Option<Vec<f32>> = None;
        for kernels in all_kernels() {
            let output = product.run(kernels);
            assert_close(&output, &expected, 1e-5, kernels.isa());
            // Plain code rounds twice where fused instructions round once.
            if kernels.isa() != Isa::Portable {
                prop_assert_eq!(first.get_or_insert_with(|| output.to_vec()), &output.to_vec());
            }
        }
    }

    #[test]
    fn a_row_is_the_same_in_any_batch(
        (rows, n) in (1_usize..20, 1_usize..150), (half_block, blocks) in (1_usize..50, 1_usize..4), seed: u64,
    ) {
        let product = Int16Product::random([rows, n], [half_block * PAIR, blocks, 1], 0, seed);
        for kernels in all_kernels() {
            let together = product.run(kernels);
            for row in 0..rows {
                let alone = Int16Product {
                    rows: 1,
                    input: Unaligned::new(&product.input[row * product.block_len..], 1, 0),
                    input_scales: product.input_scales[row..].to_vec(),
                    weights: Unaligned::new(&product.weights, 0, 0),
                    scales: product.scales.clone(),
                    bias: product.bias.clone(),
                    ..product
                };
                prop_assert_eq!(&together[row * n..][..n], &*alone.run(kernels), "{:?}", kernels.isa());
            }
        }
    }

    #[test]
    fn every_instruction_set_quantizes_to_the_same_integers(
        (block_len, blocks) in (1_usize..90, 0_usize..6), exponent in -40_i32..38, seed: u64,
    ) {
        let input: Vec<f32> = numbers(seed, block_len * blocks).into_iter().map(|x| x * 10_f32.powi(exponent)).collect();
        let quantize = |kernels: Kernels| {
            let (mut integers, mut scales) = (vec![0; block_len * blocks], vec![0.0; blocks]);
            kernels.quantize(Quantization { input: &input, block_len, output: &mut integers, scales: &mut scales });
            (integers, scales.into_iter().map(f32::to_bits).collect::<Vec<_>>())
        };
        let expected = quantize(Kernels::for_isa(Isa::Portable).unwrap());
        for kernels in all_kernels() {
            prop_assert_eq!(&quantize(kernels), &expected, "{:?}", kernels.isa());
        }
    }
}

#[test]
fn the_largest_pairs_fit_the_sums_of_every_instruction_set() {
    // The greatest weight if all weights of a partial sum are equal.
    let max = i32::MAX / i32::from(MAX_ACTIVATION) / PARTIAL_SUM_INPUTS as i32;
    for (activation, weight) in [(1, 1), (1, -1), (-1, 1), (-1, -1)] {
        let mut product = Int16Product::random([5, 33], [3 * PARTIAL_SUM_INPUTS, 2, 1], 1, 1);
        product.input.fill(activation * MAX_ACTIVATION);
        product.weights.fill(weight * max as i16);
        for kernels in all_kernels() {
            assert_close(&product.run(kernels), &product.expected(), 1e-6, kernels.isa());
        }
    }
}

#[test]
#[should_panic(expected = "a scale for each block")]
fn too_few_scales_panic_before_any_is_read() {
    let mut product = Int16Product::random([3, 5], [4, 2, 1], 0, 1);
    product.input_scales.pop();
    product.run(Kernels::best());
}
