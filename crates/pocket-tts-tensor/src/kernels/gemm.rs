//! Matrix product of activations with packed weights.
//!
//! Weights may be kept in fewer bits than the activations, which makes them faster to read; the arithmetic is
//! `f32` all the same (that in integers is in `gemm_int8.rs`). Weights of shape `[n, k]` are stored as panels of [`PANEL_WIDTH`] outputs (the last one
//! narrower, a multiple of [`VECTOR_WIDTH`]), each panel `[k][width]`: a single row of activations
//! then reads them once, a panel or some side by side, and no lane is ever summed across.

use super::{
    gemm_blocks::{Panel, multiply},
    gemm_pairs::{self, FEW_ROWS, PANELS, Pair},
    interleave::wait_for,
    requests::{NextPanel, steps_per_chunk},
    simd::Simd,
    sizes::{elements, span},
};

/// Outputs of a full panel.
pub const PANEL_WIDTH: usize = 64;
/// Outputs are padded to a multiple of this.
pub const VECTOR_WIDTH: usize = 16;
/// Panels that a single row reads side by side.
const PANELS_AT_ONCE: usize = 4;
/// Sums that registers hold, where they hold those of several panels.
const MOST_SUMS: usize = 24;

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
pub(super) trait Element: Copy {
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
    // No slice is long enough for what can't be counted.
    match n.checked_next_multiple_of(VECTOR_WIDTH) {
        Some(padded) => padded,
        None => usize::MAX,
    }
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
        assert!(self.weights.len() >= elements(padded, self.k), "packed weights are too short");
        assert!(self.bias.len() >= padded, "the bias is too short");
        assert!(self.output.len() >= elements(self.rows, self.n), "the output is too short");
        let needed = span(self.rows, self.input_stride, self.k);
        assert!(self.input.len() >= needed, "{} activations, {needed} needed", self.input.len());
    }
}

/// Runs `gemm` with `SINGLE` vectors at once for a single row, and `WIDE` or else `NARROW` (one
/// [`VECTOR_WIDTH`], or two vectors if that is one) for blocks of rows.
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
    if gemm.rows == 1 && SINGLE * S::LANES == PANEL_WIDTH && SINGLE * PANELS_AT_ONCE <= MOST_SUMS {
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
    let holds_pairs = SINGLE * S::LANES == PANEL_WIDTH && SINGLE * PANELS * gemm_pairs::ROWS <= MOST_SUMS;
    if holds_pairs && (2..=FEW_ROWS).contains(&gemm.rows) && gemm.k > 0 {
        while first + PANELS * PANEL_WIDTH <= gemm.n {
            // SAFETY: as above.
            unsafe {
                let start = weights.add(first * gemm.k);
                let has_next = first + 2 * PANELS * PANEL_WIDTH <= gemm.n;
                let pair = Pair { weights: [start, start.add(PANEL_WIDTH * gemm.k)], first, has_next };
                gemm_pairs::multiply::<S, E, SINGLE>(simd, gemm, pair);
            }
            first += PANELS * PANEL_WIDTH;
        }
    }
    while first < padded {
        let width = PANEL_WIDTH.min(padded - first);
        let next_width = PANEL_WIDTH.min(padded - first - width);
        let next_panel = NextPanel {
            start: weights.wrapping_add((first + width) * gemm.k).cast(),
            bytes: next_width * gemm.k * size_of::<E>(),
        };
        // SAFETY: `check` found the weights of all panels, of which this is one.
        unsafe {
            let panel = Panel { weights: weights.add(first * gemm.k), first, width };
            multiply::<S, E, SINGLE, WIDE, NARROW>(simd, gemm, panel, next_panel);
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
