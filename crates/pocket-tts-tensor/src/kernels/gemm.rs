//! Matrix product of activations with packed weights.
//!
//! Weights may be kept in fewer bits than the activations, which makes them faster to read; the arithmetic is
//! `f32` all the same (that in integers is in `gemm_int8.rs`). Weights of shape `[n, k]` are stored as panels of [`PANEL_WIDTH`] outputs (the last one
//! narrower, a multiple of [`VECTOR_WIDTH`]), each panel `[k][width]`: a single row of activations
//! then reads them once, a panel or some side by side, and no lane is ever summed across.

use super::{
    interleave::{steps_per_chunk, wait_for},
    requests::{NextPanel, ROWS_TO_ASK, Requests},
    simd::Simd,
};

/// Outputs of a full panel.
pub const PANEL_WIDTH: usize = 64;
/// Outputs are padded to a multiple of this.
pub const VECTOR_WIDTH: usize = 16;
/// Rows that share one pass over a panel.
const ROWS: usize = 6;
/// Panels that a single row reads side by side.
const PANELS_AT_ONCE: usize = 4;
/// Sums that registers hold of a single row, where they hold those of several panels.
const SINGLE_ROW_SUMS: usize = 16;

/// `output[r] = weights · input[r] + bias` for each row `r`.
#[derive(Debug)]
pub struct Gemm<'a> {
    /// Rows of activations; row `r` is the `k` elements from `r * input_stride`. They may overlap.
    pub input: &'a [f32],
    /// Elements from one row of `input` to the next.
    pub input_stride: usize,
    /// Number of rows.
    pub rows: usize,
    /// Packed weights.
    pub weights: Weights<'a>,
    /// One per output, padded with zeros as the weights are.
    pub bias: &'a [f32],
    /// Width of a row of activations.
    pub k: usize,
    /// Number of outputs per row.
    pub n: usize,
    /// `[rows, n]`
    pub output: &'a mut [f32],
}

/// Packed weights, in the numbers that they are kept in.
#[derive(Debug, Clone, Copy)]
pub enum Weights<'a> {
    /// As they are.
    F32(&'a [f32]),
    /// The upper halves of `f32` numbers.
    Bf16(&'a [u16]),
}

impl Weights<'_> {
    /// Those from an element on.
    pub(crate) fn from(self, start: usize) -> Self {
        match self {
            Self::F32(values) => Self::F32(&values[start..]),
            Self::Bf16(values) => Self::Bf16(&values[start..]),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::Bf16(values) => values.len(),
        }
    }
}

/// A number that weights are kept in.
trait Element: Copy {
    /// # Safety
    /// `S::LANES` numbers can be read from `from`.
    unsafe fn load<S: Simd>(simd: S, from: *const Self) -> S::V;
}

impl Element for f32 {
    #[inline(always)]
    unsafe fn load<S: Simd>(simd: S, from: *const Self) -> S::V {
        // SAFETY: the caller vouches for the numbers.
        unsafe { simd.load(from) }
    }
}

impl Element for u16 {
    #[inline(always)]
    unsafe fn load<S: Simd>(simd: S, from: *const Self) -> S::V {
        // SAFETY: as above.
        unsafe { simd.load_bf16(from) }
    }
}

/// `n` rounded up to whole vectors.
pub const fn padded_width(n: usize) -> usize {
    n.next_multiple_of(VECTOR_WIDTH)
}

/// Where the weight of output `j` and input `i` lies in a packed matrix of shape `[n, k]`.
pub const fn packed_offset(n: usize, k: usize, j: usize, i: usize) -> usize {
    let panel = j / PANEL_WIDTH;
    let remaining = padded_width(n) - panel * PANEL_WIDTH;
    let width = if remaining < PANEL_WIDTH { remaining } else { PANEL_WIDTH };
    panel * PANEL_WIDTH * k + i * width + j % PANEL_WIDTH
}

impl Gemm<'_> {
    /// # Panics
    ///
    /// If a slice is shorter than the sizes say.
    pub(super) fn check(&self) {
        let padded = padded_width(self.n);
        assert!(self.weights.len() >= padded * self.k, "packed weights are too short");
        assert!(self.bias.len() >= padded, "the bias is too short");
        assert!(self.output.len() >= self.rows * self.n, "the output is too short");
        let needed = if self.rows == 0 { 0 } else { (self.rows - 1) * self.input_stride + self.k };
        assert!(self.input.len() >= needed, "{} activations, {needed} needed", self.input.len());
    }
}

/// Where a tile reads and writes.
#[derive(Clone, Copy)]
struct Tile<E> {
    input: *const f32,
    input_stride: usize,
    k: usize,
    weights: *const E,
    /// Elements from the weights of one input to those of the next.
    weights_stride: usize,
    bias: *const f32,
    /// Whether nobody has read these weights before.
    is_first_read: bool,
    /// What the first columns of a panel ask for.
    next_panel: Option<NextPanel>,
}

/// Runs `gemm` with `SINGLE` vectors at once for a single row, and `WIDE` or else `NARROW` (one
/// [`VECTOR_WIDTH`]) for blocks of rows.
///
/// # Safety
///
/// `gemm` is checked.
#[inline(always)]
pub(super) unsafe fn run<S: Simd, const SINGLE: usize, const WIDE: usize, const NARROW: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
) {
    // SAFETY: `check` found as many weights as the sizes say.
    unsafe {
        match gemm.weights {
            Weights::F32(weights) => panels::<S, _, SINGLE, WIDE, NARROW>(simd, gemm, weights.as_ptr()),
            Weights::Bf16(weights) => panels::<S, _, SINGLE, WIDE, NARROW>(simd, gemm, weights.as_ptr()),
        }
    }
}

/// [`run`] for weights of one kind.
#[inline(always)]
unsafe fn panels<S: Simd, E: Element, const SINGLE: usize, const WIDE: usize, const NARROW: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    weights: *const E,
) {
    let padded = padded_width(gemm.n);
    let mut first = 0;
    if gemm.rows == 1 && SINGLE * S::LANES == PANEL_WIDTH && SINGLE * PANELS_AT_ONCE <= SINGLE_ROW_SUMS {
        // SAFETY: `check` found the weights and the bias of all outputs, and these panels are whole.
        unsafe {
            while first + PANELS_AT_ONCE * PANEL_WIDTH <= gemm.n {
                first += panels_at_once::<S, E, SINGLE, PANELS_AT_ONCE>(simd, gemm, weights, first);
            }
            if first + 2 * PANEL_WIDTH <= gemm.n {
                first += panels_at_once::<S, E, SINGLE, 2>(simd, gemm, weights, first);
            }
        }
    }
    while first < padded {
        let width = PANEL_WIDTH.min(padded - first);
        let mut next_panel = (first + width < padded).then(|| NextPanel {
            start: weights.wrapping_add((first + width) * gemm.k).cast(),
            bytes: PANEL_WIDTH.min(padded - first - width) * gemm.k * size_of::<E>(),
        });
        let mut column = 0;
        while column < width {
            let left = width - column;
            let columns = if gemm.rows < 2 && left >= SINGLE * S::LANES {
                SINGLE * S::LANES
            } else if left >= WIDE * S::LANES {
                WIDE * S::LANES
            } else {
                NARROW * S::LANES
            };
            // SAFETY: `first + column` is inside the padded width, whose weights and bias `check` found.
            let tile = unsafe {
                Tile {
                    input: gemm.input.as_ptr(),
                    input_stride: gemm.input_stride,
                    k: gemm.k,
                    weights: weights.add(first * gemm.k + column),
                    weights_stride: width,
                    bias: gemm.bias.as_ptr().add(first + column),
                    is_first_read: column == 0,
                    next_panel,
                }
            };
            // SAFETY: the columns lie inside the panel, and so inside the weights.
            unsafe {
                if columns == WIDE * S::LANES {
                    rows::<S, E, WIDE>(simd, tile, gemm, first + column);
                } else if columns == NARROW * S::LANES {
                    rows::<S, E, NARROW>(simd, tile, gemm, first + column);
                } else {
                    rows::<S, E, SINGLE>(simd, tile, gemm, first + column);
                }
            }
            column += columns;
            next_panel = None;
        }
        first += width;
    }
}

/// The only row's outputs of `P` whole panels from output `first` on, read side by side: memory gives several streams
/// faster than one. Returns how many outputs they are.
///
/// # Safety
///
/// `gemm` is checked and has one row, `C` vectors are a panel, and the panels end at its last output or before.
#[inline(always)]
unsafe fn panels_at_once<S: Simd, E: Element, const C: usize, const P: usize>(
    simd: S,
    gemm: &mut Gemm<'_>,
    weights: *const E,
    first: usize,
) -> usize {
    let step_bytes = PANEL_WIDTH * size_of::<E>();
    let steps_at_once = steps_per_chunk(P * step_bytes);
    let mut sums = [[simd.splat(0.0); C]; P];
    // SAFETY: the caller vouches for all that is read and written.
    unsafe {
        let mut panels = [weights; P];
        for (p, (panel, sums)) in panels.iter_mut().zip(&mut sums).enumerate() {
            let first = first + p * PANEL_WIDTH;
            *panel = weights.add(first * gemm.k);
            for (c, sum) in sums.iter_mut().enumerate() {
                *sum = simd.load(gemm.bias.as_ptr().add(first + c * S::LANES));
            }
        }
        let mut start = 0;
        while start < gemm.k {
            let end = gemm.k.min(start + steps_at_once);
            for panel in panels {
                wait_for(panel, (end - start) * step_bytes);
            }
            for i in start..end {
                let x = simd.splat(*gemm.input.as_ptr().add(i));
                for (panel, sums) in panels.iter_mut().zip(&mut sums) {
                    for (c, sum) in sums.iter_mut().enumerate() {
                        *sum = simd.mul_add(E::load(simd, panel.add(c * S::LANES)), x, *sum);
                    }
                    *panel = panel.add(PANEL_WIDTH);
                }
            }
            start = end;
        }
        for (p, sums) in sums.iter().enumerate() {
            for (c, sum) in sums.iter().enumerate() {
                let at = first + p * PANEL_WIDTH + c * S::LANES;
                simd.store(gemm.output.as_mut_ptr().add(at), *sum);
            }
        }
    }
    P * PANEL_WIDTH
}

/// All rows of `C` vectors of outputs, from output `first` on.
#[inline(always)]
unsafe fn rows<S: Simd, E: Element, const C: usize>(
    simd: S,
    mut tile: Tile<E>,
    gemm: &mut Gemm<'_>,
    first: usize,
) {
    let mut row = 0;
    while row < gemm.rows {
        let left = gemm.rows - row;
        // SAFETY: `row` is below `gemm.rows`, whose activations `check` found.
        tile.input = unsafe { gemm.input.as_ptr().add(row * gemm.input_stride) };
        tile.is_first_read &= row == 0;
        // SAFETY: as many rows as are left, of columns that the caller vouches for.
        row += unsafe {
            if left >= ROWS && C * ROWS <= 24 {
                block::<S, E, C, ROWS>(simd, tile, gemm, [row, first])
            } else if left >= 4 && C <= 4 {
                block::<S, E, C, 4>(simd, tile, gemm, [row, first])
            } else if left >= 2 && C <= 8 {
                block::<S, E, C, 2>(simd, tile, gemm, [row, first])
            } else {
                block::<S, E, C, 1>(simd, tile, gemm, [row, first])
            }
        };
    }
}

/// `R` rows of `C` vectors of outputs, kept in registers; returns `R`.
#[inline(always)]
unsafe fn block<S: Simd, E: Element, const C: usize, const R: usize>(
    simd: S,
    tile: Tile<E>,
    gemm: &mut Gemm<'_>,
    [row, first]: [usize; 2],
) -> usize {
    let requests = if R < ROWS_TO_ASK {
        Requests::none()
    } else {
        Requests::new(tile.next_panel, row / R, tile.k, C * R * S::LANES)
    };
    // SAFETY: the caller vouches for the tile.
    let sums = unsafe {
        if requests.are_for_others() {
            sums::<S, E, C, R, true>(simd, tile, requests)
        } else {
            sums::<S, E, C, R, false>(simd, tile, requests)
        }
    };
    let valid = (gemm.n - first).min(C * S::LANES);
    let mut buffer = [0.0; PANEL_WIDTH];
    for (r, sum) in sums.iter().enumerate() {
        let start = (row + r) * gemm.n + first;
        let output = gemm.output[start..start + valid].as_mut_ptr();
        // SAFETY: there is room for `valid` outputs; vectors that have more go through a buffer as wide as a panel.
        unsafe {
            if valid == C * S::LANES {
                for (c, sum) in sum.iter().enumerate() {
                    simd.store(output.add(c * S::LANES), *sum);
                }
            } else {
                for (c, sum) in sum.iter().enumerate() {
                    simd.store(buffer.as_mut_ptr().add(c * S::LANES), *sum);
                }
                output.copy_from_nonoverlapping(buffer.as_ptr(), valid);
            }
        }
    }
    R
}

/// The bias plus the products of `R` rows with `C` vectors of outputs; asks for others meanwhile if it shall.
///
/// # Safety
///
/// Bias, weights and activations reach as far as [`Gemm::check`] found.
#[inline(always)]
unsafe fn sums<S: Simd, E: Element, const C: usize, const R: usize, const OTHERS: bool>(
    simd: S,
    tile: Tile<E>,
    mut requests: Requests,
) -> [[S::V; C]; R] {
    let mut sums = [[simd.splat(0.0); C]; R];
    let step_bytes = tile.weights_stride * size_of::<E>();
    // SAFETY: the caller vouches for all that is read.
    unsafe {
        for c in 0..C {
            let bias = simd.load(tile.bias.add(c * S::LANES));
            for sum in &mut sums {
                sum[c] = bias;
            }
        }
        let mut weights = tile.weights;
        let mut start = 0;
        while start < tile.k {
            let end = tile.k.min(start + steps_per_chunk(step_bytes));
            if tile.is_first_read {
                wait_for(weights, (end - start) * step_bytes);
            }
            for i in start..end {
                if R >= ROWS_TO_ASK {
                    requests.send::<S, OTHERS>(simd, C * R * S::LANES);
                }
                add_products(simd, tile, weights, i, &mut sums);
                weights = weights.add(tile.weights_stride);
            }
            start = end;
        }
    }
    sums
}

/// Adds the products of one input of each row with its weights.
///
/// # Safety
///
/// As for [`sums`]; the weights are those of input `i`.
#[inline(always)]
unsafe fn add_products<S: Simd, E: Element, const C: usize, const R: usize>(
    simd: S,
    tile: Tile<E>,
    weights: *const E,
    i: usize,
    sums: &mut [[S::V; C]; R],
) {
    // SAFETY: the caller vouches for all that is read.
    unsafe {
        if R == 1 {
            // Each vector of weights is used once, so that none waits in a register.
            let x = simd.splat(*tile.input.add(i));
            for (c, sum) in sums[0].iter_mut().enumerate() {
                *sum = simd.mul_add(E::load(simd, weights.add(c * S::LANES)), x, *sum);
            }
            return;
        }
        let mut columns = [simd.splat(0.0); C];
        for (c, column) in columns.iter_mut().enumerate() {
            *column = E::load(simd, weights.add(c * S::LANES));
        }
        for (r, sum) in sums.iter_mut().enumerate() {
            // `check` computed a larger one without wrapping.
            let at = r.wrapping_mul(tile.input_stride).wrapping_add(i);
            let x = simd.splat(*tile.input.add(at));
            for c in 0..C {
                sum[c] = simd.mul_add(columns[c], x, sum[c]);
            }
        }
    }
}
