//! Products with weights of 4 bits.

use proptest::prelude::*;

use super::support::{Unaligned, all_kernels, assert_close, assert_guards, output, unaligned};
use crate::{
    kernels::{
        ActivationBlock, BLOCK, Isa, Kernels, NIBBLE_OFFSET, Q4Gemm, padded_width, q4_bytes, q4_place,
    },
    random_numbers::random as numbers,
};

/// The block of activations with these bytes, whose scale is a power of two that depends on them.
fn activation_block(bytes: &[u8]) -> ActivationBlock {
    let values: [i8; BLOCK] = std::array::from_fn(|i| bytes[i] as i8);
    let sum: i32 = values.iter().copied().map(i32::from).sum();
    ActivationBlock { values, start: -NIBBLE_OFFSET * sum, scale: [0.25, 1.0, 8.0][bytes[0] as usize % 3] }
}

/// A random product.
struct Q4Product {
    shape: [usize; 3],
    shift: usize,
    input: Unaligned<ActivationBlock>,
    weights: Unaligned<u8>,
}

impl Q4Product {
    /// A product of `rows` rows, `n` outputs and `k` inputs, whose bytes `byte(seed, count)` gives.
    fn new([rows, n, k]: [usize; 3], shift: usize, seed: u64, byte: impl Fn(u64, usize) -> Vec<u8>) -> Self {
        let bytes = byte(seed, rows * k);
        let blocks: Vec<ActivationBlock> = bytes.chunks_exact(BLOCK).map(activation_block).collect();
        Self {
            shape: [rows, n, k],
            shift,
            input: Unaligned::new(&blocks, shift / 16, activation_block(&[99; BLOCK])),
            weights: Unaligned::new(&byte(seed ^ 2, q4_bytes(padded_width(n), k)), shift, 99),
        }
    }

    fn random(shape: [usize; 3], shift: usize, seed: u64) -> Self {
        let bytes = |seed: u64, count: usize| {
            numbers(seed, count).into_iter().map(|x| (x * 1e4) as i32 as u8).collect()
        };
        Self::new(shape, shift, seed, bytes)
    }

    /// The sum of each output without its scale, and the sum of the sizes of its terms.
    fn sums(&self) -> Vec<[f64; 2]> {
        let [rows, n, k] = self.shape;
        let product = |row: usize, j: usize, i: usize| {
            let block = &self.input[(row * k + i) / BLOCK];
            let activation = f64::from(block.values[i % BLOCK]) * f64::from(block.scale);
            let place = q4_place(n, k, j, i);
            let byte = self.weights[place.byte];
            let nibble = i64::from(if place.is_upper { byte >> 4 } else { byte & 15 });
            let weight = (nibble - i64::from(NIBBLE_OFFSET)) * i64::from(self.weights[place.scale] as i8);
            activation * weight as f64
        };
        (0..rows * n)
            .map(|at| {
                let terms = (0..k).map(|i| product(at / n, at % n, i));
                terms.fold([0.0, 0.0], |[sum, size], term| [sum + term, size + term.abs()])
            })
            .collect()
    }

    /// Computes the product with the scales and the bias of the outputs.
    fn run(&self, kernels: Kernels, [scales, bias]: [&[f32]; 2]) -> Unaligned<f32> {
        let [rows, n, k] = self.shape;
        let padded = |x: &[f32]| unaligned(&[x, &vec![0.0; padded_width(n) - n]].concat(), self.shift / 8);
        let mut output = output(rows * n, self.shift / 4);
        kernels.gemm_q4(Q4Gemm {
            rows,
            k,
            n,
            input: &self.input,
            weights: &self.weights,
            scales: &padded(scales),
            bias: &padded(bias),
            output: &mut output,
        });
        output
    }

    /// Checks the sums without scales. The sum of a single block is exact.
    fn assert_sums(&self, kernels: Kernels, sums: &[[f64; 2]]) {
        let [_, n, k] = self.shape;
        let output = self.run(kernels, [&vec![1.0; n], &vec![0.0; n]]);
        assert_guards(&output, kernels.isa());
        for (at, (actual, [expected, size])) in output.iter().zip(sums).enumerate() {
            let error = (f64::from(*actual) - expected).abs();
            let rounding = if k == BLOCK { 0.5_f64.powi(24) * expected.abs() } else { 1e-6 * size };
            assert!(error <= rounding, "{:?} at {at}: {actual} instead of {expected}", kernels.isa());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn products_equal_the_plain_loop(
        rows in 0_usize..12, n in 1_usize..350, blocks in 0_usize..6, shift in 0_usize..64, seed: u64,
    ) {
        let (scales, bias) = (numbers(seed ^ 1, n), numbers(seed ^ 2, n));
        let product = Q4Product::random([rows, n, blocks * BLOCK], shift, seed ^ 3);
        let sums = product.sums();
        let expected: Vec<f64> = (0..rows * n)
            .map(|at| sums[at][0] * f64::from(scales[at % n]) + f64::from(bias[at % n]))
            .collect();
        let mut first: Option<Unaligned<f32>> = None;
        for kernels in all_kernels() {
            let output = product.run(kernels, [&scales, &bias]);
            assert_close(&output, &expected, 1e-5, kernels.isa());
            // Plain code rounds twice where fused instructions round once.
            if kernels.isa() != Isa::Portable {
                prop_assert_eq!(&**first.get_or_insert_with(|| output.clone()), &*output);
            }
            product.assert_sums(kernels, &sums);
        }
    }

    #[test]
    fn a_row_has_the_same_bits_in_any_batch(rows in 1_usize..20, n in 1_usize..350, blocks in 1_usize..4, seed: u64) {
        let k = blocks * BLOCK;
        let product = Q4Product::random([rows, n, k], 0, seed);
        let (scales, bias) = (numbers(seed ^ 1, n), numbers(seed ^ 2, n));
        for kernels in all_kernels() {
            let whole = product.run(kernels, [&scales, &bias]);
            for row in 0..rows {
                let single = Q4Product {
                    shape: [1, n, k],
                    shift: 0,
                    input: Unaligned::new(&product.input[row * blocks..][..blocks], 0, product.input[0]),
                    weights: product.weights.clone(),
                };
                let output = single.run(kernels, [&scales, &bias]);
                prop_assert_eq!(&*output, &whole[row * n..][..n], "{:?}, row {}", kernels.isa(), row);
            }
        }
    }
}

#[test]
fn the_largest_bytes_fit_the_sums_of_every_instruction_set() {
    for activation in [-128_i8, 127] {
        for weight in [0x00, 0xFF, 0x0F, 0xF0] {
            let fill =
                |seed: u64, count: usize| vec![if seed == 5 ^ 2 { weight } else { activation as u8 }; count];
            let product = Q4Product::new([5, 33, BLOCK], 1, 5, fill);
            let sums = product.sums();
            for kernels in all_kernels() {
                product.assert_sums(kernels, &sums);
            }
        }
    }
}
