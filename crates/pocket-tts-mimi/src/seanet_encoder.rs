//! The convolutions from samples to the transformer's input.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{Activation, Signal, WeightError, WeightPath, activate};

use crate::{
    CausalConv1d, CausalConv1dConfig, ResidualBlock, SeanetConfig, causal_conv::CausalConv1dState,
    residual_block::ResidualBlockState,
};

/// A convolution, for each ratio residual blocks with a strided convolution after them, a convolution.
///
/// # Source
///
/// `pocket_tts/modules/seanet.py`, `SEANetEncoder`; arXiv 2107.03312
#[derive(Debug)]
pub struct SeanetEncoder {
    input: CausalConv1d,
    stages: Vec<EncoderStage>,
    output: CausalConv1d,
}

/// The state of a [`SeanetEncoder`].
#[derive(Debug, Clone)]
pub struct SeanetEncoderState {
    input: CausalConv1dState,
    stages: Vec<EncoderStageState>,
    output: CausalConv1dState,
}

#[derive(Debug)]
struct EncoderStage {
    blocks: Vec<ResidualBlock>,
    downsample: CausalConv1d,
}

#[derive(Debug, Clone)]
struct EncoderStageState {
    blocks: Vec<ResidualBlockState>,
    downsample: CausalConv1dState,
}

impl SeanetEncoder {
    /// Loads the convolutions `model.0`, `model.1`, …; activations are numbered too.
    ///
    /// # Errors
    ///
    /// If a weight is missing or has another shape.
    pub fn load(weights: &WeightPath<'_>, config: &SeanetConfig) -> Result<Self, WeightError> {
        let plain = |channels: [usize; 2], kernel_size| {
            CausalConv1dConfig::plain(channels[0], channels[1], kernel_size, config.pad_mode)
        };
        let at = |index: usize| weights.at("model").at(index);
        let mut channels = config.n_filters;
        let input =
            CausalConv1d::load(&at(0).at("conv"), plain([config.channels, channels], config.kernel_size))?;
        let mut index = 1;
        let mut stages = Vec::new();
        for &ratio in config.ratios.iter().rev() {
            let blocks = (0..config.n_residual_layers)
                .map(|block| ResidualBlock::load(&at(index + block), config, channels, block))
                .collect::<Result<_, _>>()?;
            index += config.n_residual_layers;
            let downsample =
                CausalConv1dConfig { stride: ratio, ..plain([channels, 2 * channels], 2 * ratio) };
            stages.push(EncoderStage {
                blocks,
                downsample: CausalConv1d::load(&at(index + 1).at("conv"), downsample)?,
            });
            index += 2;
            channels *= 2;
        }
        let output = plain([channels, config.dimension], config.last_kernel_size);
        Ok(Self { input, stages, output: CausalConv1d::load(&at(index + 1).at("conv"), output)? })
    }
}

impl StreamingModule for SeanetEncoder {
    type Input = Signal;
    type Output = Signal;
    type State = SeanetEncoderState;

    fn initial_state(&self) -> SeanetEncoderState {
        let stage = |stage: &EncoderStage| EncoderStageState {
            blocks: stage.blocks.iter().map(ResidualBlock::initial_state).collect(),
            downsample: stage.downsample.initial_state(),
        };
        SeanetEncoderState {
            input: self.input.initial_state(),
            stages: self.stages.iter().map(stage).collect(),
            output: self.output.initial_state(),
        }
    }

    /// # Shapes
    ///
    /// - `input`: `[time, channels]`, `time` a positive multiple of the hop length
    /// - returned: `[time / hop_length, dimension]`
    ///
    /// # Panics
    ///
    /// If `time` is not such a multiple or the width is wrong.
    fn step(&self, input: Signal, state: &mut SeanetEncoderState) -> Signal {
        let mut signal = self.input.step(input, &mut state.input);
        for (stage, state) in self.stages.iter().zip(&mut state.stages) {
            for (block, state) in stage.blocks.iter().zip(&mut state.blocks) {
                signal = block.step(signal, state);
            }
            signal = stage.downsample.step(activate(signal, Activation::Elu), &mut state.downsample);
        }
        self.output.step(activate(signal, Activation::Elu), &mut state.output)
    }
}
