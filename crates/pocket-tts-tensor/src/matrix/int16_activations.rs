//! Activations quantized to 16 bits, for products with weights in 16. This module must not know weights.

use std::cell::Cell;

use crate::kernels::{Kernels, Quantization};

/// Blocks of quantized activations, each with its own scale.
#[derive(Debug, Default)]
pub(crate) struct Int16Activations {
    pub(crate) values: Vec<i16>,
    /// The scale of each block. A block with a number that isn't finite has the scale NaN, so its products are NaN.
    pub(crate) scales: Vec<f32>,
    /// Elements of a block.
    pub(crate) block_len: usize,
}

thread_local! {
    static SPARE: Cell<Int16Activations> = const { Cell::new(Int16Activations::EMPTY) };
}

impl Int16Activations {
    const EMPTY: Self = Self { values: Vec::new(), scales: Vec::new(), block_len: 0 };

    /// Quantizes the whole blocks at the start of `input`.
    pub(crate) fn new(input: &[f32], block_len: usize) -> Self {
        let count = input.len() / block_len;
        let mut activations = SPARE.take();
        activations.block_len = block_len;
        activations.values.resize(count * block_len, 0);
        activations.scales.resize(count, 0.0);
        let (output, scales) = (&mut activations.values[..], &mut activations.scales[..]);
        let input = &input[..count * block_len];
        Kernels::best().quantize(Quantization { input, block_len, output, scales });
        activations
    }

    /// Keeps the memory for the next activations of this thread.
    pub(crate) fn recycle(self) {
        SPARE.set(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random_numbers::random;

    #[test]
    fn a_block_is_quantized_with_its_own_scale() {
        let mut input = random(1, 60);
        input[20..40].iter_mut().for_each(|x| *x *= 1e-6);
        for _ in 0..2 {
            let activations = Int16Activations::new(&input, 20);
            for (index, x) in input.iter().enumerate() {
                let scale = activations.scales[index / 20];
                let error = f32::from(activations.values[index]) * scale - x;
                assert!(scale > 0.0 && error.abs() <= 0.51 * scale, "number {index}: off by {error}");
            }
            activations.recycle();
        }
    }

    #[test]
    fn zeros_stay_zeros_and_a_block_that_is_not_finite_has_the_scale_nan() {
        let input = [0.0, -0.0, f32::NAN, 1.0, f32::INFINITY, 0.0, f32::MIN_POSITIVE / 4.0, 0.0];
        let activations = Int16Activations::new(&input, 2);
        assert_eq!(activations.scales[0].to_bits(), 0.0_f32.to_bits());
        assert!(activations.scales[1].is_nan() && activations.scales[2].is_nan());
        assert_eq!(activations.scales[3].to_bits(), 0.0_f32.to_bits());
        assert_eq!(activations.values[..2], [0, 0]);
    }
}
