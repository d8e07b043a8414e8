//! White noise.

/// White noise from -1 to 1, the same for the same `seed`.
pub fn noise(seed: u32, samples: usize) -> Vec<f32> {
    // A linear congruential generator (Numerical Recipes); its high bits are random enough for sound.
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0) as f32
    };
    (0..samples).map(|_| next()).collect()
}
