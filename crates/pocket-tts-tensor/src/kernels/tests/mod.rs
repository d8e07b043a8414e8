//! Every compiled kernel against a plain loop in f64, on random shapes with tails, at any address.

use std::{
    io::{Write, stderr},
    ops::{Deref, DerefMut},
};

#[cfg(all(unix, not(miri)))]
mod guard_pages;
mod int16;
mod sizes;

use proptest::prelude::*;

use super::*;
use crate::random_numbers::random as numbers;

/// What kernels are compiled for here, best first.
const COMPILED: &[Isa] = &[
    #[cfg(target_arch = "x86_64")]
    Isa::Avx512,
    #[cfg(target_arch = "x86_64")]
    Isa::Avx2,
    #[cfg(target_arch = "aarch64")]
    Isa::NeonDotprod,
    #[cfg(target_arch = "aarch64")]
    Isa::Neon,
    Isa::Portable,
];

/// An activation function in full precision.
type Formula = fn(f64) -> f64;

pub(super) fn all_kernels() -> Vec<Kernels> {
    Isa::available().into_iter().filter_map(Kernels::for_isa).collect()
}

pub(super) fn assert_close(actual: &Unaligned<f32>, expected: &[f64], tolerance: f64, isa: Isa) {
    assert_guards(actual, isa);
    assert_eq!(actual.len(), expected.len());
    let largest = expected.iter().fold(1e-30_f64, |largest, x| largest.max(x.abs()));
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        let error = (f64::from(*actual) - expected).abs() / largest;
        assert!(error <= tolerance, "{isa:?} at {index}: {actual} instead of {expected}");
    }
}

#[test]
fn kernels_that_this_processor_cannot_run_are_told_of() {
    let available = Isa::available();
    assert!(available.iter().all(|isa| COMPILED.contains(isa)) && available.contains(&Isa::Portable));
    let untested: Vec<&Isa> = COMPILED.iter().filter(|isa| !available.contains(isa)).collect();
    if !untested.is_empty() {
        // Not by `eprintln!`, which the test harness keeps to itself unless the test fails.
        writeln!(stderr(), "warning: not tested, as this processor lacks the instructions: {untested:?}")
            .unwrap();
    }
}

/// A product of integers.
struct Integers {
    shape: [usize; 3],
    shift: usize,
    high: Unaligned<u8>,
    low: Unaligned<u8>,
    weights: Unaligned<i8>,
    offsets: Unaligned<i32>,
}

impl Integers {
    /// Of so many rows, outputs and inputs.
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

    /// Each output in its row's and its weights' units.
    fn sums(&self) -> Vec<i64> {
        let [rows, n, k] = self.shape;
        let activation =
            |at: usize| 256 * (i64::from(self.high[at]) - i64::from(HIGH_OFFSET)) + i64::from(self.low[at]);
        let weight = |j, i| i64::from(self.weights[int8_offset(n, k, j, i)]);
        let sum = |at: usize| (0..k).map(|i| activation(at / n * k + i) * weight(at % n, i)).sum();
        (0..rows * n).map(sum).collect()
    }

    /// With the scales of the rows, and the scales and the bias of the outputs.
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

    /// Numbers of 24 bits hold the sums of both halves of up to 512 inputs, so that nothing is rounded before the
    /// two are put together.
    fn assert_exact(&self, kernels: Kernels, sums: &[i64]) {
        let [rows, n, _] = self.shape;
        let output = self.run(kernels, [&vec![1.0; rows], &vec![1.0; n], &vec![0.0; n]]);
        assert_guards(&output, kernels.isa());
        let expected: Vec<f32> = sums.iter().map(|sum| *sum as f32).collect();
        assert_eq!(&*output, &*expected, "{:?}", kernels.isa());
    }
}

/// Elements that begin anywhere, between others that nobody may use or change.
#[derive(Clone)]
pub(super) struct Unaligned<T> {
    elements: Vec<T>,
    guard: T,
    start: usize,
}

/// Elements on either side of what is unaligned, as many as the widest vector of bytes has.
const GUARDS: usize = 64;

impl<T: Copy> Unaligned<T> {
    /// `shift` is the distance from an address that suits all instructions.
    pub(super) fn new(elements: &[T], shift: usize, guard: T) -> Self {
        let start = GUARDS + shift;
        Self { elements: [&vec![guard; start], elements, &[guard; GUARDS]].concat(), guard, start }
    }
}

impl<T> Deref for Unaligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.elements[self.start..self.elements.len() - GUARDS]
    }
}

impl<T> DerefMut for Unaligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        let end = self.elements.len() - GUARDS;
        &mut self.elements[self.start..end]
    }
}

/// Inputs, between NaNs that would spread.
fn unaligned(numbers: &[f32], shift: usize) -> Unaligned<f32> {
    Unaligned::new(numbers, shift, f32::NAN)
}

/// Room for so many outputs.
pub(super) fn output(len: usize, shift: usize) -> Unaligned<f32> {
    Unaligned::new(&vec![f32::NAN; len], shift, 1e30)
}

fn assert_guards(output: &Unaligned<f32>, isa: Isa) {
    let end = output.elements.len() - GUARDS;
    let mut guards = output.elements[..output.start].iter().chain(&output.elements[end..]);
    assert!(guards.all(|guard| guard.to_bits() == output.guard.to_bits()), "{isa:?} wrote beside its output");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn matrix_products_equal_the_plain_loop(
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
    fn products_with_weights_of_fewer_bits_equal_the_plain_loop(
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
        let of_halves = |j, i| half::bf16::from_bits(halves[packed_offset(n, k, j, i)]).to_f64();
        let expected: Vec<f64> = (0..rows * n)
            .map(|at| {
                let (row, j) = (at / n, at % n);
                let products = (0..k).map(|i| f64::from(input[row * k + i]) * of_halves(j, i));
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
    fn products_of_integers_are_those_of_the_plain_loop(
        rows in 0_usize..12, n in 1_usize..200, groups in 0_usize..40, shift in 0_usize..64, seed: u64,
    ) {
        let (row_scales, scales, bias) = (numbers(seed, rows), numbers(seed ^ 1, n), numbers(seed ^ 2, n));
        let product = Integers::random([rows, n, groups * GROUP], shift, seed ^ 3);
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
            // Plain code rounds twice where the others round once.
            if kernels.isa() != Isa::Portable {
                prop_assert_eq!(&**first.get_or_insert_with(|| output.clone()), &*output);
            }
            product.assert_exact(kernels, &sums);
        }
    }

    #[test]
    fn a_row_is_the_same_whatever_else_is_in_its_batch(rows in 1_usize..20, n in 1_usize..330, k in 1_usize..1_300, seed: u64) {
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

    #[test]
    fn attention_equals_the_plain_loop(
        (rows, extra) in (1_usize..10, 0_usize..60), kv_heads in 1_usize..4, group in 1_usize..4,
        head_dim in 1_usize..80, context in 1_usize..80, (shift, gap, kv_gap) in (0_usize..16, 0_usize..9, 0_usize..9),
        seed: u64,
    ) {
        let (heads, positions) = (kv_heads * group, rows + extra);
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
                queries: &queries, query_stride, rows, keys: &keys, values: &values, kv_stride,
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
                    kv_stride: width, heads: kv_heads * group, kv_heads, head_dim, context, output: &mut output,
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
    fn normalisation_equals_the_plain_loop(rows in 0_usize..5, width in 1_usize..150, start in 0_usize..16, seed: u64) {
        let input = unaligned(&numbers(seed, rows * width), start);
        let scale = unaligned(&numbers(seed ^ 1, width), start / 2);
        let shift = unaligned(&numbers(seed ^ 2, width), start / 4);
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
            let mut output = output(rows * width, start / 2);
            kernels.normalize(Normalization { input: &input, scale: &scale, shift: &shift, epsilon: 1e-5, output: &mut output });
            assert_close(&output, &expected, 1e-4, kernels.isa());
        }
    }

    #[test]
    fn activations_equal_their_formulas(
        len in 0_usize..100, reach in 0.1_f32..60.0, shift in 0_usize..16, seed: u64,
    ) {
        let input: Vec<f32> = numbers(seed, len).into_iter().map(|x| x * reach).collect();
        let formulas: [(Activation, Formula); 3] = [
            (Activation::Elu, |x| if x > 0.0 { x } else { x.exp_m1() }),
            (Activation::GeluTanh, |x| 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3))).tanh())),
            (Activation::Silu, |x| x / (1.0 + (-x).exp())),
        ];
        for (activation, formula) in formulas {
            let expected: Vec<f64> = input.iter().map(|x| formula(f64::from(*x))).collect();
            for kernels in all_kernels() {
                let mut output = Unaligned::new(&input, shift, 1e30);
                kernels.activate(activation, &mut output);
                assert_guards(&output, kernels.isa());
                for ((actual, expected), x) in output.iter().zip(&expected).zip(&input) {
                    let error = (f64::from(*actual) - expected).abs();
                    prop_assert!(error <= 1e-6 * (1.0 + f64::from(x.abs())), "{:?} {activation:?}({x}) = {actual}, not {expected}", kernels.isa());
                }
            }
        }
    }
}

#[test]
fn the_largest_bytes_fit_the_sums_of_every_instruction_set() {
    for (high, low) in [(0, 0), (0, 255), (255, 0), (255, 255)] {
        for weight in [-128, -127, 127] {
            let mut product = Integers::random([5, 33, 160], 1, 1);
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

#[test]
fn activations_of_what_is_no_ordinary_number_are_the_same_for_every_instruction_set() {
    let input =
        [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 1e30, -1e30, 88.5, -88.5, 1e-40, -1e-40];
    for activation in [Activation::Elu, Activation::GeluTanh, Activation::Silu] {
        let mut expected = input;
        Kernels::for_isa(Isa::Portable).unwrap().activate(activation, &mut expected);
        for kernels in all_kernels() {
            let mut output = input;
            kernels.activate(activation, &mut output);
            for ((actual, expected), x) in output.iter().zip(&expected).zip(&input) {
                let close = (actual - expected).abs() <= 1e-6 * expected.abs().max(1.0);
                // Infinities are close to nothing, and NaNs equal to none.
                let same = actual.to_bits() == expected.to_bits() || (actual.is_nan() && expected.is_nan());
                assert!(close || same, "{:?} {activation:?}({x}) = {actual}, not {expected}", kernels.isa());
            }
        }
    }
}

#[test]
fn vector_instructions_are_used_where_every_processor_has_them() {
    if cfg!(all(target_arch = "aarch64", target_endian = "little")) {
        assert_ne!(Kernels::best().isa(), Isa::Portable);
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
