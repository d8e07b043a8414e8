//! Few rows times two panels of weights side by side: memory gives two streams faster than one.
//!
//! Registers hold the sums of a few rows only. The first of them read a piece of both panels from memory, the others
//! find it in the cache and ask for the next piece meanwhile. Only AVX-512 has registers for this.
//!
//! These products ask for nothing for a reader by turns: they are as short of memory as it is.

use std::ops::Range;

use super::{
    layout::PANEL_WIDTH,
    operands::{Element, Gemm},
    sums::{begin, store},
};
use crate::{
    exec::overlap::wait_for,
    kernels::{
        prefetch::{CACHE_LINE_BYTES, steps_per_chunk},
        simd::operations::Simd,
    },
};

/// Most rows: with more there is so much to compute that the next panel is better asked for meanwhile.
pub(crate) const FEW_ROWS: usize = 12;
/// Panels that are read side by side.
pub(crate) const PANELS: usize = 2;
/// Most rows whose sums are in registers.
pub(crate) const ROWS: usize = 3;
/// Up to so many rows go by twos: then more of them ask while they compute.
const ROWS_BY_TWO: usize = 8;
/// Inputs whose weights stay in the cache's first level while all rows are multiplied with them: 16 KB in `f32`.
const INPUTS_AT_ONCE: usize = 32;

/// Two panels of a product.
#[derive(Clone, Copy)]
pub(crate) struct Pair<E> {
    /// The weights of each, `[k][PANEL_WIDTH]`.
    pub(crate) weights: [*const E; PANELS],
    /// The first output.
    pub(crate) first: usize,
    /// Whether another pair is read after it.
    pub(crate) has_next: bool,
}

/// Some inputs' weights of both panels.
struct Piece {
    inputs: Range<usize>,
    /// What is read after them of each panel, as far as it isn't asked for yet.
    next: [*const u8; PANELS],
    /// How much that is, of each.
    next_bytes: usize,
}

impl Piece {
    /// That of a pair, whose panels have so many inputs.
    fn new<E>(pair: &Pair<E>, inputs: Range<usize>, k: usize) -> Self {
        let (next, left) = match k - inputs.end {
            0 if pair.has_next => (PANELS * k, k),
            left => (inputs.end, left),
        };
        Self {
            inputs,
            next: pair.weights.map(|weights| weights.wrapping_add(next * PANEL_WIDTH).cast()),
            next_bytes: left.min(INPUTS_AT_ONCE) * PANEL_WIDTH * size_of::<E>(),
        }
    }

    /// Where a pass begins to ask, and how many bytes further it goes with each input: nothing if it shall not.
    fn requests(&mut self) -> ([*const u8; PANELS], usize) {
        let from = self.next;
        let step = if self.next_bytes > 0 { CACHE_LINE_BYTES } else { 0 };
        let bytes = step * self.inputs.len();
        self.next = from.map(|next| next.wrapping_add(bytes));
        self.next_bytes = self.next_bytes.saturating_sub(bytes);
        (from, step)
    }
}

/// Computes the outputs of two whole panels, `C` vectors each.
///
/// # Safety
///
/// `gemm` is checked, the panels are whole ones of its weights, and `C` vectors are as wide as a panel.
#[inline(always)]
pub(crate) unsafe fn multiply<S: Simd, E: Element, const C: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    pair: Pair<E>,
) {
    let step_bytes = PANEL_WIDTH * size_of::<E>();
    let by_two = gemm.rows <= ROWS_BY_TWO;
    let mut waited_for = 0;
    let mut start = 0;
    while start < gemm.k {
        if start == waited_for {
            waited_for = gemm.k.min(start + steps_per_chunk(PANELS * step_bytes));
            for weights in pair.weights {
                wait_for(weights.wrapping_add(start * PANEL_WIDTH), (waited_for - start) * step_bytes);
            }
        }
        let inputs = start..waited_for.min(start + INPUTS_AT_ONCE);
        start = inputs.end;
        let mut piece = Piece::new(&pair, inputs, gemm.k);
        let mut row = 0;
        while row < gemm.rows {
            // SAFETY: the caller vouches for the panels, and the inputs and rows are theirs.
            unsafe {
                row += match gemm.rows - row {
                    1 => pass::<S, E, C, 1>(simd, gemm, pair, row, &mut piece),
                    left if by_two || left == 2 || left == 4 => {
                        pass::<S, E, C, 2>(simd, gemm, pair, row, &mut piece)
                    }
                    _ => pass::<S, E, C, ROWS>(simd, gemm, pair, row, &mut piece),
                };
            }
        }
    }
}

/// Adds the products of a piece's inputs of `R` rows to the outputs of both panels; returns `R`.
///
/// # Safety
///
/// As for [`multiply`]; the inputs and the rows are the product's.
#[inline(always)]
unsafe fn pass<S: Simd, E: Element, const C: usize, const R: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    pair: Pair<E>,
    row: usize,
    piece: &mut Piece,
) -> usize {
    let first = pair.first;
    let is_first = piece.inputs.start == 0;
    // The first pass reads from memory as fast as it can.
    let (mut asked, asked_step) =
        if row == 0 { (pair.weights.map(<*const E>::cast), 0) } else { piece.requests() };
    // SAFETY: the caller vouches for all that is read and written.
    unsafe {
        let mut sums = [
            begin::<S, C, R>(simd, gemm, [row, first], is_first),
            begin::<S, C, R>(simd, gemm, [row, first + PANEL_WIDTH], is_first),
        ];
        let mut weights = pair.weights.map(|weights| weights.add(piece.inputs.start * PANEL_WIDTH));
        let input = gemm.input.as_ptr().add(row * gemm.input_stride);
        for i in piece.inputs.clone() {
            for p in 0..PANELS {
                simd.prefetch_outer(asked[p]);
                asked[p] = asked[p].wrapping_add(asked_step);
                let mut columns = [simd.splat(0.0); C];
                for (c, column) in columns.iter_mut().enumerate() {
                    *column = E::load(simd, weights[p].add(c * S::LANES));
                }
                for (r, sums) in sums[p].iter_mut().enumerate() {
                    // `check` computed a larger one without wrapping.
                    let at = r.wrapping_mul(gemm.input_stride).wrapping_add(i);
                    let x = simd.splat(*input.add(at));
                    for c in 0..C {
                        sums[c] = simd.mul_add(columns[c], x, sums[c]);
                    }
                }
                weights[p] = weights[p].add(PANEL_WIDTH);
            }
        }
        store(simd, gemm, [row, first], &sums[0]);
        store(simd, gemm, [row, first + PANEL_WIDTH], &sums[1]);
    }
    R
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_ask_for_the_next_piece_and_after_the_last_for_the_next_pair() {
        let k = 40;
        let weights = vec![0.0_f32; 2 * PANELS * PANEL_WIDTH * k];
        let start = weights.as_ptr();
        let pair =
            |has_next| Pair { weights: [start, start.wrapping_add(PANEL_WIDTH * k)], first: 0, has_next };
        let place = |asked: *const u8| (asked.addr() - start.addr()) / size_of::<f32>() / PANEL_WIDTH;
        let requests = |piece: &mut Piece| {
            let (from, step) = piece.requests();
            (from.map(place), step)
        };
        // Of the eight inputs that are left, 32 lines, one pass asks for all.
        let mut piece = Piece::new(&pair(true), 0..32, k);
        assert_eq!(requests(&mut piece), ([32, 32 + k], CACHE_LINE_BYTES));
        assert_eq!(requests(&mut piece).1, 0);
        // A pass of so few inputs asks for a quarter of theirs.
        let mut piece = Piece::new(&pair(true), 32..k, k);
        let asked: Vec<_> = (0..3).map(|_| requests(&mut piece)).collect();
        assert_eq!(asked, [0, 2, 4].map(|at| ([2 * k + at, 3 * k + at], CACHE_LINE_BYTES)));
        assert_eq!(Piece::new(&pair(false), 32..k, k).requests().1, 0);
    }
}
