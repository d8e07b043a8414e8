//! Activations in 16 bits, for products with weights in 16. It must not know weights.

use std::cell::Cell;

use crate::kernels::{Kernels, Rounding};

/// Activations as integers, each cell of a scale of its own.
#[derive(Debug, Default)]
pub(crate) struct Int16Cells {
    pub(crate) values: Vec<i16>,
    /// What an integer of the cell stands for. A cell with a number that isn't finite has NaN, as its products do.
    pub(crate) scales: Vec<f32>,
    pub(crate) cell: usize,
}

thread_local! {
    static SPARE: Cell<Int16Cells> = const { Cell::new(Int16Cells { values: Vec::new(), scales: Vec::new(), cell: 0 }) };
}

impl Int16Cells {
    /// Rounds the whole cells that `input` begins with.
    pub(crate) fn new(input: &[f32], cell: usize) -> Self {
        let count = input.len() / cell;
        let mut cells = SPARE.take();
        cells.cell = cell;
        cells.values.resize(count * cell, 0);
        cells.scales.resize(count, 0.0);
        let (output, scales) = (&mut cells.values[..], &mut cells.scales[..]);
        Kernels::best().round(Rounding { input: &input[..count * cell], cell, output, scales });
        cells
    }

    /// Lets the next ones on this thread use their memory.
    pub(crate) fn recycle(self) {
        SPARE.set(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random_numbers::random;

    #[test]
    fn a_cell_is_rounded_in_units_of_its_own() {
        let mut input = random(1, 60);
        input[20..40].iter_mut().for_each(|x| *x *= 1e-6);
        for _ in 0..2 {
            let cells = Int16Cells::new(&input, 20);
            for (index, x) in input.iter().enumerate() {
                let unit = cells.scales[index / 20];
                let error = f32::from(cells.values[index]) * unit - x;
                assert!(unit > 0.0 && error.abs() <= 0.51 * unit, "number {index}: off by {error}");
            }
            cells.recycle();
        }
    }

    #[test]
    fn a_cell_of_zeros_is_zero_and_a_broken_one_stays_broken() {
        let input = [0.0, -0.0, f32::NAN, 1.0, f32::INFINITY, 0.0, f32::MIN_POSITIVE / 4.0, 0.0];
        let cells = Int16Cells::new(&input, 2);
        assert_eq!(cells.scales[0].to_bits(), 0.0_f32.to_bits());
        assert!(cells.scales[1].is_nan() && cells.scales[2].is_nan());
        assert_eq!(cells.scales[3].to_bits(), 0.0_f32.to_bits());
        assert_eq!(cells.values[..2], [0, 0]);
    }
}
