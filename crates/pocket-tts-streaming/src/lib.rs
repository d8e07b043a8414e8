#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use std::fmt::Debug;

/// A layer that turns one signal into another, a chunk at a time.
///
/// `self` holds weights and is immutable; everything that changes between two calls is in [`State`](Self::State). One set
/// of weights therefore serves any number of streams at once.
///
/// # Contract
///
/// However a signal is cut into valid chunks, the outputs of successive [`step`](Self::step) calls, joined, equal the
/// output of one `step` over the whole signal, up to rounding. Running a layer offline is thus one `step` from its initial
/// state: no layer has a second code path.
///
/// `step` returns no error. User input is checked before the first tensor exists; a wrong shape after that is a bug, and
/// panics.
pub trait StreamingModule: Send + Sync {
    /// A chunk of the input signal.
    type Input;
    /// The chunk of the output signal that the input completes.
    type Output;
    /// The state of one stream. A clone is a fork: neither copy affects the other.
    type State: Clone + Debug + Send;

    /// The state at the start of a stream.
    fn initial_state(&self) -> Self::State;

    /// Consumes the next chunk and returns the output that it completes.
    fn step(&self, input: Self::Input, state: &mut Self::State) -> Self::Output;
}

/// Compares a run in chunks with a run in one step: the greatest difference of two samples, relative to the greatest sample;
/// infinite if the lengths differ.
///
/// `chunks` are the chunks of `whole`, and `samples` returns the numbers of an output in time order.
pub fn chunking_error<M: StreamingModule>(
    module: &M,
    whole: M::Input,
    chunks: impl IntoIterator<Item = M::Input>,
    samples: impl Fn(M::Output) -> Vec<f32>,
) -> f32 {
    let expected = samples(module.step(whole, &mut module.initial_state()));
    let mut state = module.initial_state();
    let actual: Vec<f32> =
        chunks.into_iter().flat_map(|chunk| samples(module.step(chunk, &mut state))).collect();
    if actual.len() != expected.len() {
        return f32::INFINITY;
    }
    let largest = expected.iter().fold(f32::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
    let differences = actual.iter().zip(&expected).map(|(actual, expected)| (actual - expected).abs());
    differences.fold(0.0_f32, |worst, x| if x.is_nan() { f32::INFINITY } else { worst.max(x) }) / largest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The running sum of its input; with `CORRECT = false` it starts again at each chunk.
    struct RunningSum<const CORRECT: bool>;

    impl<const CORRECT: bool> StreamingModule for RunningSum<CORRECT> {
        type Input = Vec<f32>;
        type Output = Vec<f32>;
        type State = f32;

        fn initial_state(&self) -> f32 {
            0.0
        }

        fn step(&self, input: Vec<f32>, sum: &mut f32) -> Vec<f32> {
            if !CORRECT {
                *sum = 0.0;
            }
            input
                .into_iter()
                .map(|x| {
                    *sum += x;
                    *sum
                })
                .collect()
        }
    }

    #[test]
    fn the_checker_detects_violations_of_the_contract() {
        let chunks = || [vec![1.0, 2.0], vec![3.0]];
        let whole = || vec![1.0, 2.0, 3.0];
        assert!(chunking_error(&RunningSum::<true>, whole(), chunks(), |y| y) < 1e-6);
        assert!(chunking_error(&RunningSum::<false>, whole(), chunks(), |y| y) > 0.1);
    }
}
