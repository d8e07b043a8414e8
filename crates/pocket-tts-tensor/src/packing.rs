//! Memory for packed weights, and how they are put there. It must not know what is computed with them.

use std::{marker::PhantomData, ops::Range};

use bytemuck::Pod;
use memmap2::MmapMut;

use crate::{
    kernels::{PANEL_WIDTH, padded_width},
    parallel::{Rows, for_each_part},
};

/// Memory for weights: large matrices get pages of their own, huge ones where the system has them.
pub(crate) enum Buffer<T> {
    Small(Vec<T>),
    Pages(MmapMut, PhantomData<T>),
}

/// From this size on a matrix gets pages of its own; a huge page on `x86_64` holds 2 MiB.
const LARGE_BYTES: usize = 2 << 20;
/// Floating-point operations of a product that take as long as packing one weight.
const OPERATIONS_TO_PACK: usize = 100;
/// Inputs that are packed for all outputs of a panel before the next ones, so that what is written stays in
/// the cache.
const INPUTS_AT_ONCE: usize = 32;

impl<T: Pod + Send> Buffer<T> {
    /// The matrix of `weight(j, i)`, panel after panel, `GROUP` inputs of an output at once; on all cores if it is
    /// large. Inputs are padded with zeros to whole groups.
    pub(crate) fn packed<const GROUP: usize>(
        [outputs, inputs]: [usize; 2],
        weight: impl Fn(usize, usize) -> T + Sync,
    ) -> Self {
        let padded_inputs = inputs.next_multiple_of(GROUP);
        let mut buffer = Self::zeroed(padded_width(outputs) * padded_inputs);
        let panels = Rows {
            count: outputs.div_ceil(PANEL_WIDTH),
            width: PANEL_WIDTH * padded_inputs,
            operations: OPERATIONS_TO_PACK * PANEL_WIDTH * inputs,
            block: 1,
        };
        for_each_part(panels, buffer.as_mut_slice(), |part, packed| {
            for (panel, packed) in part.zip(packed.chunks_mut(panels.width.max(1))) {
                let first = panel * PANEL_WIDTH;
                let outputs = first..outputs.min(first + PANEL_WIDTH);
                pack_panel::<T, GROUP>(packed, outputs, inputs, &weight);
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
            drop(pages.advise(memmap2::Advice::HugePage));
            return Self::Pages(pages, PhantomData);
        }
        Self::Small(vec![T::zeroed(); len])
    }

    pub(crate) fn as_slice(&self) -> &[T] {
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
fn pack_panel<T, const GROUP: usize>(
    packed: &mut [T],
    outputs: Range<usize>,
    inputs: usize,
    weight: impl Fn(usize, usize) -> T,
) {
    let width = packed.len() / inputs.next_multiple_of(GROUP).max(1);
    for first in (0..inputs).step_by(INPUTS_AT_ONCE) {
        for (column, j) in outputs.clone().enumerate() {
            for i in first..inputs.min(first + INPUTS_AT_ONCE) {
                packed[(i / GROUP * width + column) * GROUP + i % GROUP] = weight(j, i);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernels::{GROUP, int8_offset, packed_offset},
        testing::random_signal,
        to_vec,
    };

    #[test]
    fn a_matrix_packed_on_all_cores_is_the_same_as_one_packed_in_pieces() {
        let (outputs, inputs) = (1_000, 200);
        let weights = to_vec(random_signal(3, [outputs, inputs]));
        let packed = Buffer::packed::<1>([outputs, inputs], |j, i| weights[j * inputs + i]);
        for j in 0..outputs {
            for i in 0..inputs {
                let at = packed_offset(outputs, inputs, j, i);
                let expected = weights[j * inputs + i];
                assert_eq!(packed.as_slice()[at].to_bits(), expected.to_bits(), "output {j}, input {i}");
            }
        }
    }

    #[test]
    fn groups_of_inputs_lie_together_and_padding_is_zero() {
        let (outputs, inputs) = (100, 7);
        let packed = Buffer::packed::<GROUP>([outputs, inputs], |j, i| (j * inputs + i) as u32 + 1);
        let mut expected = vec![0; 112 * 8];
        for j in 0..outputs {
            for i in 0..inputs {
                expected[int8_offset(outputs, 8, j, i)] = (j * inputs + i) as u32 + 1;
            }
        }
        assert_eq!(packed.as_slice(), expected);
    }
}
