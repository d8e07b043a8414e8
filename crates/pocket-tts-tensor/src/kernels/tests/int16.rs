//! The kernels of integers of 16 bits against plain loops, on random shapes with tails, at any address.

use proptest::prelude::*;

use super::{Unaligned, all_kernels, assert_close, output};
use crate::kernels::*;
use crate::random_numbers::random as numbers;

/// A product whose sums all fit.
struct Pairs {
    rows: usize,
    n: usize,
    cell: usize,
    cells: usize,
    /// Cells from row to row.
    hop: usize,
    shift: usize,
    input: Unaligned<i16>,
    input_scales: Vec<f32>,
    weights: Unaligned<i16>,
    scales: Vec<f32>,
    bias: Vec<f32>,
}

/// Integers of at most this size.
fn integers(seed: u64, count: usize, greatest: f32) -> Vec<i16> {
    numbers(seed, count).into_iter().map(|x| (x.clamp(-1.0, 1.0) * greatest) as i16).collect()
}

impl Pairs {
    fn random([rows, n]: [usize; 2], [cell, cells, hop]: [usize; 3], shift: usize, seed: u64) -> Self {
        let count = (rows.max(1) - 1) * hop + cells;
        let (k, padded) = (cell * cells, padded_width(n));
        let mut weights = Unaligned::new(&vec![0_i16; padded * k], shift, 9_999);
        for j in 0..n {
            // As many as fit in a block, whatever their signs.
            for (i, weight) in integers(seed ^ (2 + j as u64), k, 2_047.0).into_iter().enumerate() {
                weights[int16_offset(n, k, j, i)] = weight;
            }
        }
        let pad = |numbers: Vec<f32>| [numbers, vec![0.0; padded - n]].concat();
        Self {
            rows,
            n,
            cell,
            cells,
            hop,
            shift,
            input: Unaligned::new(
                &integers(seed, count * cell, f32::from(GREATEST_ACTIVATION)),
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
            input_stride: self.hop * self.cell,
            input_scales: &self.input_scales,
            cell: self.cell,
            rows: self.rows,
            k: self.cell * self.cells,
            n: self.n,
            weights: &self.weights,
            scales: &self.scales,
            bias: &self.bias,
            output: &mut output,
        });
        output
    }

    fn expected(&self) -> Vec<f64> {
        let k = self.cell * self.cells;
        let product = |row: usize, j: usize, i: usize| {
            let at = row * self.hop * self.cell + i;
            let activation = f64::from(self.input[at]) * f64::from(self.input_scales[at / self.cell]);
            activation * f64::from(self.weights[int16_offset(self.n, k, j, i)]) * f64::from(self.scales[j])
        };
        let sum = |row, j| (0..k).map(|i| product(row, j, i)).sum::<f64>() + f64::from(self.bias[j]);
        (0..self.rows * self.n).map(|at| sum(at / self.n, at % self.n)).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn products_of_pairs_are_those_of_the_plain_loop(
        (rows, n) in (0_usize..20, 1_usize..200), (half_cell, cells, hop) in (1_usize..80, 0_usize..4, 1_usize..4),
        shift in 0_usize..32, seed: u64,
    ) {
        let product = Pairs::random([rows, n], [half_cell * PAIR, cells, hop], shift, seed);
        let expected = product.expected();
        let mut first: Option<Vec<f32>> = None;
        for kernels in all_kernels() {
            let output = product.run(kernels);
            assert_close(&output, &expected, 1e-5, kernels.isa());
            // Plain code rounds twice where the others round once.
            if kernels.isa() != Isa::Portable {
                prop_assert_eq!(first.get_or_insert_with(|| output.to_vec()), &output.to_vec());
            }
        }
    }

    #[test]
    fn a_row_of_pairs_is_the_same_whatever_else_is_in_its_batch(
        (rows, n) in (1_usize..20, 1_usize..150), (half_cell, cells) in (1_usize..50, 1_usize..4), seed: u64,
    ) {
        let product = Pairs::random([rows, n], [half_cell * PAIR, cells, 1], 0, seed);
        for kernels in all_kernels() {
            let together = product.run(kernels);
            for row in 0..rows {
                let alone = Pairs {
                    rows: 1,
                    input: Unaligned::new(&product.input[row * product.cell..], 1, 0),
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
    fn every_instruction_set_rounds_to_the_same_integers(
        (cell, cells) in (1_usize..90, 0_usize..6), exponent in -40_i32..38, seed: u64,
    ) {
        let input: Vec<f32> = numbers(seed, cell * cells).into_iter().map(|x| x * 10_f32.powi(exponent)).collect();
        let round = |kernels: Kernels| {
            let (mut integers, mut scales) = (vec![0; cell * cells], vec![0.0; cells]);
            kernels.round(Rounding { input: &input, cell, output: &mut integers, scales: &mut scales });
            (integers, scales.into_iter().map(f32::to_bits).collect::<Vec<_>>())
        };
        let expected = round(Kernels::for_isa(Isa::Portable).unwrap());
        for kernels in all_kernels() {
            prop_assert_eq!(&round(kernels), &expected, "{:?}", kernels.isa());
        }
    }
}

#[test]
fn the_largest_pairs_fit_the_sums_of_every_instruction_set() {
    // What a weight may be if all of a block are as large.
    let greatest = i32::MAX / i32::from(GREATEST_ACTIVATION) / BLOCK as i32;
    for (activation, weight) in [(1, 1), (1, -1), (-1, 1), (-1, -1)] {
        let mut product = Pairs::random([5, 33], [3 * BLOCK, 2, 1], 1, 1);
        product.input.fill(activation * GREATEST_ACTIVATION);
        product.weights.fill(weight * greatest as i16);
        for kernels in all_kernels() {
            assert_close(&product.run(kernels), &product.expected(), 1e-6, kernels.isa());
        }
    }
}

#[test]
#[should_panic(expected = "a scale for each cell")]
fn too_few_scales_are_caught_before_any_is_read() {
    let mut product = Pairs::random([3, 5], [4, 2, 1], 0, 1);
    product.input_scales.pop();
    product.run(Kernels::best());
}
