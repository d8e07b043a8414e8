//! Transposed convolution, which upsamples.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{
    Linear, MatrixSource, Precision, Signal, WeightError, WeightPath, Windows, concatenate, zeros,
};

/// Transposed convolution whose kernel is twice its stride.
///
/// An input row then contributes to the `2 * stride` output rows from its own position on, so each output row depends on
/// two input rows: a matrix product of `[previous, current]` with all taps, and a state of a single input row. The
/// reference keeps the incomplete outputs instead, and must subtract the bias from them.
///
/// # Source
///
/// `pocket_tts/modules/conv.py`, `StreamingConvTranspose1d`
#[derive(Debug)]
pub struct ConvTranspose1d {
    in_channels: usize,
    out_channels: usize,
    stride: usize,
    /// `[stride * out_channels, 2 * in_channels]`
    map: Linear,
}

/// The last input row of a stream; `None` before the first.
#[derive(Debug, Clone, Default)]
pub struct ConvTranspose1dState(Option<Signal>);

impl ConvTranspose1d {
    /// Loads `weight` of shape `[in_channels, out_channels, 2 * stride]` and `bias`.
    ///
    /// # Errors
    ///
    /// If either is missing or has another shape.
    pub fn load(
        weights: &WeightPath<'_>,
        [in_channels, out_channels]: [usize; 2],
        stride: usize,
    ) -> Result<Self, WeightError> {
        let taps = 2 * stride;
        let bias = weights.tensor("bias", &[out_channels])?.repeat(stride);
        let source = MatrixSource {
            tensor: "weight",
            stored_shape: &[in_channels, out_channels, taps],
            shape: [stride * out_channels, 2 * in_channels],
            block_len: in_channels,
            bias: Some(&bias),
            // As for `CausalConv1d`.
            precision: if weights.precision() == Precision::Int16 {
                Precision::Int16
            } else {
                Precision::F32
            },
            in_stored_bits: false,
        };
        let matrix = weights.matrix(source, |weight, row, input| {
            let (phase, output) = (row / out_channels, row % out_channels);
            let (channel, tap) =
                if input < in_channels { (input, phase + stride) } else { (input - in_channels, phase) };
            weight[(channel * out_channels + output) * taps + tap]
        })?;
        Ok(Self { in_channels, out_channels, stride, map: Linear::new(matrix) })
    }
}

impl StreamingModule for ConvTranspose1d {
    type Input = Signal;
    type Output = Signal;
    type State = ConvTranspose1dState;

    fn initial_state(&self) -> ConvTranspose1dState {
        ConvTranspose1dState(None)
    }

    /// # Shapes
    ///
    /// - `input`: `[time, in_channels]`, `time` positive
    /// - returned: `[time * stride, out_channels]`
    ///
    /// # Panics
    ///
    /// If `time` is 0 or the width is wrong.
    fn step(&self, input: Signal, state: &mut ConvTranspose1dState) -> Signal {
        let [time, _] = input.dims();
        let previous = state.0.take().unwrap_or_else(|| zeros([1, self.in_channels]));
        state.0 = Some(input.clone().narrow(0, time - 1, 1));
        let pairs = concatenate(vec![previous, input]);
        let output = self.map.forward_windows(pairs, Windows { length: 2, hop: 1 });
        output.reshape([time * self.stride, self.out_channels])
    }
}

#[cfg(test)]
mod tests {
    use pocket_tts_streaming::chunking_error;
    use pocket_tts_tensor::testing::{cut, random_signal, random_store};
    use pocket_tts_tensor::{WeightStore, signal, to_vec};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_response_to_an_impulse_is_the_kernel() {
        let mut store = WeightStore::default();
        store.insert_values("weight".to_owned(), vec![1, 1, 4], vec![1.0, 2.0, 3.0, 4.0]).unwrap();
        store.insert_values("bias".to_owned(), vec![1], vec![0.5]).unwrap();
        let layer = ConvTranspose1d::load(&store.root(), [1, 1], 2).unwrap();
        let output = layer.step(signal(vec![1.0, 0.0, 0.0], [3, 1]), &mut layer.initial_state());
        assert_eq!(to_vec(output), [1.5, 2.5, 3.5, 4.5, 0.5, 0.5]);
    }

    proptest! {
        #[test]
        fn any_chunking_results_in_the_same_output(
            in_channels in 1_usize..6, out_channels in 1_usize..6, stride in 1_usize..5,
            cuts in prop::collection::vec(1_usize..6, 1..6), seed: u64,
        ) {
            let weight = ("weight".to_owned(), vec![in_channels, out_channels, 2 * stride]);
            let store = random_store(seed, [weight, ("bias".to_owned(), vec![out_channels])]);
            let layer = ConvTranspose1d::load(&store.root(), [in_channels, out_channels], stride).unwrap();
            let whole = random_signal(seed ^ 1, [cuts.iter().sum(), in_channels]);
            prop_assert!(chunking_error(&layer, whole.clone(), cut(&whole, &cuts), to_vec) < 1e-6);
        }
    }
}
