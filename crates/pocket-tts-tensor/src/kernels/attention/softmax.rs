//! Softmax without its division: from scores to weights and their sum.

use crate::kernels::simd::operations::{MAX_LANES, Simd};

/// Vectors whose lanes are summed at once.
pub(crate) const SUMMED_VECTORS: usize = 4;

/// Replaces each score by `e^(scale * (score - maximum))` and returns their sum.
#[inline(always)]
pub(crate) fn exponentiate<S: Simd>(simd: S, scale: f32, scores: &mut [f32]) -> f32 {
    let whole = scores.len() - scores.len() % S::LANES;
    let maximum = maximum(simd, scores, whole);
    let mut sums = simd.splat(0.0);
    let mut i = 0;
    while i < whole {
        // SAFETY: `LANES` elements lie between `i` and `whole`.
        unsafe {
            let at = scores.as_mut_ptr().add(i);
            let difference = simd.sub(simd.load(at), simd.splat(maximum));
            let weight = simd.exp(simd.mul(difference, simd.splat(scale)));
            simd.store(at, weight);
            sums = simd.add(sums, weight);
        }
        i += S::LANES;
    }
    let mut sum = simd.sum(sums);
    for score in &mut scores[whole..] {
        *score = (scale * (*score - maximum)).exp();
        sum += *score;
    }
    sum
}

/// The maximum. The first `whole` scores are whole vectors.
#[inline(always)]
fn maximum<S: Simd>(simd: S, scores: &[f32], whole: usize) -> f32 {
    const { assert!(S::LANES <= MAX_LANES, "no vector is wider") };
    assert!(whole <= scores.len() && whole.is_multiple_of(S::LANES), "whole vectors of scores");
    let mut greatest = simd.splat(f32::NEG_INFINITY);
    let mut i = 0;
    while i < whole {
        // SAFETY: `LANES` elements lie between `i` and `whole`.
        greatest = simd.max(unsafe { simd.load(scores.as_ptr().add(i)) }, greatest);
        i += S::LANES;
    }
    let mut lanes = [f32::NEG_INFINITY; MAX_LANES];
    // SAFETY: there is room for the widest vector.
    unsafe { simd.store(lanes.as_mut_ptr(), greatest) };
    lanes.iter().chain(&scores[whole..]).copied().fold(f32::NEG_INFINITY, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::portable::Portable;

    #[test]
    fn the_greatest_score_is_found_wherever_it_is() {
        for len in 1..40 {
            for place in 0..len {
                let mut scores: Vec<f32> = (0..len).map(|index| -2.0 - index as f32).collect();
                scores[place] = -1.0;
                if len > 1 {
                    scores[(place + 1) % len] = f32::NAN;
                }
                let greatest = maximum(Portable, &scores, len - len % Portable::LANES);
                assert_eq!(greatest.to_bits(), (-1.0_f32).to_bits(), "at {place} of {len}");
            }
        }
    }
}
