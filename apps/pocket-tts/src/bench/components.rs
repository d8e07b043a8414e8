//! Times of the parts that speaking does not use. It must not round or print.

use std::hint::black_box;
use std::time::Instant;

use pocket_tts_core::TtsModel;

use super::figures::Components;

const PROMPT_S: usize = 10;

/// Measures each part `runs` times, after a run to warm up.
pub(super) fn measure(model: &TtsModel, runs: usize) -> Components {
    let parts = model.parts();
    let prompt = noise(PROMPT_S * model.sample_rate_hz() as usize);
    let encode = times(runs, || drop(black_box(parts.encoder.encode(&prompt))));
    let state = times(runs, || drop(black_box(parts.primed(parts.voice_prompt(&prompt)))));
    Components::new(encode, state)
}

fn times(runs: usize, work: impl Fn()) -> Vec<f64> {
    work();
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..runs).map(time).collect()
}

/// White noise at a tenth of full scale. The time does not depend on what is encoded.
fn noise(samples: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        0.1 * (state as f32 / 2_147_483_648.0 - 1.0)
    };
    (0..samples).map(|_| next()).collect()
}
