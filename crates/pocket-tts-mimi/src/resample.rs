//! Learnt resampling between the rate of the convolutions and the rate of the latents.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{Signal, WeightError, WeightPath, concatenate, map_signal, zeros};

use crate::{CausalConv1d, CausalConv1dConfig, PadMode, causal_conv::CausalConv1dState};

/// Downsamples by a convolution of kernel `2 * stride`, with `replicate` padding.
///
/// # Source
///
/// `pocket_tts/modules/resample.py`, `ConvDownsample1d`
#[derive(Debug)]
pub struct Downsample(CausalConv1d);

/// Upsamples by a grouped transposed convolution: output channel `c` depends on the `in_channels / out_channels` input
/// channels of its group only.
///
/// # Source
///
/// `pocket_tts/modules/resample.py`, `ConvTrUpsample1d`
#[derive(Debug)]
pub struct Upsample {
    in_channels: usize,
    out_channels: usize,
    stride: usize,
    /// `[2 * stride, in_channels]`, the taps of each input channel.
    taps: Vec<f32>,
}

/// The last input row of a stream; `None` before the first.
#[derive(Debug, Clone, Default)]
pub struct UpsampleState(Option<Signal>);

impl Downsample {
    /// Loads `conv.conv.weight` of shape `[out_channels, in_channels, 2 * stride]`.
    ///
    /// # Errors
    ///
    /// If it is missing or has another shape.
    pub fn load(
        weights: &WeightPath<'_>,
        [in_channels, out_channels]: [usize; 2],
        stride: usize,
    ) -> Result<Self, WeightError> {
        let config = CausalConv1dConfig {
            in_channels,
            out_channels,
            kernel_size: 2 * stride,
            stride,
            dilation: 1,
            pad_mode: PadMode::Replicate,
        };
        Ok(Self(CausalConv1d::load_without_bias(&weights.at("conv.conv"), config)?))
    }
}

impl StreamingModule for Downsample {
    type Input = Signal;
    type Output = Signal;
    type State = CausalConv1dState;

    fn initial_state(&self) -> CausalConv1dState {
        self.0.initial_state()
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
        self.0.step(input, state)
    }
}

impl Upsample {
    /// Loads `convtr.convtr.weight` of shape `[in_channels, 1, 2 * stride]`; `out_channels` divides `in_channels`, which
    /// the configuration's validation ensures.
    ///
    /// # Errors
    ///
    /// If it is missing or has another shape.
    pub fn load(
        weights: &WeightPath<'_>,
        [in_channels, out_channels]: [usize; 2],
        stride: usize,
    ) -> Result<Self, WeightError> {
        let weight = weights.at("convtr.convtr").tensor("weight", &[in_channels, 1, 2 * stride])?;
        let taps = (0..2 * stride * in_channels)
            .map(|at| weight[at % in_channels * 2 * stride + at / in_channels])
            .collect();
        Ok(Self { in_channels, out_channels, stride, taps })
    }
}

impl StreamingModule for Upsample {
    type Input = Signal;
    type Output = Signal;
    type State = UpsampleState;

    fn initial_state(&self) -> UpsampleState {
        UpsampleState(None)
    }

    /// # Shapes
    ///
    /// - `input`: `[time, in_channels]`, `time` positive
    /// - returned: `[time * stride, out_channels]`
    ///
    /// # Panics
    ///
    /// If `time` is 0 or the width is wrong.
    fn step(&self, input: Signal, state: &mut UpsampleState) -> Signal {
        let (in_channels, stride) = (self.in_channels, self.stride);
        let group = in_channels / self.out_channels;
        let [time, width] = input.dims();
        assert_eq!(width, in_channels, "rows of the upsampling's width");
        let previous = state.0.take().unwrap_or_else(|| zeros([1, in_channels]));
        state.0 = Some(input.clone().narrow(0, time - 1, 1));
        let padded = concatenate(vec![previous, input]);
        map_signal(padded, [time * stride, self.out_channels], |input, output| {
            for (row, output) in output.chunks_exact_mut(self.out_channels).enumerate() {
                let (from, phase) = (row / stride * in_channels, row % stride);
                let (previous, current) = input[from..from + 2 * in_channels].split_at(in_channels);
                let late = &self.taps[(phase + stride) * in_channels..][..in_channels];
                let early = &self.taps[phase * in_channels..][..in_channels];
                for channel in 0..in_channels {
                    output[channel / group] +=
                        previous[channel] * late[channel] + current[channel] * early[channel];
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use pocket_tts_streaming::chunking_error;
    use pocket_tts_tensor::testing::{cut, random_signal, random_store};
    use pocket_tts_tensor::to_vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_chunking_results_in_the_same_upsampling(
            group in 1_usize..3, out_channels in 1_usize..6, stride in 1_usize..5,
            cuts in prop::collection::vec(1_usize..6, 1..6), seed: u64,
        ) {
            let in_channels = group * out_channels;
            let store = random_store(seed, [("convtr.convtr.weight".to_owned(), vec![in_channels, 1, 2 * stride])]);
            let layer = Upsample::load(&store.root(), [in_channels, out_channels], stride).unwrap();
            let whole = random_signal(seed ^ 1, [cuts.iter().sum(), in_channels]);
            prop_assert!(chunking_error(&layer, whole.clone(), cut(&whole, &cuts), to_vec) < 1e-6);
        }

        #[test]
        fn any_chunking_results_in_the_same_downsampling(
            in_channels in 1_usize..6, out_channels in 1_usize..6, stride in 1_usize..5,
            cuts in prop::collection::vec(1_usize..6, 1..6), seed: u64,
        ) {
            let shape = vec![out_channels, in_channels, 2 * stride];
            let store = random_store(seed, [("conv.conv.weight".to_owned(), shape)]);
            let layer = Downsample::load(&store.root(), [in_channels, out_channels], stride).unwrap();
            let cuts: Vec<usize> = cuts.into_iter().map(|cut| cut * stride).collect();
            let whole = random_signal(seed ^ 1, [cuts.iter().sum(), in_channels]);
            prop_assert!(chunking_error(&layer, whole.clone(), cut(&whole, &cuts), to_vec) < 1e-6);
        }
    }
}
