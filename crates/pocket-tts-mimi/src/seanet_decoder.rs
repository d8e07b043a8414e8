//! The convolutions from the transformer's output to samples.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{Activation, Signal, WeightError, WeightPath, activate};

use crate::{
    CausalConv1d, CausalConv1dConfig, ConvTranspose1d, ResidualBlock, SeanetConfig,
    causal_conv::CausalConv1dState, conv_transpose::ConvTranspose1dState, residual_block::ResidualBlockState,
};

/// A convolution, for each ratio a transposed convolution with residual blocks after it, a convolution.
///
/// # Source
///
/// `pocket_tts/modules/seanet.py`, `SEANetDecoder`; arXiv 2107.03312
#[derive(Debug)]
pub struct SeanetDecoder {
    input: CausalConv1d,
    stages: Vec<DecoderStage>,
    output: CausalConv1d,
}

/// The state of a [`SeanetDecoder`].
#[derive(Debug, Clone)]
pub struct SeanetDecoderState {
    input: CausalConv1dState,
    stages: Vec<DecoderStageState>,
    output: CausalConv1dState,
}

#[derive(Debug)]
struct DecoderStage {
    upsample: ConvTranspose1d,
    blocks: Vec<ResidualBlock>,
}

#[derive(Debug, Clone)]
struct DecoderStageState {
    upsample: ConvTranspose1dState,
    blocks: Vec<ResidualBlockState>,
}

impl SeanetDecoder {
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
        let mut channels = config.n_filters << config.ratios.len();
        let input =
            CausalConv1d::load(&at(0).at("conv"), plain([config.dimension, channels], config.kernel_size))?;
        let mut index = 1;
        let mut stages = Vec::new();
        for &ratio in &config.ratios {
            let upsample =
                ConvTranspose1d::load(&at(index + 1).at("convtr"), [channels, channels / 2], ratio)?;
            channels /= 2;
            let blocks = (0..config.n_residual_layers)
                .map(|block| ResidualBlock::load(&at(index + 2 + block), config, channels, block))
                .collect::<Result<_, _>>()?;
            stages.push(DecoderStage { upsample, blocks });
            index += 2 + config.n_residual_layers;
        }
        let output = plain([config.n_filters, config.channels], config.last_kernel_size);
        Ok(Self { input, stages, output: CausalConv1d::load(&at(index + 1).at("conv"), output)? })
    }
}

impl StreamingModule for SeanetDecoder {
    type Input = Signal;
    type Output = Signal;
    type State = SeanetDecoderState;

    fn initial_state(&self) -> SeanetDecoderState {
        let stage = |stage: &DecoderStage| DecoderStageState {
            upsample: stage.upsample.initial_state(),
            blocks: stage.blocks.iter().map(ResidualBlock::initial_state).collect(),
        };
        SeanetDecoderState {
            input: self.input.initial_state(),
            stages: self.stages.iter().map(stage).collect(),
            output: self.output.initial_state(),
        }
    }

    /// # Shapes
    ///
    /// - `input`: `[time, dimension]`, `time` positive
    /// - returned: `[time * hop_length, channels]`
    ///
    /// # Panics
    ///
    /// If `time` is 0 or the width is wrong.
    fn step(&self, input: Signal, state: &mut SeanetDecoderState) -> Signal {
        let mut signal = self.input.step(input, &mut state.input);
        for (stage, state) in self.stages.iter().zip(&mut state.stages) {
            signal = stage.upsample.step(activate(signal, Activation::Elu), &mut state.upsample);
            for (block, state) in stage.blocks.iter().zip(&mut state.blocks) {
                signal = block.step(signal, state);
            }
        }
        self.output.step(activate(signal, Activation::Elu), &mut state.output)
    }
}
