//! Any number of rows times one panel of weights, blocked for the cache and for registers.
//!
//! The panel is cut into slices of inputs that stay in the first-level cache while all rows are multiplied with them.
//! The rows are cut into tiles whose sums stay in registers.

use std::ops::Range;

use super::{
    operands::{Element, Gemm},
    sums::{start_sums, store_sums},
};
use crate::kernels::{
    prefetch::{MIN_PREFETCH_ROWS, NextPanel, Prefetcher},
    simd::operations::Simd,
};

/// Rows of a tile.
const TILE_ROWS: usize = 6;
/// Rows of a tile at most half as wide as registers allow, which leaves registers for more rows.
const NARROW_TILE_ROWS: usize = 12;
/// Bytes of a panel that all rows are multiplied with before the next ones. They leave room for the rows in a
/// first-level cache of 32 KB.
const SLICE_BYTES: usize = 20 << 10;

/// A panel of a product.
#[derive(Clone, Copy)]
pub(crate) struct Panel<E> {
    /// Its weights, `[k][width]`.
    pub(crate) weights: *const E,
    /// Its first output.
    pub(crate) first: usize,
    /// Its width.
    pub(crate) width: usize,
}

/// Some columns of a panel, and a slice of its inputs.
#[derive(Clone)]
struct Strip<E> {
    /// The first input's weights.
    weights: *const E,
    /// Elements from the weights of one input to the weights of the next.
    weights_stride: usize,
    /// The first output.
    first: usize,
    inputs: Range<usize>,
}

/// Computes the outputs of one panel, and prefetches the next one. For the constants, see [`run`](super::float::run).
///
/// # Safety
///
/// `gemm` is checked, and the panel is one of its weights.
#[inline(always)]
pub(crate) unsafe fn multiply<
    S: Simd,
    E: Element,
    const SINGLE: usize,
    const FEW: usize,
    const WIDE: usize,
    const NARROW: usize,
>(
    simd: S,
    gemm: &mut Gemm<'_>,
    panel: Panel<E>,
    mut next_panel: NextPanel,
) {
    let step_bytes = panel.width * size_of::<E>();
    // Few rows are one tile or two, which gain nothing from slices.
    let slice = if gemm.rows > TILE_ROWS { SLICE_BYTES / step_bytes } else { gemm.k };
    let mut inputs = 0..0;
    loop {
        inputs.end = gemm.k.min(inputs.start + slice);
        // SAFETY: the caller guarantees the panel, and these are inputs of it.
        unsafe {
            multiply_slice::<S, E, SINGLE, FEW, WIDE, NARROW>(
                simd,
                gemm,
                panel,
                inputs.clone(),
                &mut next_panel,
            );
        }
        if inputs.end == gemm.k {
            return;
        }
        inputs.start = inputs.end;
    }
}

/// Adds the products of a slice of inputs to the outputs of a panel.
///
/// # Safety
///
/// As for [`multiply`]; the inputs are the product's.
#[inline(always)]
unsafe fn multiply_slice<
    S: Simd,
    E: Element,
    const SINGLE: usize,
    const FEW: usize,
    const WIDE: usize,
    const NARROW: usize,
>(
    simd: S,
    gemm: &mut Gemm<'_>,
    panel: Panel<E>,
    inputs: Range<usize>,
    next_panel: &mut NextPanel,
) {
    let mut column = 0;
    while column < panel.width {
        let left = panel.width - column;
        let strip = Strip {
            weights: panel.weights.wrapping_add(inputs.start * panel.width + column),
            weights_stride: panel.width,
            first: panel.first + column,
            inputs: inputs.clone(),
        };
        // SAFETY: the columns lie inside the panel, as its width is a multiple of a vector's.
        unsafe {
            if gemm.rows < 2 && left >= SINGLE * S::LANES {
                multiply_strip::<S, E, SINGLE, WIDE>(simd, &strip, gemm, next_panel);
                column += SINGLE * S::LANES;
            } else if gemm.rows < 4 && left >= FEW * S::LANES {
                multiply_strip::<S, E, FEW, WIDE>(simd, &strip, gemm, next_panel);
                column += FEW * S::LANES;
            } else if left >= WIDE * S::LANES {
                multiply_strip::<S, E, WIDE, WIDE>(simd, &strip, gemm, next_panel);
                column += WIDE * S::LANES;
            } else if NARROW < 2 && left >= 2 * S::LANES {
                multiply_strip::<S, E, 2, WIDE>(simd, &strip, gemm, next_panel);
                column += 2 * S::LANES;
            } else {
                multiply_strip::<S, E, NARROW, WIDE>(simd, &strip, gemm, next_panel);
                column += NARROW * S::LANES;
            }
        }
    }
}

/// All rows of a strip of `C` vectors of outputs. Registers hold the sums of [`TILE_ROWS`] rows of `WIDE` vectors.
///
/// # Safety
///
/// As for [`multiply_slice`]; the strip's outputs lie inside the panel.
#[inline(always)]
unsafe fn multiply_strip<S: Simd, E: Element, const C: usize, const WIDE: usize>(
    simd: S,
    strip: &Strip<E>,
    gemm: &mut Gemm<'_>,
    next_panel: &mut NextPanel,
) {
    let mut row = 0;
    while row < gemm.rows {
        let left = gemm.rows - row;
        // SAFETY: no more rows than are left, of outputs that the caller guarantees.
        row += unsafe {
            if left >= NARROW_TILE_ROWS && C * NARROW_TILE_ROWS <= WIDE * TILE_ROWS {
                multiply_tile::<S, E, C, NARROW_TILE_ROWS>(simd, strip, gemm, row, next_panel)
            } else if left >= TILE_ROWS && C <= WIDE {
                multiply_tile::<S, E, C, TILE_ROWS>(simd, strip, gemm, row, next_panel)
            } else if left >= 4 && C <= 4 {
                multiply_tile::<S, E, C, 4>(simd, strip, gemm, row, next_panel)
            } else if left >= 2 && C <= 8 {
                multiply_tile::<S, E, C, 2>(simd, strip, gemm, row, next_panel)
            } else {
                multiply_tile::<S, E, C, 1>(simd, strip, gemm, row, next_panel)
            }
        };
    }
}

/// A tile of `R` rows of `C` vectors of outputs, kept in registers. Returns `R`.
///
/// # Safety
///
/// As for [`multiply_strip`]; the rows are the product's.
#[inline(always)]
unsafe fn multiply_tile<S: Simd, E: Element, const C: usize, const R: usize>(
    simd: S,
    strip: &Strip<E>,
    gemm: &mut Gemm<'_>,
    row: usize,
    next_panel: &mut NextPanel,
) -> usize {
    let prefetcher = if R < MIN_PREFETCH_ROWS {
        Prefetcher::none()
    } else {
        Prefetcher::new(next_panel, strip.inputs.len())
    };
    // SAFETY: the caller guarantees the strip and the rows.
    unsafe {
        let activations = Activations {
            first: gemm.input.as_ptr().add(row * gemm.input_stride),
            stride: gemm.input_stride,
        };
        let sums = start_sums::<S, C, R>(simd, gemm, [row, strip.first], strip.inputs.start == 0);
        let sums = add_products::<S, E, C, R>(simd, strip, activations, prefetcher, sums);
        store_sums(simd, gemm, [row, strip.first], &sums);
    }
    R
}

/// The rows of a tile.
#[derive(Clone, Copy)]
struct Activations {
    first: *const f32,
    /// Elements from one row to the next.
    stride: usize,
}

/// Adds the products of `R` rows with the weights of `C` vectors of outputs. Prefetches the next
/// panel meanwhile.
///
/// # Safety
///
/// Weights and activations reach as far as [`Gemm::check`] found.
#[inline(always)]
unsafe fn add_products<S: Simd, E: Element, const C: usize, const R: usize>(
    simd: S,
    strip: &Strip<E>,
    activations: Activations,
    mut prefetcher: Prefetcher,
    mut sums: [[S::V; C]; R],
) -> [[S::V; C]; R] {
    let mut weights = strip.weights;
    // Three rows share a pointer: address modes reach the others by once and twice the stride.
    let mut inputs: [*const f32; NARROW_TILE_ROWS / 3] = std::array::from_fn(|group| {
        let row = (3 * group).wrapping_mul(activations.stride);
        activations.first.wrapping_add(strip.inputs.start).wrapping_add(row)
    });
    let offsets = [0, activations.stride, activations.stride.wrapping_mul(2)];
    for _ in strip.inputs.clone() {
        if R >= MIN_PREFETCH_ROWS {
            prefetcher.step(simd);
        }
        // SAFETY: the caller guarantees the weights and activations of each input.
        unsafe {
            if R == 1 {
                // Each vector of weights is used once, so none has to stay in a register.
                let x = simd.splat(*inputs[0]);
                for (c, sum) in sums[0].iter_mut().enumerate() {
                    *sum = simd.mul_add(E::load(simd, weights.add(c * S::LANES)), x, *sum);
                }
            } else {
                let mut columns = [simd.splat(0.0); C];
                for (c, column) in columns.iter_mut().enumerate() {
                    *column = E::load(simd, weights.add(c * S::LANES));
                }
                for (r, sum) in sums.iter_mut().enumerate() {
                    let x = simd.splat(*inputs[r / 3].wrapping_add(offsets[r % 3]));
                    for c in 0..C {
                        sum[c] = simd.mul_add(columns[c], x, sum[c]);
                    }
                }
            }
        }
        for input in &mut inputs {
            *input = input.wrapping_add(1);
        }
        weights = weights.wrapping_add(strip.weights_stride);
    }
    sums
}
