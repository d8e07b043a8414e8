//! The codec's decoder: latents to samples.

use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{Signal, WeightError, WeightPath};
use pocket_tts_transformer::{ProjectedTransformer, TransformerState};

use crate::{
    CausalConv1d, CausalConv1dConfig, MimiConfig, PadMode, SeanetDecoder, Upsample, resample::UpsampleState,
    seanet_decoder::SeanetDecoderState,
};

/// Projection of the latents, upsampling to the rate of the convolutions, transformer, convolutions.
///
/// # Source
///
/// `pocket_tts/models/mimi.py`, `MimiModel.decode_from_latent`
#[derive(Debug)]
pub struct MimiDecoder {
    projection: CausalConv1d,
    upsample: Option<Upsample>,
    transformer: ProjectedTransformer,
    seanet: SeanetDecoder,
    samples_per_frame: usize,
}

/// The state of a [`MimiDecoder`].
#[derive(Debug, Clone)]
pub struct MimiDecoderState {
    upsample: UpsampleState,
    transformer: TransformerState,
    seanet: SeanetDecoderState,
}

impl MimiDecoder {
    /// Loads the decoder's part of the codec.
    ///
    /// # Errors
    ///
    /// If a weight is missing or has another shape.
    pub fn load(weights: &WeightPath<'_>, config: &MimiConfig) -> Result<Self, WeightError> {
        let quantizer = &config.quantizer;
        let projection =
            CausalConv1dConfig::plain(quantizer.dimension, quantizer.output_dimension, 1, PadMode::Constant);
        let stride = config.upsample_stride();
        let channels = [config.outer_dim(), config.decoder_seanet().dimension];
        let upsample =
            (stride > 1).then(|| Upsample::load(&weights.at("upsample"), channels, stride)).transpose()?;
        let transformer = config.decoder_transformer().projected();
        Ok(Self {
            projection: CausalConv1d::load_without_bias(&weights.at("quantizer.output_proj"), projection)?,
            upsample,
            transformer: ProjectedTransformer::load(&weights.at("decoder_transformer"), transformer)?,
            seanet: SeanetDecoder::load(&weights.at("decoder"), config.decoder_seanet())?,
            samples_per_frame: config.samples_per_frame(),
        })
    }

    /// Samples per latent.
    pub fn samples_per_frame(&self) -> usize {
        self.samples_per_frame
    }

    /// The output of the transformer, which is the input of the convolutions.
    ///
    /// # Shapes
    ///
    /// - `latents`: `[frames, latent width]`, in the codec's scale
    /// - returned: `[frames * stride, dimension]`
    ///
    /// # Panics
    ///
    /// If the width is wrong.
    pub fn contextualize(&self, latents: Signal, state: &mut MimiDecoderState) -> Signal {
        let projected = self.projection.step(latents, &mut self.projection.initial_state());
        let upsampled = match &self.upsample {
            Some(upsample) => upsample.step(projected, &mut state.upsample),
            None => projected,
        };
        self.transformer.step(upsampled, &mut state.transformer)
    }
}

impl StreamingModule for MimiDecoder {
    type Input = Signal;
    type Output = Signal;
    type State = MimiDecoderState;

    fn initial_state(&self) -> MimiDecoderState {
        MimiDecoderState {
            upsample: UpsampleState::default(),
            transformer: self.transformer.initial_state(),
            seanet: self.seanet.initial_state(),
        }
    }

    /// # Shapes
    ///
    /// - `latents`: `[frames, latent width]`, `frames` positive, in the codec's scale
    /// - returned: `[frames * samples_per_frame, 1]`
    ///
    /// # Panics
    ///
    /// If there is no frame or the width is wrong.
    fn step(&self, latents: Signal, state: &mut MimiDecoderState) -> Signal {
        let contextualized = self.contextualize(latents, state);
        self.seanet.step(contextualized, &mut state.seanet)
    }
}
