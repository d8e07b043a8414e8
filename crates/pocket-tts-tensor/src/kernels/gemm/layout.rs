//! Where weights lie in a packed matrix.

/// Outputs of a full panel.
pub const PANEL_WIDTH: usize = 64;
/// Outputs are padded to a multiple of this.
pub const VECTOR_WIDTH: usize = 16;
/// Inputs whose weights for one output lie together.
pub const GROUP: usize = 4;
/// Inputs whose weights for one output lie together.
pub const PAIR: usize = 2;

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

/// Where the weight of output `j` and input `i` lies in a matrix of shape `[n, k]`, `k` a multiple of [`GROUP`].
pub const fn int8_offset(n: usize, k: usize, j: usize, i: usize) -> usize {
    let panel = j / PANEL_WIDTH;
    let remaining = padded_width(n) - panel * PANEL_WIDTH;
    let width = if remaining < PANEL_WIDTH { remaining } else { PANEL_WIDTH };
    panel * PANEL_WIDTH * k + (i / GROUP * width + j % PANEL_WIDTH) * GROUP + i % GROUP
}

/// Where the weight of output `j` and input `i` lies in a matrix of shape `[n, k]`, `k` a multiple of [`PAIR`].
pub const fn int16_offset(n: usize, k: usize, j: usize, i: usize) -> usize {
    let panel = j / PANEL_WIDTH;
    let remaining = padded_width(n) - panel * PANEL_WIDTH;
    let width = if remaining < PANEL_WIDTH { remaining } else { PANEL_WIDTH };
    panel * PANEL_WIDTH * k + (i / PAIR * width + j % PANEL_WIDTH) * PAIR + i % PAIR
}
