//! The codec's encoder: samples to latents.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{Signal, WeightError, WeightPath, concatenate, signal};
use pocket_tts_transformer::{ProjectedTransformer, TransformerState};

use crate::{
    Downsample, MimiConfig, SeanetEncoder, causal_conv::CausalConv1dState, seanet_encoder::SeanetEncoderState,
};

/// Frames per step of [`MimiEncoder::encode`]: enough to keep matrix products large, and few enough that the signals at
/// the highest rate, 2 MB each, aren't allocated from the system each time.
const FRAMES_PER_CHUNK: usize = 4;

/// Convolutions, transformer, downsampling to the rate of the latents.
///
/// # Source
///
/// `pocket_tts/models/mimi.py`, `MimiModel.encode_to_latent`
#[derive(Debug)]
pub struct MimiEncoder {
    seanet: SeanetEncoder,
    transformer: ProjectedTransformer,
    downsample: Option<Downsample>,
    samples_per_frame: usize,
}

/// The state of a [`MimiEncoder`].
#[derive(Debug, Clone)]
pub struct MimiEncoderState {
    seanet: SeanetEncoderState,
    transformer: TransformerState,
    downsample: CausalConv1dState,
}

impl MimiEncoder {
    /// Loads the encoder's part of the codec.
    ///
    /// # Errors
    ///
    /// If a weight is missing or has another shape.
    pub fn load(weights: &WeightPath<'_>, config: &MimiConfig) -> Result<Self, WeightError> {
        let stride = config.upsample_stride();
        let channels = [config.seanet.dimension, config.inner_dim()];
        let downsample = (stride > 1)
            .then(|| Downsample::load(&weights.at("downsample"), channels, stride))
            .transpose()?;
        let transformer = config.transformer.projected();
        Ok(Self {
            seanet: SeanetEncoder::load(&weights.at("encoder"), &config.seanet)?,
            transformer: ProjectedTransformer::load(&weights.at("encoder_transformer"), transformer)?,
            downsample,
            samples_per_frame: config.samples_per_frame(),
        })
    }

    /// The convolutions.
    pub fn seanet(&self) -> &SeanetEncoder {
        &self.seanet
    }

    /// The transformer after the convolutions.
    pub fn transformer(&self) -> &ProjectedTransformer {
        &self.transformer
    }

    /// Encodes a complete recording; its last frame is padded with silence.
    ///
    /// # Shapes
    ///
    /// - `samples`: mono, at the codec's rate
    /// - returned: `[frames, inner_dim]`
    ///
    /// # Panics
    ///
    /// If `samples` is empty.
    pub fn encode(&self, samples: &[f32]) -> Signal {
        let mut state = self.initial_state();
        let chunks = samples.chunks(FRAMES_PER_CHUNK * self.samples_per_frame).map(|chunk| {
            let mut chunk = chunk.to_vec();
            chunk.resize(chunk.len().next_multiple_of(self.samples_per_frame), 0.0);
            let shape = [chunk.len(), 1];
            self.step(signal(chunk, shape), &mut state)
        });
        concatenate(chunks.collect())
    }
}

impl StreamingModule for MimiEncoder {
    type Input = Signal;
    type Output = Signal;
    type State = MimiEncoderState;

    fn initial_state(&self) -> MimiEncoderState {
        MimiEncoderState {
            seanet: self.seanet.initial_state(),
            transformer: self.transformer.initial_state(),
            downsample: CausalConv1dState::default(),
        }
    }

    /// # Shapes
    ///
    /// - `input`: `[samples, 1]`, a positive multiple of the samples per frame
    /// - returned: `[frames, inner_dim]`
    ///
    /// # Panics
    ///
    /// If the number of samples is not such a multiple.
    fn step(&self, input: Signal, state: &mut MimiEncoderState) -> Signal {
        let convolved = self.seanet.step(input, &mut state.seanet);
        let contextualized = self.transformer.step(convolved, &mut state.transformer);
        match &self.downsample {
            Some(downsample) => downsample.step(contextualized, &mut state.downsample),
            None => contextualized,
        }
    }
}
