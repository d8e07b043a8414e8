//! Normalization of rows.

use super::simd::operations::Simd;

/// `output[r] = (input[r] - centre) / sqrt(variance + epsilon) * scale + shift`, row by row.
#[derive(Debug)]
pub struct Normalization<'a> {
    /// `[rows, width]`
    pub input: &'a [f32],
    /// `[width]`
    pub scale: &'a [f32],
    /// `[width]`
    pub shift: &'a [f32],
    /// Added to the variance.
    pub epsilon: f32,
    /// `[rows, width]`
    pub output: &'a mut [f32],
}

impl Normalization<'_> {
    /// # Panics
    ///
    /// If the sizes disagree.
    pub(super) fn check(&self) {
        assert_eq!(self.input.len(), self.output.len(), "one output per input");
        assert_eq!(self.scale.len(), self.shift.len(), "one shift per scale");
        assert!(self.input.len().is_multiple_of(self.scale.len().max(1)), "whole rows");
    }
}

/// Normalizes the rows.
///
/// # Safety
///
/// `norm` is checked.
#[inline(always)]
pub(super) unsafe fn run<S: Simd>(simd: S, norm: &mut Normalization<'_>) {
    let width = norm.scale.len();
    if width == 0 {
        return;
    }
    for (input, output) in norm.input.chunks_exact(width).zip(norm.output.chunks_exact_mut(width)) {
        let mean = reduce(simd, input, 0.0, false) / width as f32;
        let variance = reduce(simd, input, mean, true) / width as f32;
        let factor = 1.0 / (variance + norm.epsilon).sqrt();
        let whole = width - width % S::LANES;
        let mut i = 0;
        while i < whole {
            // SAFETY: `LANES` elements lie between `i` and `whole`, at most `width`, in each slice.
            unsafe {
                let x = simd.sub(simd.load(input.as_ptr().add(i)), simd.splat(mean));
                let x = simd.mul(x, simd.splat(factor));
                let scale = simd.load(norm.scale.as_ptr().add(i));
                let shift = simd.load(norm.shift.as_ptr().add(i));
                simd.store(output.as_mut_ptr().add(i), simd.mul_add(x, scale, shift));
            }
            i += S::LANES;
        }
        for i in whole..width {
            output[i] = (input[i] - mean) * factor * norm.scale[i] + norm.shift[i];
        }
    }
}

/// The sum of `x - centre`, or of its square.
#[inline(always)]
fn reduce<S: Simd>(simd: S, row: &[f32], centre: f32, squared: bool) -> f32 {
    let whole = row.len() - row.len() % S::LANES;
    let mut sums = simd.splat(0.0);
    let mut i = 0;
    while i < whole {
        // SAFETY: `LANES` elements lie between `i` and `whole`.
        let x = simd.sub(unsafe { simd.load(row.as_ptr().add(i)) }, simd.splat(centre));
        sums = if squared { simd.mul_add(x, x, sums) } else { simd.add(sums, x) };
        i += S::LANES;
    }
    let mut sum = simd.sum(sums);
    for x in &row[whole..] {
        let x = x - centre;
        sum += if squared { x * x } else { x };
    }
    sum
}
