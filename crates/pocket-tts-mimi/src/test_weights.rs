//! Random weights and signals for the tests of the layers.

use pocket_tts_tensor::{Signal, WeightStore, signal};

/// Numbers in `-1..1`.
pub(crate) fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

pub(crate) fn random_signal(seed: u64, shape: [usize; 2]) -> Signal {
    signal(random(seed, shape[0] * shape[1]), shape)
}

pub(crate) fn random_store(
    seed: u64,
    tensors: impl IntoIterator<Item = (String, Vec<usize>)>,
) -> WeightStore {
    let mut store = WeightStore::default();
    for (index, (name, shape)) in tensors.into_iter().enumerate() {
        let values = random(seed.wrapping_add(index as u64 + 1), shape.iter().product());
        store.insert_values(name, shape, values).unwrap();
    }
    store
}

/// Cuts a signal into chunks of the given lengths.
pub(crate) fn cut(whole: &Signal, lengths: &[usize]) -> Vec<Signal> {
    let mut start = 0;
    lengths
        .iter()
        .map(|length| {
            start += length;
            whole.clone().narrow(0, start - length, *length)
        })
        .collect()
}
