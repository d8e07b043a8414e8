//! The walk of a product of integers over its panels of weights: blocks of rows for each, and of columns for each of
//! those. It must not know the numbers.

use super::layout::{PANEL_WIDTH, padded_width};
use crate::kernels::{
    prefetch::{NextPanel, ROWS_TO_ASK, Requests},
    simd::operations::Simd,
};

/// A product whose outputs are computed block by block.
pub(crate) trait BlockProduct {
    /// Inputs whose weights for one output lie together, which a step multiplies.
    const INPUTS_PER_STEP: usize;
    /// A weight.
    type Weight;

    /// Rows of activations.
    fn rows(&self) -> usize;
    /// Inputs per row.
    fn inputs(&self) -> usize;
    /// Outputs per row.
    fn outputs(&self) -> usize;
    /// Packed weights.
    fn weights(&self) -> &[Self::Weight];

    /// Computes `R` rows of `C` vectors of outputs, and meanwhile asks for others too if it shall.
    ///
    /// # Safety
    ///
    /// The rows and the panel are the product's, and the vectors lie inside the panel.
    unsafe fn block<S: Simd, const C: usize, const R: usize, const OTHERS: bool>(
        &mut self,
        simd: S,
        at: Place,
        requests: Requests,
    );
}

/// Where a block is.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The panel's first output.
    pub(crate) first: usize,
    /// The panel's width.
    pub(crate) width: usize,
    /// The first row.
    pub(crate) row: usize,
    /// The first column, counted from the panel's first output.
    pub(crate) column: usize,
}

/// Computes a product with `SINGLE` vectors of outputs at once for a single row, and `WIDE` for up to `ROWS` rows.
///
/// # Safety
///
/// The product has as much of everything as its sizes say, and room for its outputs.
#[inline(always)]
pub(crate) unsafe fn walk<
    S: Simd,
    P: BlockProduct,
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
            let at = Place { first, width, row, column: 0 };
            // SAFETY: as many rows are left as each takes, and the panel lies inside the padded width.
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

/// `R` rows of a panel's outputs, `C` vectors of them at once while they last; returns `R`.
///
/// # Safety
///
/// The panel and the rows are the product's.
#[inline(always)]
unsafe fn columns<S: Simd, P: BlockProduct, const C: usize, const R: usize>(
    simd: S,
    product: &mut P,
    mut at: Place,
    next: &mut NextPanel,
) -> usize {
    while at.column < at.width {
        // SAFETY: panels are whole vectors wide, and the columns lie inside.
        at.column += unsafe {
            if at.width - at.column >= C * S::LANES {
                block::<S, P, C, R>(simd, product, at, next)
            } else {
                block::<S, P, 1, R>(simd, product, at, next)
            }
        };
    }
    R
}

/// One block and its requests; returns the number of its columns.
///
/// # Safety
///
/// As for [`BlockProduct::block`].
#[inline(always)]
unsafe fn block<S: Simd, P: BlockProduct, const C: usize, const R: usize>(
    simd: S,
    product: &mut P,
    at: Place,
    next: &mut NextPanel,
) -> usize {
    let requests = if R < ROWS_TO_ASK {
        Requests::none()
    } else {
        Requests::new(next, product.inputs() / P::INPUTS_PER_STEP)
    };
    // SAFETY: the caller vouches for the place.
    unsafe {
        if requests.are_for_others() {
            product.block::<S, C, R, true>(simd, at, requests);
        } else {
            product.block::<S, C, R, false>(simd, at, requests);
        }
    }
    C * S::LANES
}

/// What is read after the panel of this place.
fn next_panel<P: BlockProduct>(product: &P, first: usize, width: usize) -> NextPanel {
    let next = first + width;
    let next_width = PANEL_WIDTH.min(padded_width(product.outputs()) - next);
    NextPanel {
        start: product.weights().as_ptr().wrapping_add(next * product.inputs()).cast(),
        bytes: next_width * product.inputs() * size_of::<P::Weight>(),
    }
}
