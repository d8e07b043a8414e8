//! Activation functions, in place.

use super::{
    activation::Activation,
    simd::operations::{MAX_LANES, Simd},
};

/// Applies `activation` to each element.
///
/// # Safety
///
/// `simd` proves the instructions; nothing else is needed.
#[inline(always)]
pub(super) unsafe fn run<S: Simd>(simd: S, activation: Activation, elements: &mut [f32]) {
    let whole = elements.len() - elements.len() % S::LANES;
    let mut i = 0;
    while i < whole {
        // SAFETY: `LANES` elements lie between `i` and `whole`.
        unsafe {
            let at = elements.as_mut_ptr().add(i);
            simd.store(at, apply(simd, activation, simd.load(at)));
        }
        i += S::LANES;
    }
    let mut tail = [0.0; MAX_LANES];
    let left = elements.len() - whole;
    tail[..left].copy_from_slice(&elements[whole..]);
    // SAFETY: no vector has more lanes.
    unsafe { simd.store(tail.as_mut_ptr(), apply(simd, activation, simd.load(tail.as_ptr()))) };
    elements[whole..].copy_from_slice(&tail[..left]);
}

#[inline(always)]
fn apply<S: Simd>(simd: S, activation: Activation, x: S::V) -> S::V {
    let one = simd.splat(1.0);
    match activation {
        Activation::Elu => simd.select_positive(x, x, simd.sub(simd.exp(x), one)),
        Activation::Silu => divide_by_one_plus_exp(simd, x, simd.sub(simd.splat(0.0), x)),
        Activation::GeluTanh => {
            // 0.5 x (1 + tanh u) = x / (1 + e^-2u), u = sqrt(2/pi) (x + 0.044715 x^3)
            let cubic = simd.mul_add(simd.mul(x, x), simd.splat(0.044_715), one);
            let u = simd.mul(simd.mul(x, cubic), simd.splat(-2.0 * 0.797_884_6));
            divide_by_one_plus_exp(simd, x, u)
        }
    }
}

#[inline(always)]
fn divide_by_one_plus_exp<S: Simd>(simd: S, x: S::V, exponent: S::V) -> S::V {
    simd.div(x, simd.add(simd.splat(1.0), simd.exp(exponent)))
}
