//! Normalization and activation functions.

use proptest::prelude::*;

use super::support::{Unaligned, all_kernels, assert_close, assert_guards, output, unaligned};
use crate::{
    kernels::{Activation, Isa, Kernels, Normalization},
    random_numbers::random as numbers,
};

/// An activation function in full precision.
type Formula = fn(f64) -> f64;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn normalization_equals_the_plain_loop(rows in 0_usize..5, width in 1_usize..150, start in 0_usize..16, seed: u64) {
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
fn activations_of_special_values_are_the_same_for_every_instruction_set() {
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
