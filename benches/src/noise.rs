//! White noise, for recordings and latents of benchmarks.

/// White noise at a tenth of full scale, the same on every call.
pub fn noise(samples: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        0.1 * (state as f32 / 2_147_483_648.0 - 1.0)
    };
    (0..samples).map(|_| next()).collect()
}
