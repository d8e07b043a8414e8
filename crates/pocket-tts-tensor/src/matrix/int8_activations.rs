//! Activations quantized to 16 bits, for products with weights in 8. This module must not know weights.

use crate::kernels::{GROUP, HIGH_OFFSET, max_abs, nearest_integer};

/// The greatest absolute value of a quantized activation.
const MAX_QUANTIZED_ACTIVATION: f32 = 32_767.0;

/// Rows of quantized activations, each with its own scale.
#[derive(Debug)]
pub(crate) struct Int8Activations {
    /// Width of a row, whole groups.
    pub(crate) width: usize,
    /// Upper halves plus [`HIGH_OFFSET`].
    pub(crate) high: Vec<u8>,
    /// Lower halves.
    pub(crate) low: Vec<u8>,
    /// The scale of each row. A row with a number that isn't finite has the scale NaN, so its products are NaN.
    pub(crate) scales: Vec<f32>,
}

impl Int8Activations {
    /// Quantizes `count` rows of `inputs` activations, with `stride` elements from one row to the next.
    pub(crate) fn new(input: &[f32], stride: usize, count: usize, inputs: usize) -> Self {
        let width = inputs.next_multiple_of(GROUP);
        let mut rows = Self {
            width,
            high: vec![HIGH_OFFSET as u8; count * width],
            low: vec![0; count * width],
            scales: Vec::with_capacity(count),
        };
        for row in 0..count {
            let activations = &input[row * stride..][..inputs];
            let max = max_abs(activations);
            rows.scales.push(if max.is_finite() { max / MAX_QUANTIZED_ACTIVATION } else { f32::NAN });
            let inverse = if max > 0.0 && max.is_finite() { MAX_QUANTIZED_ACTIVATION / max } else { 0.0 };
            let high = &mut rows.high[row * width..][..inputs];
            let low = &mut rows.low[row * width..][..inputs];
            for ((x, high), low) in activations.iter().zip(high).zip(low) {
                let integer = nearest_integer(x * inverse);
                *high = ((integer >> 8) + HIGH_OFFSET) as u8;
                *low = integer as u8;
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random_numbers::random;

    #[test]
    fn the_halves_of_an_activation_make_up_its_integer() {
        let input: Vec<f32> = random(1, 61).iter().map(|x| 1e-3 * x).collect();
        let rows = Int8Activations::new(&input, 20, 3, 21);
        assert_eq!(rows.width, 24);
        for row in 0..3 {
            for (i, x) in input[row * 20..][..21].iter().enumerate() {
                let at = row * 24 + i;
                let integer = 256 * (i32::from(rows.high[at]) - HIGH_OFFSET) + i32::from(rows.low[at]);
                let error = integer as f32 * rows.scales[row] - x;
                assert!(error.abs() <= 0.51 * rows.scales[row], "row {row}, input {i}: off by {error}");
            }
            let padding = row * 24 + 21..row * 24 + 24;
            assert!(rows.high[padding.clone()].iter().all(|x| i32::from(*x) == HIGH_OFFSET));
            assert!(rows.low[padding].iter().all(|x| *x == 0));
        }
    }

    #[test]
    fn zeros_stay_zeros_and_a_row_that_is_not_finite_has_the_scale_nan() {
        let rows = Int8Activations::new(&[0.0, 0.0, f32::NAN, 1.0, f32::INFINITY, 0.0], 2, 3, 2);
        assert_eq!(rows.scales[0].to_bits(), 0.0_f32.to_bits());
        assert!(rows.scales[1].is_nan() && rows.scales[2].is_nan());
    }
}
