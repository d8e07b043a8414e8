//! Memory for packed weights, and how they are put there. It must not know what is computed with them.

use std::{collections::TryReserveError, marker::PhantomData, ops::Range, sync::Arc};

use bytemuck::Pod;
use memmap2::MmapMut;

use crate::{
    exec::parallel::{Rows, for_each_part},
    kernels::{PANEL_WIDTH, padded_width},
    storage::{
        file_part::FilePart,
        huge_pages::{HUGE_PAGE_BYTES, huge_pages},
    },
};

/// Weights in memory, shared by all clones: large matrices have pages of their own, huge ones where the system has
/// them, or are those of a file.
#[derive(Debug, Clone)]
pub(crate) enum Buffer<T> {
    Small(Arc<Vec<T>>),
    Pages(Arc<MmapMut>, PhantomData<T>),
    File(Arc<FilePart>, PhantomData<T>),
}

/// Floating-point operations of a product that take as long as packing one weight.
const OPERATIONS_TO_PACK: usize = 100;
/// Inputs that are packed for all outputs of a panel before the next ones, so that what is written stays in
/// the cache.
const INPUTS_AT_ONCE: usize = 32;

impl<T: Pod + Send + Sync> Buffer<T> {
    /// The matrix of `weight(j, i)`, panel after panel, `GROUP` inputs of an output at once; on all cores if it is
    /// large. Inputs are padded with zeros to whole groups. An error if there isn't so much memory.
    pub(crate) fn packed<const GROUP: usize>(
        [outputs, inputs]: [usize; 2],
        weight: impl Fn(usize, usize) -> T + Sync,
    ) -> Result<Self, TryReserveError> {
        let padded_inputs = inputs.next_multiple_of(GROUP);
        let panels = Rows {
            count: outputs.div_ceil(PANEL_WIDTH),
            width: PANEL_WIDTH * padded_inputs,
            operations: OPERATIONS_TO_PACK * PANEL_WIDTH * inputs,
            block: 1,
        };
        let pack = |packed: &mut [T]| {
            for_each_part(panels, packed, |part, packed| {
                for (panel, packed) in part.zip(packed.chunks_mut(panels.width.max(1))) {
                    let first = panel * PANEL_WIDTH;
                    let outputs = first..outputs.min(first + PANEL_WIDTH);
                    pack_panel::<T, GROUP>(packed, outputs, inputs, &weight);
                }
            });
        };
        let len = padded_width(outputs) * padded_inputs;
        let bytes = len * size_of::<T>();
        if bytes >= HUGE_PAGE_BYTES
            && let Ok(mut pages) = huge_pages(bytes)
        {
            pack(bytemuck::cast_slice_mut(&mut pages));
            return Ok(Self::Pages(Arc::new(pages), PhantomData));
        }
        let mut elements = Vec::new();
        elements.try_reserve_exact(len)?;
        elements.resize(len, T::zeroed());
        pack(&mut elements);
        Ok(Self::Small(Arc::new(elements)))
    }

    /// A copy of `len` elements, if these bytes are as many.
    pub(crate) fn copied(bytes: &[u8], len: usize) -> Option<Self> {
        if len.checked_mul(size_of::<T>()) != Some(bytes.len()) {
            return None;
        }
        if bytes.len() >= HUGE_PAGE_BYTES
            && let Ok(mut pages) = huge_pages(bytes.len())
        {
            pages.copy_from_slice(bytes);
            return Some(Self::Pages(Arc::new(pages), PhantomData));
        }
        let mut elements = vec![T::zeroed(); len];
        bytemuck::cast_slice_mut(&mut elements).copy_from_slice(bytes);
        Some(Self::Small(Arc::new(elements)))
    }

    /// The elements in a part of a file, if as many as these are there and can be read in place.
    pub(crate) fn in_file(part: Arc<FilePart>, len: usize) -> Option<Self> {
        let elements: &[T] = bytemuck::try_cast_slice(part.bytes()).ok()?;
        (elements.len() == len).then(|| Self::File(part, PhantomData))
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::Small(elements) => elements,
            Self::Pages(pages, _) => bytemuck::cast_slice(pages),
            // Copies begin with a page, which suits all elements.
            Self::File(part, _) => bytemuck::cast_slice(part.bytes()),
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
        random_numbers::random,
    };

    #[test]
    fn a_matrix_packed_on_all_cores_is_the_same_as_one_packed_in_pieces() {
        let (outputs, inputs) = (1_000, 200);
        let weights = random(3, outputs * inputs);
        let packed = Buffer::packed::<1>([outputs, inputs], |j, i| weights[j * inputs + i]).unwrap();
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
        let packed = Buffer::packed::<GROUP>([outputs, inputs], |j, i| (j * inputs + i) as u32 + 1).unwrap();
        let mut expected = vec![0; 112 * 8];
        for j in 0..outputs {
            for i in 0..inputs {
                expected[int8_offset(outputs, 8, j, i)] = (j * inputs + i) as u32 + 1;
            }
        }
        assert_eq!(packed.as_slice(), expected);
    }
    #[test]
    fn a_matrix_that_no_memory_holds_is_an_error() {
        assert!(Buffer::packed::<1>([1 << 20, 1 << 38], |_, _| 0.0_f32).is_err());
    }
}
