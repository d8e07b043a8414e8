//! The residual block between two changes of rate.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{Activation, Signal, WeightError, WeightPath, activate};

use crate::{CausalConv1d, CausalConv1dConfig, SeanetConfig, causal_conv::CausalConv1dState};

/// `x + conv1(elu(conv(elu(x))))`: a dilated convolution to fewer channels, then a convolution of one tap back.
///
/// # Source
///
/// `pocket_tts/modules/seanet.py`, `SEANetResnetBlock`; arXiv 2107.03312
#[derive(Debug)]
pub struct ResidualBlock {
    narrow: CausalConv1d,
    widen: CausalConv1d,
}

/// The state of a [`ResidualBlock`]; its second convolution has one tap and so no state.
#[derive(Debug, Clone)]
pub struct ResidualBlockState {
    narrow: CausalConv1dState,
}

impl ResidualBlock {
    /// Loads the block `index` of a rate at which the signal has `channels`.
    ///
    /// # Errors
    ///
    /// If a weight is missing or has another shape.
    pub fn load(
        weights: &WeightPath<'_>,
        config: &SeanetConfig,
        channels: usize,
        index: usize,
    ) -> Result<Self, WeightError> {
        let hidden = channels / config.compress;
        let narrow = CausalConv1dConfig {
            dilation: config.dilation(index),
            ..CausalConv1dConfig::plain(channels, hidden, config.residual_kernel_size, config.pad_mode)
        };
        let widen = CausalConv1dConfig::plain(hidden, channels, 1, config.pad_mode);
        Ok(Self {
            narrow: CausalConv1d::load(&weights.at("block.1.conv"), narrow)?,
            widen: CausalConv1d::load(&weights.at("block.3.conv"), widen)?,
        })
    }
}

impl StreamingModule for ResidualBlock {
    type Input = Signal;
    type Output = Signal;
    type State = ResidualBlockState;

    fn initial_state(&self) -> ResidualBlockState {
        ResidualBlockState { narrow: self.narrow.initial_state() }
    }

    /// # Shapes
    ///
    /// - `input`, returned: `[time, channels]`, `time` positive
    ///
    /// # Panics
    ///
    /// If `time` is 0 or the width is wrong.
    fn step(&self, input: Signal, state: &mut ResidualBlockState) -> Signal {
        let hidden = self.narrow.step(activate(input.clone(), Activation::Elu), &mut state.narrow);
        let update = self.widen.step(activate(hidden, Activation::Elu), &mut self.widen.initial_state());
        input + update
    }
}
