//! The walk of a product over a panel of weights: pieces of its inputs that stay in the cache, blocks of rows for each.

use std::ops::Range;

use super::{
    operands::{Element, Gemm},
    sums::{begin, store},
};
use crate::{
    exec::overlap::wait_for,
    kernels::{
        prefetch::{NextPanel, ROWS_TO_ASK, Requests, steps_per_chunk},
        simd::operations::Simd,
    },
};

/// Rows that share one pass over a panel.
const ROWS: usize = 6;
/// Those of a tile of at most half as many vectors as registers are for, which leaves some for more rows.
const MANY_ROWS: usize = 12;
/// Bytes of a panel that all blocks of rows are multiplied with before the next: they leave room in the cache's first
/// level, of 32 KB or more, for the rows.
const KEPT_BYTES: usize = 20 << 10;

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

/// Some vectors of a panel's outputs, and the inputs that are multiplied for them.
#[derive(Clone)]
struct Tile<E> {
    /// The first input's weights.
    weights: *const E,
    /// Elements from the weights of one input to those of the next.
    weights_stride: usize,
    /// The first output.
    first: usize,
    inputs: Range<usize>,
}

/// Computes the outputs of one panel, and asks for the next meanwhile.
///
/// # Safety
///
/// `gemm` is checked, and the panel is one of its weights.
#[inline(always)]
pub(crate) unsafe fn multiply<
    S: Simd,
    E: Element,
    const SINGLE: usize,
    const WIDE: usize,
    const NARROW: usize,
>(
    simd: S,
    gemm: &mut Gemm<'_>,
    panel: Panel<E>,
    mut next_panel: NextPanel,
) {
    let step_bytes = panel.width * size_of::<E>();
    let chunk = steps_per_chunk(step_bytes);
    // Few rows are a block or two, which gain nothing by smaller pieces.
    let kept = if gemm.rows > ROWS { KEPT_BYTES / step_bytes } else { chunk };
    // Of whole pieces, so that none is small but the last.
    let chunk = chunk.next_multiple_of(kept);
    let mut inputs = 0..0;
    let mut waited_for = 0;
    loop {
        if inputs.start == waited_for {
            waited_for = gemm.k.min(waited_for + chunk);
            wait_for(
                panel.weights.wrapping_add(inputs.start * panel.width),
                (waited_for - inputs.start) * step_bytes,
            );
        }
        inputs.end = waited_for.min(inputs.start + kept);
        // SAFETY: the caller vouches for the panel, and these are inputs of it.
        unsafe { columns::<S, E, SINGLE, WIDE, NARROW>(simd, gemm, panel, inputs.clone(), &mut next_panel) };
        if inputs.end == gemm.k {
            return;
        }
        inputs.start = inputs.end;
    }
}

/// Adds the products of some inputs to the outputs of a panel.
///
/// # Safety
///
/// As for [`multiply`]; the inputs are the product's.
#[inline(always)]
unsafe fn columns<S: Simd, E: Element, const SINGLE: usize, const WIDE: usize, const NARROW: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    panel: Panel<E>,
    inputs: Range<usize>,
    next_panel: &mut NextPanel,
) {
    let mut column = 0;
    while column < panel.width {
        let left = panel.width - column;
        let tile = Tile {
            weights: panel.weights.wrapping_add(inputs.start * panel.width + column),
            weights_stride: panel.width,
            first: panel.first + column,
            inputs: inputs.clone(),
        };
        // SAFETY: the columns lie inside the panel, as the panel's width is whole vectors.
        unsafe {
            if gemm.rows < 2 && left >= SINGLE * S::LANES {
                rows::<S, E, SINGLE, WIDE>(simd, &tile, gemm, next_panel);
                column += SINGLE * S::LANES;
            } else if left >= WIDE * S::LANES {
                rows::<S, E, WIDE, WIDE>(simd, &tile, gemm, next_panel);
                column += WIDE * S::LANES;
            } else if NARROW < 2 && left >= 2 * S::LANES {
                rows::<S, E, 2, WIDE>(simd, &tile, gemm, next_panel);
                column += 2 * S::LANES;
            } else {
                rows::<S, E, NARROW, WIDE>(simd, &tile, gemm, next_panel);
                column += NARROW * S::LANES;
            }
        }
    }
}

/// All rows of a tile of `C` vectors of outputs, where there are registers for [`ROWS`] of `WIDE`.
///
/// # Safety
///
/// As for [`columns`]; the tile's outputs lie inside the panel.
#[inline(always)]
unsafe fn rows<S: Simd, E: Element, const C: usize, const WIDE: usize>(
    simd: S,
    tile: &Tile<E>,
    gemm: &mut Gemm<'_>,
    next_panel: &mut NextPanel,
) {
    let mut row = 0;
    while row < gemm.rows {
        let left = gemm.rows - row;
        // SAFETY: as many rows as are left, of outputs that the caller vouches for.
        row += unsafe {
            if left >= MANY_ROWS && C * MANY_ROWS <= WIDE * ROWS {
                block::<S, E, C, MANY_ROWS>(simd, tile, gemm, row, next_panel)
            } else if left >= ROWS && C <= WIDE {
                block::<S, E, C, ROWS>(simd, tile, gemm, row, next_panel)
            } else if left >= 4 && C <= 4 {
                block::<S, E, C, 4>(simd, tile, gemm, row, next_panel)
            } else if left >= 2 && C <= 8 {
                block::<S, E, C, 2>(simd, tile, gemm, row, next_panel)
            } else {
                block::<S, E, C, 1>(simd, tile, gemm, row, next_panel)
            }
        };
    }
}

/// `R` rows of `C` vectors of outputs, kept in registers; returns `R`.
///
/// # Safety
///
/// As for [`rows`]; the rows are the product's.
#[inline(always)]
unsafe fn block<S: Simd, E: Element, const C: usize, const R: usize>(
    simd: S,
    tile: &Tile<E>,
    gemm: &mut Gemm<'_>,
    row: usize,
    next_panel: &mut NextPanel,
) -> usize {
    let requests =
        if R < ROWS_TO_ASK { Requests::none() } else { Requests::new(next_panel, tile.inputs.len()) };
    // SAFETY: the caller vouches for the tile and the rows.
    unsafe {
        let rows =
            Rows { first: gemm.input.as_ptr().add(row * gemm.input_stride), stride: gemm.input_stride };
        let sums = begin::<S, C, R>(simd, gemm, [row, tile.first], tile.inputs.start == 0);
        let sums = if requests.are_for_others() {
            add::<S, E, C, R, true>(simd, tile, rows, requests, sums)
        } else {
            add::<S, E, C, R, false>(simd, tile, rows, requests, sums)
        };
        store(simd, gemm, [row, tile.first], &sums);
    }
    R
}

/// Activations.
#[derive(Clone, Copy)]
struct Rows {
    first: *const f32,
    /// Elements from one row to the next.
    stride: usize,
}

/// Adds the products of `R` rows with the weights of `C` vectors of outputs; asks for others meanwhile if it shall.
///
/// # Safety
///
/// Weights and activations reach as far as [`Gemm::check`] found.
#[inline(always)]
unsafe fn add<S: Simd, E: Element, const C: usize, const R: usize, const OTHERS: bool>(
    simd: S,
    tile: &Tile<E>,
    rows: Rows,
    mut requests: Requests,
    mut sums: [[S::V; C]; R],
) -> [[S::V; C]; R] {
    let mut weights = tile.weights;
    // Three rows share a pointer: addresses reach the others by once and twice the stride.
    let mut inputs: [*const f32; MANY_ROWS / 3] = std::array::from_fn(|group| {
        rows.first.wrapping_add(tile.inputs.start).wrapping_add((3 * group).wrapping_mul(rows.stride))
    });
    let places = [0, rows.stride, rows.stride.wrapping_mul(2)];
    for _ in tile.inputs.clone() {
        if R >= ROWS_TO_ASK {
            requests.send::<S, OTHERS>(simd);
        }
        // SAFETY: the caller vouches for the weights and activations of each input.
        unsafe {
            if R == 1 {
                // Each vector of weights is used once, so that none waits in a register.
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
                    let x = simd.splat(*inputs[r / 3].wrapping_add(places[r % 3]));
                    for c in 0..C {
                        sum[c] = simd.mul_add(columns[c], x, sum[c]);
                    }
                }
            }
        }
        for input in &mut inputs {
            *input = input.wrapping_add(1);
        }
        weights = weights.wrapping_add(tile.weights_stride);
    }
    sums
}
