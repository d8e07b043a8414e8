//! Matrix product of activations in 8 bits with weights in 4.
//!
//! A row of activations and an output's weights are cut into blocks of [`BLOCK`] inputs. A weight is an integer in
//! `0..16` minus [`NIBBLE_OFFSET`], in units of its block's scale, which is an integer in units of the output's scale.
//! An activation is an integer in units of its block's scale. The sum of a block is exact, and blocks are added in `f32` in the order of the inputs, so every instruction set with fused operations gives the same bits.
//! For the layout of the weights, see [`layout`](super::layout).

use super::layout::{BLOCK, GROUP, PANEL_WIDTH, padded_width, q4_bytes};
use crate::kernels::{
    prefetch::{CACHE_LINE_BYTES, MIN_PREFETCH_ROWS},
    simd::nibbles::{MAX_SUMMED_GROUPS, Nibbles},
    sizes::elements,
};

/// What is subtracted from a weight's 4 bits.
pub const NIBBLE_OFFSET: i32 = 8;
/// Groups of inputs in a block.
const GROUPS: usize = BLOCK / GROUP;
const _: () = assert!(GROUPS <= MAX_SUMMED_GROUPS, "the sums of a block don't overflow");
/// A block of quantized activations.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct ActivationBlock {
    /// The activations, in units of the scale.
    pub values: [i8; BLOCK],
    /// The sum of the values, times `-`[`NIBBLE_OFFSET`].
    pub start: i32,
    /// The scale.
    pub scale: f32,
}

/// `output[r] = weights · input[r] + bias` for each row `r`.
#[derive(Debug)]
pub struct Q4Gemm<'a> {
    /// Number of rows.
    pub rows: usize,
    /// Width of a row of activations, a multiple of [`BLOCK`].
    pub k: usize,
    /// Number of outputs per row.
    pub n: usize,
    /// Activations, `[rows, k / BLOCK]`.
    pub input: &'a [ActivationBlock],
    /// Packed weights.
    pub weights: &'a [u8],
    /// The scale of each output's weights, padded with zeros as the weights are.
    pub scales: &'a [f32],
    /// One per output, padded likewise.
    pub bias: &'a [f32],
    /// `[rows, n]`
    pub output: &'a mut [f32],
}

impl Q4Gemm<'_> {
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say.
    pub(crate) fn check(&self) {
        let padded = padded_width(self.n);
        assert!(self.k.is_multiple_of(BLOCK), "whole blocks of inputs");
        assert!(self.weights.len() >= q4_bytes(padded, self.k), "packed weights are too short");
        assert!(self.input.len() >= elements(self.rows, self.k / BLOCK), "activations are too short");
        assert!(self.scales.len() >= padded && self.bias.len() >= padded, "scales or bias are too short");
        assert!(self.output.len() >= elements(self.rows, self.n), "the output is too short");
    }
}

/// Computes a product. Tiles have up to `ROWS` rows and `WIDE` vectors of outputs, and one or two rows have `FEW` vectors.
///
/// # Safety
///
/// `gemm` is checked.
#[inline(always)]
pub(crate) unsafe fn run<S: Nibbles, const FEW: usize, const WIDE: usize, const ROWS: usize>(
    simd: S,
    gemm: &mut Q4Gemm<'_>,
) {
    let padded = padded_width(gemm.n);
    let mut first = 0;
    while first < padded {
        let width = PANEL_WIDTH.min(padded - first);
        // SAFETY: the panel lies inside the padded width.
        unsafe { panel::<S, FEW, WIDE, ROWS>(simd, gemm, first, width) };
        first += width;
    }
}

/// All rows of a panel of `width` outputs from output `first` on.
///
/// # Safety
///
/// `gemm` is checked, and the panel is one of its panels.
#[inline(always)]
unsafe fn panel<S: Nibbles, const FEW: usize, const WIDE: usize, const ROWS: usize>(
    simd: S,
    gemm: &mut Q4Gemm<'_>,
    first: usize,
    width: usize,
) {
    let mut row = 0;
    while row < gemm.rows {
        let at = Tile { first, width, row, column: 0 };
        // SAFETY: no more rows than are left.
        row += unsafe {
            match gemm.rows - row {
                left if left >= ROWS => columns::<S, WIDE, ROWS>(simd, gemm, at),
                left if ROWS > 4 && left >= 4 => columns::<S, WIDE, 4>(simd, gemm, at),
                left if left >= 2 => columns::<S, FEW, 2>(simd, gemm, at),
                _ => columns::<S, FEW, 1>(simd, gemm, at),
            }
        };
    }
}

/// `R` rows of a panel's outputs, in tiles of `C` vectors and then of one. Returns `R`.
///
/// # Safety
///
/// As for [`panel`]; the rows are the product's.
#[inline(always)]
unsafe fn columns<S: Nibbles, const C: usize, const R: usize>(
    simd: S,
    gemm: &mut Q4Gemm<'_>,
    mut at: Tile,
) -> usize {
    while at.column < at.width {
        // SAFETY: panels are whole vectors wide, and the columns lie inside.
        unsafe {
            let is_whole = at.width - at.column >= C * S::LANES;
            if is_whole {
                tile::<S, C, R>(simd, gemm, at);
            } else {
                tile::<S, 1, R>(simd, gemm, at);
            }
            at.column += if is_whole { C * S::LANES } else { S::LANES };
        }
    }
    R
}

/// Where a tile begins.
#[derive(Clone, Copy)]
struct Tile {
    /// The panel's first output.
    first: usize,
    /// The panel's width.
    width: usize,
    /// The first row.
    row: usize,
    /// The first column, counted from the panel's first output.
    column: usize,
}

/// `R` rows times `C` vectors of outputs.
///
/// # Safety
///
/// As for [`columns`]; the vectors lie inside the panel.
#[inline(always)]
unsafe fn tile<S: Nibbles, const C: usize, const R: usize>(simd: S, gemm: &mut Q4Gemm<'_>, at: Tile) {
    let mut sums = [[simd.splat(0.0); C]; R];
    let block_bytes = q4_bytes(at.width, BLOCK);
    // SAFETY: `check` found as many weights and activations as the sizes say.
    unsafe {
        let panel = gemm.weights.as_ptr().wrapping_add(q4_bytes(at.first, gemm.k));
        let next_panel = q4_bytes(at.width, gemm.k);
        let blocks = gemm.k / BLOCK;
        for block in 0..blocks {
            let mut rows = [gemm.input.as_ptr().add(at.row * blocks + block); R];
            for (r, row) in rows.iter_mut().enumerate() {
                *row = row.wrapping_add(r * blocks);
            }
            let weights = NibbleBlock::of(panel.wrapping_add(block * block_bytes), at);
            if R >= MIN_PREFETCH_ROWS && at.row == 0 {
                weights.prefetch::<S, C>(simd, next_panel);
            }
            let products = block_sums::<S, C, R>(simd, weights, &rows);
            for c in 0..C {
                let scale = weights.scale(simd, c);
                for r in 0..R {
                    let product = simd.mul(products[r][c], simd.splat((*rows[r]).scale));
                    sums[r][c] = simd.mul_add(product, scale, sums[r][c]);
                }
            }
        }
        store(simd, gemm, &sums, [at.row, at.first + at.column]);
    }
}

/// The weights of some columns of a block.
#[derive(Clone, Copy)]
struct NibbleBlock {
    first: *const u8,
    /// Bytes from the weights of one pair of groups of inputs to the next.
    stride: usize,
    /// The scale of the first column.
    scales: *const i8,
}

impl NibbleBlock {
    /// The weights from the tile's column on, of the block at `block`.
    #[inline(always)]
    fn of(block: *const u8, at: Tile) -> Self {
        Self {
            first: block.wrapping_add(at.column * GROUP),
            stride: at.width * GROUP,
            scales: block.wrapping_add(BLOCK / 2 * at.width + at.column).cast(),
        }
    }

    /// Prefetches the `C` vectors of columns that lie `distance` bytes behind these.
    #[inline(always)]
    fn prefetch<S: Nibbles, const C: usize>(self, simd: S, distance: usize) {
        let line = |at: *const u8| simd.prefetch_outer(at.wrapping_add(distance));
        for pair in 0..GROUPS / 2 {
            for at in (0..C * S::LANES * GROUP).step_by(CACHE_LINE_BYTES) {
                line(self.first.wrapping_add(pair * self.stride + at));
            }
        }
        line(self.scales.cast());
    }

    /// The scales of the `c`th vector of columns.
    ///
    /// # Safety
    ///
    /// The block has these columns.
    #[inline(always)]
    unsafe fn scale<S: Nibbles>(self, simd: S, c: usize) -> S::V {
        // SAFETY: the caller guarantees the columns.
        unsafe { simd.load_signed_bytes(self.scales.wrapping_add(c * S::LANES)) }
    }
}

/// The exact sums of a block: `R` rows times `C` vectors of outputs.
///
/// # Safety
///
/// The weights are a product's and have `C` vectors of columns; the rows are its rows.
#[inline(always)]
unsafe fn block_sums<S: Nibbles, const C: usize, const R: usize>(
    simd: S,
    weights: NibbleBlock,
    rows: &[*const ActivationBlock; R],
) -> [[S::V; C]; R] {
    let mut sums = [[simd.start_nibble_sums(0); C]; R];
    for r in 0..R {
        // SAFETY: the caller guarantees the activations.
        sums[r] = [simd.start_nibble_sums(unsafe { (*rows[r]).start }); C];
    }
    // SAFETY: the caller guarantees weights and activations.
    unsafe {
        for pair in 0..GROUPS / 2 {
            let from = weights.first.wrapping_add(pair * weights.stride);
            let mut vectors = [simd.load_nibbles(from); C];
            for (c, vector) in vectors.iter_mut().enumerate().skip(1) {
                *vector = simd.load_nibbles(from.wrapping_add(c * S::LANES * GROUP));
            }
            for r in 0..R {
                let values = (&raw const (*rows[r]).values).cast::<i8>().wrapping_add(2 * pair * GROUP);
                let groups =
                    [simd.splat_activations(values), simd.splat_activations(values.wrapping_add(GROUP))];
                for (sum, [first, second]) in sums[r].iter_mut().zip(vectors) {
                    *sum = simd.add_nibble_products(*sum, first, groups[0]);
                    *sum = simd.add_nibble_products(*sum, second, groups[1]);
                }
            }
        }
    }
    let mut numbers = [[simd.splat(0.0); C]; R];
    for r in 0..R {
        for c in 0..C {
            // SAFETY: as above.
            let start = unsafe { (*rows[r]).start };
            numbers[r][c] = simd.nibble_sums_to_numbers(sums[r][c], start);
        }
    }
    numbers
}

/// Scales the sums of a tile, adds the bias, and stores the outputs.
///
/// # Safety
///
/// As for [`tile`]; the sums are the rows' from `row` on and the outputs' from `first` on.
#[inline(always)]
unsafe fn store<S: Nibbles, const C: usize, const R: usize>(
    simd: S,
    gemm: &mut Q4Gemm<'_>,
    sums: &[[S::V; C]; R],
    [row, first]: [usize; 2],
) {
    // Some lanes may lie behind the last output.
    let valid = gemm.n.saturating_sub(first).min(C * S::LANES);
    if valid == 0 {
        return;
    }
    let mut buffer = [0.0; PANEL_WIDTH];
    for (r, sums) in sums.iter().enumerate() {
        for (c, sum) in sums.iter().enumerate() {
            // SAFETY: scales and bias reach as far as the padded outputs, and the buffer is as wide as a panel.
            unsafe {
                let at = first + c * S::LANES;
                let scale = simd.load(gemm.scales.as_ptr().add(at));
                let sum = simd.mul_add(*sum, scale, simd.load(gemm.bias.as_ptr().add(at)));
                simd.store(buffer.as_mut_ptr().add(c * S::LANES), sum);
            }
        }
        let start = (row + r) * gemm.n + first;
        gemm.output[start..start + valid].copy_from_slice(&buffer[..valid]);
    }
}
