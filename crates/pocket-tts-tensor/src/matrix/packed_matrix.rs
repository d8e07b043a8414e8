//! Weights packed for the matrix product.

use std::{
    fmt,
    ops::Range,
    sync::{Mutex, PoisonError},
};

use super::{
    int8_activations::Int8Rows, int8_weights::Int8Weights, int16_activations::Int16Cells,
    int16_weights::Int16Weights, packed_weights::PackedWeights, precision::Precision,
};
use crate::{
    exec::parallel::{OPERATIONS_TO_READ, Rows, WHOLE_BLOCKS, for_each_part},
    kernels::{
        Gemm, Int8Gemm, Int16Gemm, Kernels, PAIRED_PANELS, PAIRED_ROWS, PANEL_WIDTH, Weights, padded_width,
    },
};

/// An immutable `[outputs, inputs]` matrix with an optional bias, packed for [`Kernels::gemm`]
/// or [`Kernels::gemm_int8`].
pub struct PackedMatrix {
    outputs: usize,
    inputs: usize,
    weights: PackedWeights,
    bias: Vec<f32>,
}

/// Below so many rows, threads share out the outputs: parts of whole blocks of rows would be too unequal.
const FEW_ROWS: usize = 96;

impl PackedMatrix {
    /// Packs the matrix whose weight of output `j` and input `i` is `weight(j, i)`, in `f32`.
    ///
    /// # Panics
    ///
    /// If `bias` isn't one number per output.
    pub fn pack(
        shape: [usize; 2],
        bias: Option<&[f32]>,
        weight: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Self {
        Self::pack_as(Precision::F32, shape, bias, weight)
    }

    /// As [`pack`](Self::pack), in numbers of another precision; for [`Precision::Int16`], all inputs are one cell.
    ///
    /// # Panics
    ///
    /// As [`pack`](Self::pack), or if the inputs of [`Precision::Int16`] are no whole pairs, or memory is short.
    pub fn pack_as(
        precision: Precision,
        shape: [usize; 2],
        bias: Option<&[f32]>,
        weight: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Self {
        let weights =
            PackedWeights::pack(precision, shape, shape[1], weight).expect("memory for the weights");
        Self::from_weights(weights, shape, bias)
    }

    /// A matrix of weights that are packed already, with an optional bias.
    ///
    /// # Panics
    ///
    /// As [`pack`](Self::pack), or if there are fewer weights than `shape` says.
    pub(crate) fn from_weights(
        weights: PackedWeights,
        [outputs, inputs]: [usize; 2],
        bias: Option<&[f32]>,
    ) -> Self {
        assert!(weights.fit([outputs, inputs]), "weights for {outputs} outputs of {inputs} inputs");
        let mut padded_bias = vec![0.0; padded_width(outputs)];
        if let Some(bias) = bias {
            assert_eq!(bias.len(), outputs, "one bias per output");
            padded_bias[..outputs].copy_from_slice(bias);
        }
        Self { outputs, inputs, weights, bias: padded_bias }
    }

    /// What it is made of, but for the bias.
    #[cfg(test)]
    pub(crate) fn weights(&self) -> &PackedWeights {
        &self.weights
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Multiplies `rows` rows of `input`, each `stride` elements after the one before; on all cores if
    /// there is much to multiply.
    ///
    /// # Shapes
    ///
    /// - `output`: `[rows, outputs]`
    ///
    /// # Panics
    ///
    /// If a slice is too short.
    pub fn multiply(&self, input: &[f32], stride: usize, rows: usize, output: &mut [f32]) {
        let output = &mut output[..rows * self.outputs];
        let mut product = match &self.weights {
            PackedWeights::F32(values) => {
                Product::Numbers(self, Weights::F32(values.as_slice()), (input, stride))
            }
            PackedWeights::Bf16(values) => {
                Product::Numbers(self, Weights::Bf16(values.as_slice()), (input, stride))
            }
            PackedWeights::Int8(weights) => {
                Product::Integers(self, weights, Int8Rows::new(input, stride, rows, self.inputs))
            }
            PackedWeights::Int16(weights) => {
                let needed = if rows == 0 { 0 } else { (rows - 1) * stride + self.inputs };
                Product::Pairs(self, weights, (Int16Cells::new(&input[..needed], weights.cell), stride))
            }
        };
        self.share(&product, rows, output);
        if let Product::Pairs(_, _, (cells, _)) = &mut product {
            std::mem::take(cells).recycle();
        }
    }

    /// Computes a product on as many threads as pay.
    fn share(&self, product: &Product<'_>, rows: usize, output: &mut [f32]) {
        if rows < FEW_ROWS && self.outputs > PANEL_WIDTH {
            return self.multiply_by_panels(product, rows, output);
        }
        let all = Rows {
            count: rows,
            width: self.outputs,
            operations: 2 * self.inputs * self.outputs,
            block: WHOLE_BLOCKS,
        };
        for_each_part(all, output, |part, output| product.compute(0..self.outputs, part, output));
    }

    /// [`multiply`](Self::multiply) for rows too few to be shared out: threads take panels instead, several after each
    /// other at once, so that a product asks for its next panel while it multiplies.
    fn multiply_by_panels(&self, product: &Product<'_>, rows: usize, output: &mut [f32]) {
        let panels = Rows {
            count: self.outputs.div_ceil(PANEL_WIDTH),
            width: if rows == 1 { PANEL_WIDTH } else { rows.min(1) },
            operations: self.inputs * PANEL_WIDTH * OPERATIONS_TO_READ.max(2 * rows),
            block: if product.reads_pairs(rows) { PAIRED_PANELS } else { 1 },
        };
        if !panels.are_shared() {
            return product.compute(0..self.outputs, 0..rows, output);
        }
        if rows == 1 {
            return for_each_part(panels, output, |part, output| {
                let first = part.start * PANEL_WIDTH;
                product.compute(first..first + output.len(), 0..1, output);
            });
        }
        let output = Mutex::new(output);
        for_each_part(panels, &mut vec![(); panels.count], |part, _| {
            let outputs = part.start * PANEL_WIDTH..self.outputs.min(part.end * PANEL_WIDTH);
            let mut results = vec![0.0; rows * outputs.len()];
            product.compute(outputs.clone(), 0..rows, &mut results);
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            for (row, results) in results.chunks_exact(outputs.len()).enumerate() {
                output[row * self.outputs..][outputs.clone()].copy_from_slice(results);
            }
        });
    }
}

/// A matrix and what it is multiplied by.
enum Product<'a> {
    /// Activations that lie so many elements apart.
    Numbers(&'a PackedMatrix, Weights<'a>, (&'a [f32], usize)),
    Integers(&'a PackedMatrix, &'a Int8Weights, Int8Rows),
    /// Activations that lie so many elements apart.
    Pairs(&'a PackedMatrix, &'a Int16Weights, (Int16Cells, usize)),
}

impl Product<'_> {
    /// Whether so many rows read panels in pairs where the processor has registers for that.
    fn reads_pairs(&self, rows: usize) -> bool {
        matches!(self, Self::Numbers(..)) && (2..=PAIRED_ROWS).contains(&rows)
    }

    /// The given outputs, whole panels of them but for the last, of the given rows.
    fn compute(&self, outputs: Range<usize>, rows: Range<usize>, output: &mut [f32]) {
        match self {
            Self::Numbers(matrix, weights, (input, input_stride)) => Kernels::best().gemm(Gemm {
                input: input.get(rows.start * input_stride..).unwrap_or_default(),
                input_stride: *input_stride,
                rows: rows.len(),
                weights: weights.from(outputs.start * matrix.inputs),
                bias: &matrix.bias[outputs.start..],
                k: matrix.inputs,
                n: outputs.len(),
                output,
            }),
            Self::Pairs(matrix, weights, (activations, input_stride)) => {
                let start = rows.start * input_stride;
                Kernels::best().gemm_int16(Int16Gemm {
                    input: activations.values.get(start..).unwrap_or_default(),
                    input_stride: *input_stride,
                    input_scales: activations.scales.get(start / weights.cell..).unwrap_or_default(),
                    cell: weights.cell,
                    rows: rows.len(),
                    k: matrix.inputs,
                    n: outputs.len(),
                    weights: &weights.values.as_slice()[outputs.start * matrix.inputs..],
                    scales: &weights.scales[outputs.start..],
                    bias: &matrix.bias[outputs.start..],
                    output,
                });
            }
            Self::Integers(matrix, weights, activations) => Kernels::best().gemm_int8(Int8Gemm {
                rows: rows.len(),
                k: activations.width,
                n: outputs.len(),
                high: &activations.high[rows.start * activations.width..],
                low: &activations.low[rows.start * activations.width..],
                row_scales: &activations.scales[rows],
                weights: &weights.values.as_slice()[outputs.start * activations.width..],
                scales: &weights.scales[outputs.start..],
                offsets: &weights.offsets[outputs.start..],
                bias: &matrix.bias[outputs.start..],
                output,
            }),
        }
    }
}

impl fmt::Debug for PackedMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackedMatrix")
            .field("outputs", &self.outputs)
            .field("inputs", &self.inputs)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        exec::{
            overlap::interleave,
            parallel::{with_crew, with_threads},
            work_sharing::Crew,
        },
        random_numbers::random,
    };

    const PRECISIONS: [Precision; 4] = [Precision::F32, Precision::Bf16, Precision::Int16, Precision::Int8];

    #[test]
    fn a_product_on_all_cores_is_the_same_as_row_by_row() {
        let (inputs, outputs) = (300, 4_450);
        let weights = random(1, outputs * inputs);
        let input = random(2, 401 * inputs);
        for (precision, rows) in
            PRECISIONS.into_iter().flat_map(|precision| [(precision, 51), (precision, 401)])
        {
            // All inputs are one cell of integers, which rows can't share in part.
            let stride = if precision == Precision::Int16 { inputs } else { 7 };
            let matrix =
                PackedMatrix::pack_as(precision, [outputs, inputs], Some(&weights[..outputs]), |j, i| {
                    weights[j * inputs + i]
                });
            let (mut whole, mut single) = (vec![0.0; rows * outputs], vec![0.0; outputs]);
            matrix.multiply(&input, stride, rows, &mut whole);
            for (row, expected) in whole.chunks_exact(outputs).enumerate() {
                matrix.multiply(&input[row * stride..], stride, 1, &mut single);
                assert_eq!(single, expected, "row {row} in {precision:?}");
            }
        }
    }

    #[test]
    fn few_rows_that_a_crew_shares_out_are_the_same_as_row_by_row() {
        let (inputs, outputs) = (300, 1_100);
        let weights = random(1, outputs * inputs);
        let input = random(2, 13 * inputs);
        let crew = Arc::new(Crew::new(2));
        for (precision, rows) in
            PRECISIONS.into_iter().flat_map(|each| (1..=13).map(move |rows| (each, rows)))
        {
            let matrix =
                PackedMatrix::pack_as(precision, [outputs, inputs], None, |j, i| weights[j * inputs + i]);
            let (mut whole, mut single) = (vec![0.0; rows * outputs], vec![0.0; outputs]);
            with_crew(&crew, || matrix.multiply(&input, inputs, rows, &mut whole));
            for (row, expected) in whole.chunks_exact(outputs).enumerate() {
                matrix.multiply(&input[row * inputs..], inputs, 1, &mut single);
                assert_eq!(single, expected, "row {row} of {rows} in {precision:?}");
            }
        }
    }

    #[test]
    fn products_by_turns_are_the_same_as_one_after_the_other() {
        let (inputs, outputs) = (1_500, 470);
        let weights = random(1, outputs * inputs);
        let input = random(2, 40 * inputs);
        let multiply = |matrix: &PackedMatrix, rows| {
            let mut output = vec![0.0; rows * outputs];
            matrix.multiply(&input, inputs, rows, &mut output);
            output
        };
        let matrices = PRECISIONS.map(|precision| {
            PackedMatrix::pack_as(precision, [outputs, inputs], None, |j, i| weights[j * inputs + i])
        });
        for (reading, computing) in matrices.iter().flat_map(|a| matrices.iter().map(move |b| (a, b))) {
            let read = || [1, 2, 5, 14].map(|rows| multiply(reading, rows));
            let compute = || [40, 13, 7, 3].map(|rows| multiply(computing, rows));
            // Without threads, which others might help.
            let by_turns = with_threads(1, || interleave(|_| read(), compute));
            assert!(by_turns == (read(), compute()), "another result");
        }
    }

    proptest! {
        #[test]
        fn fewer_bits_cost_the_precision_that_they_say(
            outputs in 1_usize..150, half_inputs in 1_usize..70, seed: u64,
        ) {
            let inputs = 2 * half_inputs;
            let weights = random(seed, outputs * inputs);
            let input = random(seed ^ 1, inputs);
            let product = |precision| {
                let matrix = PackedMatrix::pack_as(precision, [outputs, inputs], None, |j, i| weights[j * inputs + i]);
                let mut output = vec![0.0; outputs];
                matrix.multiply(&input, inputs, 1, &mut output);
                output
            };
            let exact = product(Precision::F32);
            // Each weight is off by at most half a step: of 2^-7 of itself, or of the greatest by 127. In 16 bits it is
            // that by 2047 if all are as great; activations are rounded too.
            let steps =
                [(Precision::Bf16, 1.0 / 128.0), (Precision::Int16, 1.0 / 1_900.0), (Precision::Int8, 1.0 / 127.0)];
            for (precision, step) in steps {
                for (j, (rough, exact)) in product(precision).iter().zip(&exact).enumerate() {
                    let row = &weights[j * inputs..][..inputs];
                    let greatest = row.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
                    let reach: f32 = input.iter().map(|x| x.abs()).sum();
                    prop_assert!((rough - exact).abs() <= 0.5 * step * greatest * reach + 1e-5, "{precision:?}, output {j}");
                }
            }
        }
    }

    #[test]
    fn an_output_without_weights_is_its_bias() {
        for precision in PRECISIONS {
            let matrix = PackedMatrix::pack_as(precision, [2, 4], Some(&[0.5, -0.5]), |_, _| 0.0);
            let mut output = [0.0; 2];
            matrix.multiply(&[1.0, 2.0, 3.0, 4.0], 4, 1, &mut output);
            assert_eq!(output.map(f32::to_bits), [0.5_f32, -0.5].map(f32::to_bits), "{precision:?}");
        }
    }
}
