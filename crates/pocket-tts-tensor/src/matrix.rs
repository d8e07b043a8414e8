//! Weights packed for the matrix product.

use std::fmt;

use memmap2::{Advice, MmapMut};

use crate::{
    kernels::{Gemm, Kernels, packed_offset, padded_width},
    parallel::{Rows, for_each_part},
};

/// An immutable `[outputs, inputs]` matrix with an optional bias, packed for [`Kernels::gemm`].
pub struct PackedMatrix {
    outputs: usize,
    inputs: usize,
    weights: Buffer,
    bias: Vec<f32>,
}

/// Memory for weights: large matrices get pages of their own, huge ones where the system has them.
enum Buffer {
    Small(Vec<f32>),
    Pages(MmapMut),
}

/// From this size on a matrix gets pages of its own; a huge page on `x86_64` holds 2 MiB.
const LARGE_BYTES: usize = 2 << 20;

impl PackedMatrix {
    /// Packs the matrix whose weight of output `j` and input `i` is `weight(j, i)`.
    ///
    /// # Panics
    ///
    /// If `bias` isn't one number per output.
    pub fn pack(
        [outputs, inputs]: [usize; 2],
        bias: Option<&[f32]>,
        weight: impl Fn(usize, usize) -> f32,
    ) -> Self {
        let mut weights = Buffer::zeroed(padded_width(outputs) * inputs);
        let packed = weights.as_mut_slice();
        for j in 0..outputs {
            for i in 0..inputs {
                packed[packed_offset(outputs, inputs, j, i)] = weight(j, i);
            }
        }
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
        let all = Rows { count: rows, width: self.outputs, operations: 2 * self.inputs * self.outputs };
        for_each_part(all, output, |part, output| {
            Kernels::best().gemm(Gemm {
                input: input.get(part.start * stride..).unwrap_or_default(),
                input_stride: stride,
                rows: part.len(),
                weights: self.weights.as_slice(),
                bias: &self.bias,
                k: self.inputs,
                n: self.outputs,
                output,
            });
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

impl Buffer {
    fn zeroed(len: usize) -> Self {
        let bytes = len * size_of::<f32>();
        if bytes >= LARGE_BYTES
            && let Ok(pages) = MmapMut::map_anon(bytes)
        {
            #[cfg(target_os = "linux")]
            // A hint: without huge pages the same memory is only slower.
            drop(pages.advise(Advice::HugePage));
            return Self::Pages(pages);
        }
        Self::Small(vec![0.0; len])
    }

    fn as_slice(&self) -> &[f32] {
        match self {
            Self::Small(elements) => elements,
            Self::Pages(pages) => bytemuck::cast_slice(pages),
        }
    }

    fn as_mut_slice(&mut self) -> &mut [f32] {
        match self {
            Self::Small(elements) => elements,
            Self::Pages(pages) => bytemuck::cast_slice_mut(pages),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::random_signal;
    use crate::to_vec;

    #[test]
    fn a_product_on_all_cores_is_the_same_as_row_by_row() {
        let (rows, inputs, outputs) = (401, 300, 450);
        let weights = to_vec(random_signal(1, [outputs, inputs]));
        let matrix =
            PackedMatrix::pack([outputs, inputs], Some(&weights[..outputs]), |j, i| weights[j * inputs + i]);
        let stride = 7;
        let input = to_vec(random_signal(2, [1, (rows - 1) * stride + inputs]));
        let (mut whole, mut single) = (vec![0.0; rows * outputs], vec![0.0; outputs]);
        matrix.multiply(&input, stride, rows, &mut whole);
        for (row, expected) in whole.chunks_exact(outputs).enumerate() {
            matrix.multiply(&input[row * stride..], stride, 1, &mut single);
            assert_eq!(single, expected, "row {row}");
        }
    }
}
