//! Sizes of slices, for the checks before a kernel runs.
//!
//! Kernels read and write without further checks, so these must hold even in a build whose arithmetic wraps. A size
//! that overflows saturates at [`usize::MAX`], which is more elements than any slice has.

/// Elements of `rows` rows of `width` elements.
pub(crate) fn elements(rows: usize, width: usize) -> usize {
    rows.saturating_mul(width)
}

/// Elements from the start of the first of `rows` rows to the end of the last, with `stride` elements from one start to
/// the next.
pub(crate) fn span(rows: usize, stride: usize, width: usize) -> usize {
    match rows.checked_sub(1) {
        Some(steps) => steps.saturating_mul(stride).saturating_add(width),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_overflow_are_larger_than_any_slice() {
        assert_eq!((elements(3, 4), elements(0, usize::MAX)), (12, 0));
        assert_eq!((span(3, 4, 7), span(1, usize::MAX, 7), span(0, usize::MAX, usize::MAX)), (15, 7, 0));
        for size in [
            elements(2, usize::MAX),
            elements(usize::MAX / 2 + 1, 2),
            span(2, usize::MAX, 1),
            span(3, usize::MAX / 2 + 1, 0),
            span(2, 1, usize::MAX),
        ] {
            assert_eq!(size, usize::MAX);
        }
    }
}
