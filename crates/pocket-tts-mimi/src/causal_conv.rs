//! Causal convolution.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{
    Linear, MatrixSource, Precision, Signal, WeightError, WeightPath, Windows, concatenate, filled,
    map_signal, to_vec, zeros,
};

use crate::PadMode;

/// Hyperparameters of a [`CausalConv1d`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CausalConv1dConfig {
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// Taps of the kernel.
    pub kernel_size: usize,
    /// Input rows per output row; at most the kernel's span.
    pub stride: usize,
    /// Input rows between two taps.
    pub dilation: usize,
    /// Padding before the first row of a stream.
    pub pad_mode: PadMode,
}

/// One-dimensional convolution whose output never depends on later input.
///
/// Padding is on the left only: the tail of the previous chunk, kept in the state. In the channels-last layout, a
/// convolution is a matrix product over overlapping windows of rows.
///
/// # Source
///
/// `pocket_tts/modules/conv.py`, `StreamingConv1d`
#[derive(Debug)]
pub struct CausalConv1d {
    config: CausalConv1dConfig,
    /// `[out_channels, kernel_size * in_channels]`, taps outermost.
    map: Linear,
}

/// The last input rows of a stream, which its next output needs; `None` before the first.
#[derive(Debug, Clone, Default)]
pub struct CausalConv1dState(Option<Signal>);

impl CausalConv1dConfig {
    /// A convolution of stride 1 without dilation.
    pub fn plain(in_channels: usize, out_channels: usize, kernel_size: usize, pad_mode: PadMode) -> Self {
        Self { in_channels, out_channels, kernel_size, stride: 1, dilation: 1, pad_mode }
    }

    /// Input rows from the first tap to the last, both included.
    fn span(&self) -> usize {
        (self.kernel_size - 1) * self.dilation + 1
    }
}

impl CausalConv1d {
    /// Loads `weight` of shape `[out_channels, in_channels, kernel_size]` and `bias` of shape
    /// `[out_channels]`.
    ///
    /// # Errors
    ///
    /// If either is missing or has another shape.
    pub fn load(weights: &WeightPath<'_>, config: CausalConv1dConfig) -> Result<Self, WeightError> {
        let bias = weights.tensor("bias", &[config.out_channels])?;
        Self::load_biased(weights, config, Some(&bias))
    }

    /// As [`load`](Self::load), for a convolution without bias.
    ///
    /// # Errors
    ///
    /// If the weight is missing or has another shape.
    pub fn load_without_bias(
        weights: &WeightPath<'_>,
        config: CausalConv1dConfig,
    ) -> Result<Self, WeightError> {
        Self::load_biased(weights, config, None)
    }

    fn load_biased(
        weights: &WeightPath<'_>,
        config: CausalConv1dConfig,
        bias: Option<&[f32]>,
    ) -> Result<Self, WeightError> {
        let CausalConv1dConfig { in_channels, out_channels, kernel_size, .. } = config;
        let source = MatrixSource {
            tensor: "weight",
            stored_shape: &[out_channels, in_channels, kernel_size],
            shape: [out_channels, kernel_size * in_channels],
            block_len: in_channels,
            bias,
            // Many rows share a weight, so the product is compute-bound.
            precision: if weights.precision() == Precision::Int16 {
                Precision::Int16
            } else {
                Precision::F32
            },
            in_stored_bits: false,
        };
        let matrix = weights.matrix(source, |weight, output, input| {
            let (tap, channel) = (input / in_channels, input % in_channels);
            weight[(output * in_channels + channel) * kernel_size + tap]
        })?;
        Ok(Self { config, map: Linear::new(matrix) })
    }

    /// Number of earlier input rows that an output row depends on, besides the rows of its own stride.
    fn history_len(&self) -> usize {
        self.config.span() - self.config.stride
    }

    /// The padding before a stream's first chunk.
    fn padding(&self, first_chunk: &Signal) -> Signal {
        let (rows, channels) = (self.history_len(), self.config.in_channels);
        match self.config.pad_mode {
            PadMode::Constant => zeros([rows, channels]),
            PadMode::Replicate => filled(&to_vec(first_chunk.clone().narrow(0, 0, 1)), rows),
        }
    }

    /// Gathers, for each output row, the input rows under the taps.
    fn gather(&self, padded: Signal) -> Signal {
        let CausalConv1dConfig { in_channels, kernel_size, stride, dilation, .. } = self.config;
        let rows = (padded.dims()[0] - self.config.span()) / stride + 1;
        map_signal(padded, [rows, kernel_size * in_channels], |input, output| {
            for (index, tap) in output.chunks_exact_mut(in_channels).enumerate() {
                let (row, tap_index) = (index / kernel_size, index % kernel_size);
                let from = (row * stride + tap_index * dilation) * in_channels;
                tap.copy_from_slice(&input[from..from + in_channels]);
            }
        })
    }
}

impl StreamingModule for CausalConv1d {
    type Input = Signal;
    type Output = Signal;
    type State = CausalConv1dState;

    fn initial_state(&self) -> CausalConv1dState {
        CausalConv1dState(None)
    }

    /// # Shapes
    ///
    /// - `input`: `[time, in_channels]`, `time` a positive multiple of the stride
    /// - returned: `[time / stride, out_channels]`
    ///
    /// # Panics
    ///
    /// If `time` is not a positive multiple of the stride.
    fn step(&self, input: Signal, state: &mut CausalConv1dState) -> Signal {
        let CausalConv1dConfig { kernel_size, stride, dilation, .. } = self.config;
        let [time, _] = input.dims();
        assert!(
            time > 0 && time.is_multiple_of(stride),
            "{time} rows are not a positive multiple of stride {stride}"
        );
        let history_len = self.history_len();
        let padded = if history_len == 0 {
            input
        } else {
            let history = state.0.take().unwrap_or_else(|| self.padding(&input));
            let padded = concatenate(vec![history, input]);
            state.0 = Some(padded.clone().narrow(0, time, history_len));
            padded
        };
        if dilation == 1 {
            self.map.forward_windows(padded, Windows { length: kernel_size, hop: stride })
        } else {
            self.map.forward(self.gather(padded))
        }
    }
}

#[cfg(test)]
mod tests {
    use pocket_tts_streaming::chunking_error;
    use pocket_tts_tensor::signal;
    use pocket_tts_tensor::testing::{cut, random_signal, random_store};
    use proptest::prelude::*;

    use super::*;

    fn load(config: CausalConv1dConfig, seed: u64) -> CausalConv1d {
        let CausalConv1dConfig { in_channels, out_channels, kernel_size, .. } = config;
        let weight = ("weight".to_owned(), vec![out_channels, in_channels, kernel_size]);
        let store = random_store(seed, [weight, ("bias".to_owned(), vec![out_channels])]);
        CausalConv1d::load(&store.root(), config).unwrap()
    }

    #[test]
    fn a_single_tap_in_the_past_is_a_delay() {
        let mut store = pocket_tts_tensor::WeightStore::default();
        store.insert_values("weight".to_owned(), vec![1, 1, 3], vec![1.0, 0.0, 0.0]).unwrap();
        let config = CausalConv1dConfig::plain(1, 1, 3, PadMode::Replicate);
        let layer = CausalConv1d::load_without_bias(&store.root(), config).unwrap();
        let output = layer.step(signal(vec![5.0, 6.0, 7.0, 8.0], [4, 1]), &mut layer.initial_state());
        assert_eq!(to_vec(output), [5.0, 5.0, 5.0, 6.0]);
    }

    proptest! {
        #[test]
        fn any_chunking_results_in_the_same_output(
            in_channels in 1_usize..6, out_channels in 1_usize..20, kernel_size in 1_usize..8,
            dilation in 1_usize..4, stride in 1_usize..4, replicate: bool,
            cuts in prop::collection::vec(1_usize..6, 1..6), seed: u64,
        ) {
            let pad_mode = if replicate { PadMode::Replicate } else { PadMode::Constant };
            let config = CausalConv1dConfig { in_channels, out_channels, kernel_size, stride, dilation, pad_mode };
            prop_assume!(config.span() >= stride);
            let layer = load(config, seed);
            let cuts: Vec<usize> = cuts.into_iter().map(|cut| cut * stride).collect();
            let whole = random_signal(seed ^ 1, [cuts.iter().sum(), in_channels]);
            prop_assert!(chunking_error(&layer, whole.clone(), cut(&whole, &cuts), to_vec) < 1e-6);
        }
    }
}
