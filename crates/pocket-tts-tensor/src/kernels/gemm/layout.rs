//! The layout of packed weights.
//!
//! Weights of shape `[n, k]` are stored as panels of [`PANEL_WIDTH`] outputs. The last panel may be narrower, but its
//! width is a multiple of [`VECTOR_WIDTH`]. A panel is `[k][width]` in floating point and `[k / group][width][group]`
//! in integers, as instructions multiply 2 or 4 adjacent inputs of an output at once. A single row of activations
//! thus reads each panel once, front to back, and no sum crosses the lanes of a vector.

/// Outputs of a full panel.
pub const PANEL_WIDTH: usize = 64;
/// Outputs are padded to a multiple of this.
pub const VECTOR_WIDTH: usize = 16;
/// Adjacent inputs of an output in weights of 8 bits.
pub const GROUP: usize = 4;
/// Adjacent inputs of an output in weights of 16 bits.
pub const PAIR: usize = 2;

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

const fn grouped_offset(group: usize, [n, k]: [usize; 2], j: usize, i: usize) -> usize {
    let panel = j / PANEL_WIDTH;
    let remaining = padded_width(n) - panel * PANEL_WIDTH;
    let width = if remaining < PANEL_WIDTH { remaining } else { PANEL_WIDTH };
    panel * PANEL_WIDTH * k + (i / group * width + j % PANEL_WIDTH) * group + i % group
}
