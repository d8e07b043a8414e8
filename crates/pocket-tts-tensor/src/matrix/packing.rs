//! Packs weights into memory. This module must not know what is computed with them.

use std::{collections::TryReserveError, marker::PhantomData, ops::Range, sync::Arc};

use bytemuck::Pod;

use crate::{
    exec::parallel::{RowSplit, for_each_part},
    kernels::{PANEL_WIDTH, padded_width},
    storage::{
        file_part::FilePart,
        huge_pages::{HUGE_PAGE_BYTES, HugePages},
    },
};

/// Packed weights in memory. Clones share them.
#[derive(Debug, Clone)]
pub(crate) enum WeightBuffer<T> {
    /// In the heap.
    Small(Arc<Vec<T>>),
    /// In pages of their own, huge ones if the system has them.
    Pages(Arc<HugePages>, PhantomData<T>),
    /// In a file.
    File(Arc<FilePart>, PhantomData<T>),
}

/// The panels of a packed matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panels {
    /// Outputs of the matrix.
    pub(crate) outputs: usize,
    /// Elements of a full panel.
    pub(crate) len: usize,
    /// Elements of all panels.
    pub(crate) total: usize,
    /// Floating-point operations of a product that take as long as packing a panel.
    pub(crate) operations: usize,
}

/// Floating-point operations of a product that take as long as packing one weight.
const OPERATIONS_PER_PACKED_WEIGHT: usize = 100;
/// Floating-point operations of a product that take as long as reading one weight to find its output's scale.
const OPERATIONS_PER_SCALED_WEIGHT: usize = 40;
/// Inputs that are packed for all outputs of a panel before the next ones, so that writes stay in the cache.
const PACKED_INPUTS: usize = 32;

impl<T: Pod + Send + Sync> WeightBuffer<T> {
    /// Packs the matrix of `weight(j, i)` in groups of `GROUP` inputs, on all cores if it is large. Inputs are padded
    /// with zeros to whole groups.
    ///
    /// # Errors
    ///
    /// If memory is short.
    pub(crate) fn packed<const GROUP: usize>(
        [outputs, inputs]: [usize; 2],
        weight: impl Fn(usize, usize) -> T + Sync,
    ) -> Result<Self, TryReserveError> {
        let padded_inputs = inputs.next_multiple_of(GROUP);
        let panels = Panels {
            outputs,
            len: PANEL_WIDTH * padded_inputs,
            total: padded_width(outputs) * padded_inputs,
            operations: OPERATIONS_PER_PACKED_WEIGHT * PANEL_WIDTH * inputs,
        };
        Self::filled(panels, |packed, outputs| {
            pack_panel::<T, GROUP>(packed, outputs, inputs, &weight);
        })
    }

    /// Calls `pack` with the elements of each panel, which are zeros, and its outputs, on all cores if there is much to do.
    ///
    /// # Errors
    ///
    /// If memory is short.
    pub(crate) fn filled(
        panels: Panels,
        pack: impl Fn(&mut [T], Range<usize>) + Sync,
    ) -> Result<Self, TryReserveError> {
        let split = RowSplit {
            rows: panels.outputs.div_ceil(PANEL_WIDTH),
            width: panels.len,
            operations: panels.operations,
            granularity: 1,
        };
        let pack = |packed: &mut [T]| {
            for_each_part(split, packed, |part, packed| {
                for (panel, packed) in part.zip(packed.chunks_mut(split.width.max(1))) {
                    let first = panel * PANEL_WIDTH;
                    pack(packed, first..panels.outputs.min(first + PANEL_WIDTH));
                }
            });
        };
        let bytes = panels.total * size_of::<T>();
        if bytes >= HUGE_PAGE_BYTES
            && let Ok(mut pages) = HugePages::new(bytes)
        {
            pack(bytemuck::cast_slice_mut(&mut pages));
            return Ok(Self::Pages(Arc::new(pages), PhantomData));
        }
        let mut elements = Vec::new();
        elements.try_reserve_exact(panels.total)?;
        elements.resize(panels.total, T::zeroed());
        pack(&mut elements);
        Ok(Self::Small(Arc::new(elements)))
    }

    /// A copy of `bytes`, if they are `len` elements.
    pub(crate) fn copied(bytes: &[u8], len: usize) -> Option<Self> {
        if len.checked_mul(size_of::<T>()) != Some(bytes.len()) {
            return None;
        }
        if bytes.len() >= HUGE_PAGE_BYTES
            && let Ok(mut pages) = HugePages::new(bytes.len())
        {
            pages.copy_from_slice(bytes);
            return Some(Self::Pages(Arc::new(pages), PhantomData));
        }
        let mut elements = vec![T::zeroed(); len];
        bytemuck::cast_slice_mut(&mut elements).copy_from_slice(bytes);
        Some(Self::Small(Arc::new(elements)))
    }

    /// The elements of a part of a file, if there are `len` of them, aligned for reading in place.
    pub(crate) fn in_file(part: Arc<FilePart>, len: usize) -> Option<Self> {
        let elements: &[T] = bytemuck::try_cast_slice(part.bytes()).ok()?;
        (elements.len() == len).then(|| Self::File(part, PhantomData))
    }

    /// Leaves the elements in their file, if they are in one.
    pub(crate) fn stay_in_file(&self) {
        if let Self::File(part, _) = self {
            part.stay();
        }
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::Small(elements) => elements,
            Self::Pages(pages, _) => bytemuck::cast_slice(pages),
            // A copy starts at a page, which is aligned for all elements.
            Self::File(part, _) => bytemuck::cast_slice(part.bytes()),
        }
    }
}

/// A number for each output, computed from its weights on all cores if there are many. Padded with zeros as the weights
/// are.
pub(crate) fn number_per_output<T: Pod + Send>(
    [outputs, inputs]: [usize; 2],
    number: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let mut numbers = vec![T::zeroed(); padded_width(outputs)];
    let each = RowSplit {
        rows: outputs,
        width: 1,
        operations: OPERATIONS_PER_SCALED_WEIGHT * inputs,
        granularity: 1,
    };
    for_each_part(each, &mut numbers[..outputs], |part, numbers| {
        for (output, result) in part.zip(numbers) {
            *result = number(output);
        }
    });
    numbers
}

/// The inverse of each scale. An output without weights has the scale 0, and only zeros to be scaled.
pub(crate) fn inverse_scales(scales: &[f32]) -> Vec<f32> {
    scales.iter().map(|scale| if *scale > 0.0 { 1.0 / scale } else { 0.0 }).collect()
}

/// Packs the outputs of one panel.
fn pack_panel<T, const GROUP: usize>(
    packed: &mut [T],
    outputs: Range<usize>,
    inputs: usize,
    weight: impl Fn(usize, usize) -> T,
) {
    let width = packed.len() / inputs.next_multiple_of(GROUP).max(1);
    for first in (0..inputs).step_by(PACKED_INPUTS) {
        for (column, j) in outputs.clone().enumerate() {
            for i in first..inputs.min(first + PACKED_INPUTS) {
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
    fn every_weight_is_packed_where_its_offset_says() {
        let (outputs, inputs) = (1_000, 200);
        let weights = random(3, outputs * inputs);
        let packed = WeightBuffer::packed::<1>([outputs, inputs], |j, i| weights[j * inputs + i]).unwrap();
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
        let packed =
            WeightBuffer::packed::<GROUP>([outputs, inputs], |j, i| (j * inputs + i) as u32 + 1).unwrap();
        let mut expected = vec![0; 112 * 8];
        for j in 0..outputs {
            for i in 0..inputs {
                expected[int8_offset(outputs, 8, j, i)] = (j * inputs + i) as u32 + 1;
            }
        }
        assert_eq!(packed.as_slice(), expected);
    }

    #[test]
    fn a_matrix_larger_than_memory_is_an_error() {
        assert!(WeightBuffer::packed::<1>([1 << 20, 1 << 38], |_, _| 0.0_f32).is_err());
    }
}
