//! Weights packed for the matrix product.

use std::{fmt, marker::PhantomData, ops::Range};

use bytemuck::Pod;
use half::bf16;
use memmap2::{Advice, MmapMut};

use crate::{
    kernels::{Gemm, Kernels, PANEL_WIDTH, Weights, padded_width},
    parallel::{Rows, WHOLE_BLOCKS, for_each_part},
};

/// The numbers that a matrix is kept in. Products are computed in `f32` whatever they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Precision {
    /// 32 bits: the weights as they are.
    #[default]
    F32,
    /// 16 bits: as wide a range, 8 bits of precision.
    Bf16,
    /// 8 bits: 255 steps from the least to the greatest weight of an output.
    Int8,
}

impl Precision {
    /// All of them, the most precise first.
    pub const ALL: [Self; 3] = [Self::F32, Self::Bf16, Self::Int8];

    /// What people write for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }

    /// The one of this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|precision| precision.name() == name)
    }
}

/// An immutable `[outputs, inputs]` matrix with an optional bias, packed for [`Kernels::gemm`].
pub struct PackedMatrix {
    outputs: usize,
    inputs: usize,
    weights: Packed,
    bias: Vec<f32>,
}

enum Packed {
    F32(Buffer<f32>),
    Bf16(Buffer<u16>),
    Int8 { values: Buffer<i8>, scales: Vec<f32> },
}

/// Memory for weights: large matrices get pages of their own, huge ones where the system has them.
enum Buffer<T> {
    Small(Vec<T>),
    Pages(MmapMut, PhantomData<T>),
}

/// From this size on a matrix gets pages of its own; a huge page on `x86_64` holds 2 MiB.
const LARGE_BYTES: usize = 2 << 20;
/// The greatest integer that a weight becomes.
const GREATEST: f32 = 127.0;
/// Below so many rows, threads share out the outputs: parts of whole blocks of rows would be too unequal.
const FEW_ROWS: usize = 96;
/// Floating-point operations of a product that take as long as packing one weight.
const OPERATIONS_TO_PACK: usize = 100;
/// Inputs that are packed for all outputs of a panel before the next ones, so that what is written stays in
/// the cache.
const INPUTS_AT_ONCE: usize = 32;

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

    /// As [`pack`](Self::pack), in numbers of another precision.
    ///
    /// # Panics
    ///
    /// As [`pack`](Self::pack).
    pub fn pack_as(
        precision: Precision,
        [outputs, inputs]: [usize; 2],
        bias: Option<&[f32]>,
        weight: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Self {
        let shape = [outputs, inputs];
        let weights = match precision {
            Precision::F32 => Packed::F32(Buffer::packed(shape, weight)),
            Precision::Bf16 => {
                Packed::Bf16(Buffer::packed(shape, |j, i| bf16::from_f32(weight(j, i)).to_bits()))
            }
            Precision::Int8 => {
                let mut scales = vec![0.0; padded_width(outputs)];
                for (j, scale) in scales.iter_mut().enumerate().take(outputs) {
                    *scale = (0..inputs).fold(0.0_f32, |most, i| most.max(weight(j, i).abs())) / GREATEST;
                }
                // An output without weights has no scale, and only zeros to be scaled.
                let inverse: Vec<f32> =
                    scales.iter().map(|scale| if *scale > 0.0 { 1.0 / scale } else { 0.0 }).collect();
                let values = Buffer::packed(shape, |j, i| (weight(j, i) * inverse[j]).round() as i8);
                Packed::Int8 { values, scales }
            }
        };
        let mut padded_bias = vec![0.0; padded_width(outputs)];
        if let Some(bias) = bias {
            assert_eq!(bias.len(), outputs, "one bias per output");
            padded_bias[..outputs].copy_from_slice(bias);
        }
        Self { outputs, inputs, weights, bias: padded_bias }
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
        if (2..FEW_ROWS).contains(&rows) && self.outputs > PANEL_WIDTH {
            return self.multiply_by_panels(input, stride, rows, output);
        }
        let all = Rows {
            count: rows,
            width: self.outputs,
            operations: 2 * self.inputs * self.outputs,
            block: WHOLE_BLOCKS,
        };
        for_each_part(all, output, |part, output| {
            let input = input.get(part.start * stride..).unwrap_or_default();
            self.multiply_outputs(0..self.outputs, (input, stride), part.len(), output);
        });
    }

    /// [`multiply`](Self::multiply) for rows too few to be shared out: threads take panels instead, whose
    /// results are put in place afterwards.
    fn multiply_by_panels(&self, input: &[f32], stride: usize, rows: usize, output: &mut [f32]) {
        let panels = Rows {
            count: self.outputs.div_ceil(PANEL_WIDTH),
            width: rows * PANEL_WIDTH,
            operations: 2 * self.inputs * PANEL_WIDTH * rows,
            block: 1,
        };
        if !panels.are_shared() {
            return self.multiply_outputs(0..self.outputs, (input, stride), rows, output);
        }
        let panel = |index: usize| index * PANEL_WIDTH..self.outputs.min((index + 1) * PANEL_WIDTH);
        let mut results = vec![0.0; panels.count * panels.width];
        for_each_part(panels, &mut results, |part, results| {
            for (index, result) in part.zip(results.chunks_exact_mut(panels.width)) {
                self.multiply_outputs(panel(index), (input, stride), rows, result);
            }
        });
        for (index, result) in results.chunks_exact(panels.width).enumerate() {
            let outputs = panel(index);
            for (row, result) in result.chunks_exact(outputs.len()).take(rows).enumerate() {
                output[row * self.outputs..][outputs.clone()].copy_from_slice(result);
            }
        }
    }

    /// The given outputs, whole panels of them but for the last, of rows that lie `stride` elements apart.
    fn multiply_outputs(
        &self,
        outputs: Range<usize>,
        (input, input_stride): (&[f32], usize),
        rows: usize,
        output: &mut [f32],
    ) {
        Kernels::best().gemm(Gemm {
            input,
            input_stride,
            rows,
            weights: self.weights.starting_at(outputs.start, self.inputs),
            bias: &self.bias[outputs.start..],
            k: self.inputs,
            n: outputs.len(),
            output,
        });
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

impl Packed {
    /// The weights from an output on that begins a panel.
    fn starting_at(&self, first: usize, inputs: usize) -> Weights<'_> {
        let start = first * inputs;
        match self {
            Self::F32(values) => Weights::F32(&values.as_slice()[start..]),
            Self::Bf16(values) => Weights::Bf16(&values.as_slice()[start..]),
            Self::Int8 { values, scales } => {
                Weights::Int8 { values: &values.as_slice()[start..], scales: &scales[first..] }
            }
        }
    }
}

impl<T: Pod + Send> Buffer<T> {
    /// The matrix of `weight(j, i)`, panel after panel, on all cores if it is large.
    fn packed([outputs, inputs]: [usize; 2], weight: impl Fn(usize, usize) -> T + Sync) -> Self {
        let mut buffer = Self::zeroed(padded_width(outputs) * inputs);
        let panels = Rows {
            count: outputs.div_ceil(PANEL_WIDTH),
            width: PANEL_WIDTH * inputs,
            operations: OPERATIONS_TO_PACK * PANEL_WIDTH * inputs,
            block: 1,
        };
        for_each_part(panels, buffer.as_mut_slice(), |part, packed| {
            for (panel, packed) in part.zip(packed.chunks_mut(panels.width.max(1))) {
                let first = panel * PANEL_WIDTH;
                pack_panel(packed, first..outputs.min(first + PANEL_WIDTH), inputs, &weight);
            }
        });
        buffer
    }

    fn zeroed(len: usize) -> Self {
        let bytes = len * size_of::<T>();
        if bytes >= LARGE_BYTES
            && let Ok(pages) = MmapMut::map_anon(bytes)
        {
            #[cfg(target_os = "linux")]
            // A hint: without huge pages the same memory is only slower.
            drop(pages.advise(Advice::HugePage));
            return Self::Pages(pages, PhantomData);
        }
        Self::Small(vec![T::zeroed(); len])
    }

    fn as_slice(&self) -> &[T] {
        match self {
            Self::Small(elements) => elements,
            Self::Pages(pages, _) => bytemuck::cast_slice(pages),
        }
    }

    fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::Small(elements) => elements,
            Self::Pages(pages, _) => bytemuck::cast_slice_mut(pages),
        }
    }
}

/// Packs the given outputs, which are those of one panel.
fn pack_panel<T>(packed: &mut [T], outputs: Range<usize>, inputs: usize, weight: impl Fn(usize, usize) -> T) {
    let width = packed.len() / inputs.max(1);
    for first in (0..inputs).step_by(INPUTS_AT_ONCE) {
        for (column, j) in outputs.clone().enumerate() {
            for i in first..inputs.min(first + INPUTS_AT_ONCE) {
                packed[i * width + column] = weight(j, i);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::packed_offset;
    use crate::testing::{random, random_signal};
    use crate::to_vec;

    #[test]
    fn a_product_on_all_cores_is_the_same_as_row_by_row() {
        let (inputs, outputs) = (300, 4_450);
        let weights = to_vec(random_signal(1, [outputs, inputs]));
        let stride = 7;
        let input = to_vec(random_signal(2, [1, 400 * stride + inputs]));
        let precisions = [Precision::F32, Precision::Bf16, Precision::Int8];
        for (precision, rows) in
            precisions.into_iter().flat_map(|precision| [(precision, 51), (precision, 401)])
        {
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
    fn a_matrix_packed_on_all_cores_is_the_same_as_one_packed_in_pieces() {
        let (outputs, inputs) = (1_000, 200);
        let weights = to_vec(random_signal(3, [outputs, inputs]));
        let packed = Buffer::packed([outputs, inputs], |j, i| weights[j * inputs + i]);
        for j in 0..outputs {
            for i in 0..inputs {
                let at = packed_offset(outputs, inputs, j, i);
                let expected = weights[j * inputs + i];
                assert_eq!(packed.as_slice()[at].to_bits(), expected.to_bits(), "output {j}, input {i}");
            }
        }
    }

    proptest! {
        #[test]
        fn fewer_bits_cost_the_precision_that_they_say(
            outputs in 1_usize..150, inputs in 1_usize..70, seed: u64,
        ) {
            let weights = random(seed, outputs * inputs);
            let input = random(seed ^ 1, inputs);
            let product = |precision| {
                let matrix = PackedMatrix::pack_as(precision, [outputs, inputs], None, |j, i| weights[j * inputs + i]);
                let mut output = vec![0.0; outputs];
                matrix.multiply(&input, inputs, 1, &mut output);
                output
            };
            let exact = product(Precision::F32);
            // Each weight is off by at most half a step: of 2^-7 of itself, or of the greatest by 127.
            for (precision, step) in [(Precision::Bf16, 1.0 / 128.0), (Precision::Int8, 1.0 / 127.0)] {
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
        for precision in [Precision::F32, Precision::Bf16, Precision::Int8] {
            let matrix = PackedMatrix::pack_as(precision, [2, 3], Some(&[0.5, -0.5]), |_, _| 0.0);
            let mut output = [0.0; 2];
            matrix.multiply(&[1.0, 2.0, 3.0], 3, 1, &mut output);
            assert_eq!(output.map(f32::to_bits), [0.5_f32, -0.5].map(f32::to_bits), "{precision:?}");
        }
    }
}
