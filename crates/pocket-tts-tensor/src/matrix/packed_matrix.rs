//! A matrix packed for the product kernels, and its product with activations.

use std::{
    fmt,
    ops::Range,
    sync::{Mutex, PoisonError},
};

use super::{
    int8_activations::Int8Activations, int8_weights::Int8Weights, int16_activations::Int16Activations,
    int16_weights::Int16Weights, packed_weights::PackedWeights, precision::Precision,
    q4_activations::Q4Activations, q4_weights::Q4Weights,
};
use crate::{
    exec::parallel::{OPERATIONS_PER_READ, ROW_GRANULARITY, RowSplit, for_each_part},
    kernels::{
        BLOCK, Gemm, Int8Gemm, Int16Gemm, Kernels, PANEL_WIDTH, Q4Gemm, Weights, padded_width, q4_bytes,
    },
};

/// An immutable `[outputs, inputs]` matrix with an optional bias, packed for [`Kernels::gemm`],
/// [`Kernels::gemm_int8`], [`Kernels::gemm_int16`] or [`Kernels::gemm_q4`].
pub struct PackedMatrix {
    outputs: usize,
    inputs: usize,
    weights: PackedWeights,
    bias: Vec<f32>,
}

/// From this number of rows on, threads split the rows. Parts of fewer rows would be too unequal, so threads split the
/// outputs then.
const MIN_ROWS_TO_SPLIT: usize = 96;

impl PackedMatrix {
    /// Packs the matrix whose weight of output `j` and input `i` is `weight(j, i)`, in [`Precision::F32`].
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

    /// As [`pack`](Self::pack), in any precision. For [`Precision::Int16`], all inputs are one quantization block.
    ///
    /// # Panics
    ///
    /// As [`pack`](Self::pack), or if the inputs of [`Precision::Int16`] aren't whole pairs, or if memory is short.
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

    /// A matrix of packed weights with an optional bias.
    ///
    /// # Panics
    ///
    /// As [`pack`](Self::pack), or if there are fewer weights than `shape` says.
    pub(crate) fn from_weights(
        weights: PackedWeights,
        [outputs, inputs]: [usize; 2],
        bias: Option<&[f32]>,
    ) -> Self {
        assert!(weights.have_shape([outputs, inputs]), "weights for {outputs} outputs of {inputs} inputs");
        let mut padded_bias = vec![0.0; padded_width(outputs)];
        if let Some(bias) = bias {
            assert_eq!(bias.len(), outputs, "one bias per output");
            padded_bias[..outputs].copy_from_slice(bias);
        }
        Self { outputs, inputs, weights, bias: padded_bias }
    }

    /// The packed weights.
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

    /// Multiplies `rows` rows of `input`, with `stride` elements from one row to the next. Large products run on
    /// several threads.
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
                Product::Float(self, Weights::F32(values.as_slice()), (input, stride))
            }
            PackedWeights::Bf16(values) => {
                Product::Float(self, Weights::Bf16(values.as_slice()), (input, stride))
            }
            PackedWeights::Int8(weights) => {
                Product::Int8(self, weights, Int8Activations::new(input, stride, rows, self.inputs))
            }
            PackedWeights::Q4(weights) => {
                Product::Q4(self, weights, Q4Activations::new(input, stride, rows, self.inputs))
            }
            PackedWeights::Int16(weights) => {
                let needed = if rows == 0 { 0 } else { (rows - 1) * stride + self.inputs };
                Product::Int16(
                    self,
                    weights,
                    (Int16Activations::new(&input[..needed], weights.block_len), stride),
                )
            }
        };
        self.compute_in_parallel(&product, rows, output);
        if let Product::Int16(_, _, (activations, _)) = &mut product {
            std::mem::take(activations).recycle();
        }
    }

    /// Computes a product on as many threads as pay off.
    fn compute_in_parallel(&self, product: &Product<'_>, rows: usize, output: &mut [f32]) {
        if rows < MIN_ROWS_TO_SPLIT && self.outputs > PANEL_WIDTH {
            return self.compute_by_panels(product, rows, output);
        }
        let split = RowSplit {
            rows,
            width: self.outputs,
            operations: 2 * self.inputs * self.outputs,
            granularity: ROW_GRANULARITY,
        };
        for_each_part(split, output, |part, output| product.compute(0..self.outputs, part, output));
    }

    /// [`compute_in_parallel`](Self::compute_in_parallel) for too few rows to split. Threads take runs of consecutive
    /// panels instead, so that a product prefetches its next panel while it multiplies.
    fn compute_by_panels(&self, product: &Product<'_>, rows: usize, output: &mut [f32]) {
        let panels = RowSplit {
            rows: self.outputs.div_ceil(PANEL_WIDTH),
            width: if rows == 1 { PANEL_WIDTH } else { rows.min(1) },
            operations: self.inputs * PANEL_WIDTH * OPERATIONS_PER_READ.max(2 * rows),
            granularity: 1,
        };
        if !panels.is_parallel() {
            return product.compute(0..self.outputs, 0..rows, output);
        }
        if rows == 1 {
            return for_each_part(panels, output, |part, output| {
                let first = part.start * PANEL_WIDTH;
                product.compute(first..first + output.len(), 0..1, output);
            });
        }
        let output = Mutex::new(output);
        for_each_part(panels, &mut vec![(); panels.rows], |part, _| {
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
    /// Activations, and the elements from one row to the next.
    Float(&'a PackedMatrix, Weights<'a>, (&'a [f32], usize)),
    Int8(&'a PackedMatrix, &'a Int8Weights, Int8Activations),
    Q4(&'a PackedMatrix, &'a Q4Weights, Q4Activations),
    /// Activations, and the elements from one row to the next.
    Int16(&'a PackedMatrix, &'a Int16Weights, (Int16Activations, usize)),
}

impl Product<'_> {
    /// Computes the given outputs of the given rows. The outputs are whole panels, except the last one.
    fn compute(&self, outputs: Range<usize>, rows: Range<usize>, output: &mut [f32]) {
        match self {
            Self::Float(matrix, weights, (input, input_stride)) => Kernels::best().gemm(Gemm {
                input: input.get(rows.start * input_stride..).unwrap_or_default(),
                input_stride: *input_stride,
                rows: rows.len(),
                weights: weights.from(outputs.start * matrix.inputs),
                bias: &matrix.bias[outputs.start..],
                k: matrix.inputs,
                n: outputs.len(),
                output,
            }),
            Self::Int16(matrix, weights, (activations, input_stride)) => {
                let start = rows.start * input_stride;
                Kernels::best().gemm_int16(Int16Gemm {
                    input: activations.values.get(start..).unwrap_or_default(),
                    input_stride: *input_stride,
                    input_scales: activations.scales.get(start / weights.block_len..).unwrap_or_default(),
                    block_len: weights.block_len,
                    rows: rows.len(),
                    k: matrix.inputs,
                    n: outputs.len(),
                    weights: &weights.values.as_slice()[outputs.start * matrix.inputs..],
                    scales: &weights.scales[outputs.start..],
                    bias: &matrix.bias[outputs.start..],
                    output,
                });
            }
            Self::Q4(matrix, weights, activations) => {
                let k = activations.blocks_per_row * BLOCK;
                Kernels::best().gemm_q4(Q4Gemm {
                    rows: rows.len(),
                    k,
                    n: outputs.len(),
                    input: &activations.blocks[rows.start * activations.blocks_per_row..],
                    weights: &weights.values.as_slice()[q4_bytes(outputs.start, k)..],
                    scales: &weights.scales[outputs.start..],
                    bias: &matrix.bias[outputs.start..],
                    output,
                });
            }
            Self::Int8(matrix, weights, activations) => Kernels::best().gemm_int8(Int8Gemm {
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
        exec::{parallel::with_work_sharing, work_sharing::WorkSharing},
        random_numbers::random,
    };

    const PRECISIONS: [Precision; 5] =
        [Precision::F32, Precision::Bf16, Precision::Int16, Precision::Int8, Precision::Q4];

    #[test]
    fn a_product_on_all_cores_is_the_same_as_row_by_row() {
        let (inputs, outputs) = (300, 4_450);
        let weights = random(1, outputs * inputs);
        let input = random(2, 401 * inputs);
        for (precision, rows) in
            PRECISIONS.into_iter().flat_map(|precision| [(precision, 51), (precision, 401)])
        {
            // All inputs are one quantization block, of which rows can't overlap in part.
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
    fn few_rows_with_work_sharing_are_the_same_as_row_by_row() {
        let (inputs, outputs) = (300, 1_100);
        let weights = random(1, outputs * inputs);
        let input = random(2, 13 * inputs);
        let sharing = Arc::new(WorkSharing::new(2));
        for (precision, rows) in
            PRECISIONS.into_iter().flat_map(|each| (1..=13).map(move |rows| (each, rows)))
        {
            let matrix =
                PackedMatrix::pack_as(precision, [outputs, inputs], None, |j, i| weights[j * inputs + i]);
            let (mut whole, mut single) = (vec![0.0; rows * outputs], vec![0.0; outputs]);
            with_work_sharing(&sharing, || matrix.multiply(&input, inputs, rows, &mut whole));
            for (row, expected) in whole.chunks_exact(outputs).enumerate() {
                matrix.multiply(&input[row * inputs..], inputs, 1, &mut single);
                assert_eq!(single, expected, "row {row} of {rows} in {precision:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn quantization_errors_are_at_most_half_a_step(
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
            // The error of a weight is at most half a step: 2^-7 of itself, or a 127th of the greatest. In 16 bits
            // the step is a 2047th of the greatest if all are as great, and activations have an error, too.
            // In 4 bits the greatest of 32 weights may be cut by a step of a ninth of it.
            let steps = [
                (Precision::Bf16, 1.0 / 128.0),
                (Precision::Int16, 1.0 / 1_900.0),
                (Precision::Int8, 1.0 / 127.0),
                (Precision::Q4, 2.0 / 7.0),
            ];
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
