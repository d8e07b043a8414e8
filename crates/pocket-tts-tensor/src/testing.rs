//! Random weights and signals for the tests and benchmarks of the crates above.

use crate::{
    host::{Signal, signal},
    storage::weight_store::WeightStore,
};

pub use crate::random_numbers::random;

/// A signal of random numbers in `-1..1`.
pub fn random_signal(seed: u64, shape: [usize; 2]) -> Signal {
    signal(random(seed, shape[0] * shape[1]), shape)
}

/// A store of random tensors with the given names and shapes.
///
/// Their magnitude shrinks with the number of inputs, as in trained weights.
///
/// # Panics
///
/// If a name occurs twice.
pub fn random_store<N: Into<String>>(
    seed: u64,
    tensors: impl IntoIterator<Item = (N, Vec<usize>)>,
) -> WeightStore {
    let mut store = WeightStore::default();
    for (index, (name, shape)) in tensors.into_iter().enumerate() {
        let inputs = shape.iter().skip(1).product::<usize>() as f32;
        let values = random(seed.wrapping_add(index as u64 + 1), shape.iter().product());
        let values = values.into_iter().map(|x| x * (3.0 / inputs).sqrt()).collect();
        store.insert_values(name.into(), shape, values).expect("names differ");
    }
    store
}

/// Cuts a signal into chunks of the given lengths.
pub fn cut(whole: &Signal, lengths: &[usize]) -> Vec<Signal> {
    let mut start = 0;
    lengths
        .iter()
        .map(|length| {
            start += length;
            whole.clone().narrow(0, start - length, *length)
        })
        .collect()
}
