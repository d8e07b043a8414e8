//! The layout of packed weights.
//!
//! Weights of shape `[n, k]` are stored as panels of [`PANEL_WIDTH`] outputs. The last panel may be narrower, but its
//! width is a multiple of [`VECTOR_WIDTH`]. A panel is `[k][width]` in floating point and `[k / group][width][group]`
//! in integers, as instructions multiply 2 or 4 adjacent inputs of an output at once. In 4 bits it is `[k / BLOCK]` times
//! the weights, `[BLOCK / 8][width][4]` bytes of two weights, and the scales, `[width]`. A single row of activations
//! thus reads each panel once, front to back, and no sum crosses the lanes of a vector.

/// Outputs of a full panel.
pub const PANEL_WIDTH: usize = 64;
/// Outputs are padded to a multiple of this.
pub const VECTOR_WIDTH: usize = 16;
/// Adjacent inputs of an output in weights of 8 bits.
pub const GROUP: usize = 4;
/// Adjacent inputs of an output in weights of 16 bits.
pub const PAIR: usize = 2;

/// Adjacent inputs of an output in weights of 4 bits that have a scale of their own.
pub const BLOCK: usize = 32;

/// `n` rounded up to whole vectors; `usize::MAX` where that overflows, which no slice is as long as.
pub const fn padded_width(n: usize) -> usize {
    match n.checked_next_multiple_of(VECTOR_WIDTH) {
        Some(padded) => padded,
        None => usize::MAX,
    }
}

/// The index of the weight of output `j` and input `i` in a matrix of shape `[n, k]` in floating point.
pub const fn packed_offset(n: usize, k: usize, j: usize, i: usize) -> usize {
    grouped_offset(1, [n, k], j, i)
}

/// The index of the weight of output `j` and input `i` in a matrix of shape `[n, k]` in 8 bits, `k` a multiple of
/// [`GROUP`].
pub const fn int8_offset(n: usize, k: usize, j: usize, i: usize) -> usize {
    grouped_offset(GROUP, [n, k], j, i)
}

/// The index of the weight of output `j` and input `i` in a matrix of shape `[n, k]` in 16 bits, `k` a multiple of
/// [`PAIR`].
pub const fn int16_offset(n: usize, k: usize, j: usize, i: usize) -> usize {
    grouped_offset(PAIR, [n, k], j, i)
}

/// Bytes of `outputs` outputs of `k` inputs each in weights of 4 bits, `k` a multiple of [`BLOCK`]: the weights and
/// a byte for the scale of each block. `usize::MAX` where that overflows, which no slice is as long as.
pub const fn q4_bytes(outputs: usize, k: usize) -> usize {
    outputs.saturating_mul(k / BLOCK).saturating_mul(BLOCK / 2 + 1)
}

/// Where the weight of output `j` and input `i` is in a matrix of shape `[n, k]` in 4 bits, `k` a multiple of
/// [`BLOCK`].
pub const fn q4_place(n: usize, k: usize, j: usize, i: usize) -> NibblePlace {
    let first = j / PANEL_WIDTH * PANEL_WIDTH;
    let remaining = padded_width(n) - first;
    let width = if remaining < PANEL_WIDTH { remaining } else { PANEL_WIDTH };
    let (column, block) = (j - first, q4_bytes(first, k) + i / BLOCK * q4_bytes(width, BLOCK));
    // Neighbouring groups are the lower and the upper halves of the same bytes.
    let group = i % BLOCK / GROUP;
    NibblePlace {
        byte: block + (group / 2 * width + column) * GROUP + i % GROUP,
        is_upper: group % 2 == 1,
        scale: block + BLOCK / 2 * width + column,
    }
}

/// Where a weight of 4 bits is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NibblePlace {
    /// The index of its byte.
    pub byte: usize,
    /// Whether it is the upper half of the byte.
    pub is_upper: bool,
    /// The index of its block's scale, a signed byte.
    pub scale: usize,
}

const fn grouped_offset(group: usize, [n, k]: [usize; 2], j: usize, i: usize) -> usize {
    let panel = j / PANEL_WIDTH;
    let remaining = padded_width(n) - panel * PANEL_WIDTH;
    let width = if remaining < PANEL_WIDTH { remaining } else { PANEL_WIDTH };
    panel * PANEL_WIDTH * k + (i / group * width + j % PANEL_WIDTH) * group + i % group
}
