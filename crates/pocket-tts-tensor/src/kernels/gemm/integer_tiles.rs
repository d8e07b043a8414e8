//! Tiles of a product in integers: the loops over panels, rows and columns. It must not know the arithmetic.

use super::layout::{PANEL_WIDTH, padded_width};
use crate::kernels::{
    prefetch::{MIN_PREFETCH_ROWS, NextPanel, Prefetcher},
    simd::operations::Simd,
};

/// A product whose outputs are computed tile by tile.
pub(crate) trait TiledProduct {
    /// Adjacent inputs of an output that one step multiplies.
    const INPUTS_PER_STEP: usize;
    /// A packed weight.
    type Weight;

    /// Rows of activations.
    fn rows(&self) -> usize;
    /// Inputs per row.
    fn inputs(&self) -> usize;
    /// Outputs per row.
    fn outputs(&self) -> usize;
    /// Packed weights.
    fn weights(&self) -> &[Self::Weight];

    /// Computes a tile of `R` rows of `C` vectors of outputs. Prefetches the next panel meanwhile.
    ///
    /// # Safety
    ///
    /// The rows and the panel are the product's, and the vectors lie inside the panel.
    unsafe fn tile<S: Simd, const C: usize, const R: usize>(
        &mut self,
        simd: S,
        at: TilePosition,
        prefetcher: Prefetcher,
    );
}

/// Where a tile begins.
#[derive(Clone, Copy)]
pub(crate) struct TilePosition {
    /// The panel's first output.
    pub(crate) first: usize,
    /// The panel's width.
    pub(crate) width: usize,
    /// The first row.
    pub(crate) row: usize,
    /// The first column, counted from the panel's first output.
    pub(crate) column: usize,
}

/// Computes a product. Tiles have `SINGLE` vectors of outputs for a single row, and `WIDE` for up to `ROWS` rows.
///
/// # Safety
///
/// The product's slices are as long as its sizes say.
#[inline(always)]
pub(crate) unsafe fn run<
    S: Simd,
    P: TiledProduct,
    const SINGLE: usize,
    const WIDE: usize,
    const ROWS: usize,
>(
    simd: S,
    product: &mut P,
) {
    let padded = padded_width(product.outputs());
    let mut first = 0;
    while first < padded {
        let width = PANEL_WIDTH.min(padded - first);
        let mut next = next_panel(product, first, width);
        let mut row = 0;
        while row < product.rows() {
            let at = TilePosition { first, width, row, column: 0 };
            // SAFETY: no more rows than are left, and the panel lies inside the padded width.
            row += unsafe {
                match product.rows() - row {
                    left if left >= ROWS => columns::<S, P, WIDE, ROWS>(simd, product, at, &mut next),
                    left if ROWS > 4 && left >= 4 => columns::<S, P, WIDE, 4>(simd, product, at, &mut next),
                    left if left >= 2 => columns::<S, P, WIDE, 2>(simd, product, at, &mut next),
                    _ => columns::<S, P, SINGLE, 1>(simd, product, at, &mut next),
                }
            };
        }
        first += width;
    }
}

/// `R` rows of a panel's outputs, in tiles of `C` vectors and then of one. Returns `R`.
///
/// # Safety
///
/// The panel and the rows are the product's.
#[inline(always)]
unsafe fn columns<S: Simd, P: TiledProduct, const C: usize, const R: usize>(
    simd: S,
    product: &mut P,
    mut at: TilePosition,
    next: &mut NextPanel,
) -> usize {
    while at.column < at.width {
        // SAFETY: panels are whole vectors wide, and the columns lie inside.
        at.column += unsafe {
            if at.width - at.column >= C * S::LANES {
                tile::<S, P, C, R>(simd, product, at, next)
            } else {
                tile::<S, P, 1, R>(simd, product, at, next)
            }
        };
    }
    R
}

/// One tile and its prefetches. Returns the number of its columns.
///
/// # Safety
///
/// As for [`TiledProduct::tile`].
#[inline(always)]
unsafe fn tile<S: Simd, P: TiledProduct, const C: usize, const R: usize>(
    simd: S,
    product: &mut P,
    at: TilePosition,
    next: &mut NextPanel,
) -> usize {
    let prefetcher = if R < MIN_PREFETCH_ROWS {
        Prefetcher::none()
    } else {
        Prefetcher::new(next, product.inputs() / P::INPUTS_PER_STEP)
    };
    // SAFETY: the caller guarantees the position.
    unsafe { product.tile::<S, C, R>(simd, at, prefetcher) };
    C * S::LANES
}

/// The panel that is read after the one at output `first`.
fn next_panel<P: TiledProduct>(product: &P, first: usize, width: usize) -> NextPanel {
    let next = first + width;
    let next_width = PANEL_WIDTH.min(padded_width(product.outputs()) - next);
    NextPanel {
        start: product.weights().as_ptr().wrapping_add(next * product.inputs()).cast(),
        bytes: next_width * product.inputs() * size_of::<P::Weight>(),
    }
}
