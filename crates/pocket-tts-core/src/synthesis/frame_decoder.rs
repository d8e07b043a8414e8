//! From latents to samples.

use std::sync::Arc;

use pocket_tts_mimi::MimiDecoderState;
use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{signal, to_vec};

use crate::{Error, Result, parts::Parts};

/// The fade-in of a sentence as a fraction of a second: a decoder's first samples may click.
const FADE_IN_PARTS: u32 = 200;

/// Decodes the latents of one sentence to samples.
///
/// # Source
///
/// `pocket_tts/models/tts_model.py`, `_decode_audio_worker`
#[derive(Debug)]
pub(crate) struct FrameDecoder {
    parts: Arc<Parts>,
    state: MimiDecoderState,
    /// Samples of the sentence so far.
    samples_so_far: usize,
}

impl FrameDecoder {
    pub(crate) fn new(parts: &Arc<Parts>) -> Self {
        Self { parts: Arc::clone(parts), state: parts.decoder.initial_state(), samples_so_far: 0 }
    }

    /// Decodes consecutive latents, a chunk of samples each. The number of latents per call changes no bit.
    pub(crate) fn decode(&mut self, latents: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
        let width = latents.first().map_or(0, Vec::len);
        let input = signal(latents.concat(), [latents.len(), width]);
        let samples = to_vec(self.parts.decoder.step(input, &mut self.state));
        samples.chunks_exact(self.parts.decoder.samples_per_frame()).map(|frame| self.chunk(frame)).collect()
    }

    fn chunk(&mut self, frame: &[f32]) -> Result<Vec<f32>> {
        if frame.iter().any(|x| !x.is_finite()) {
            return Err(Error::NotFinite { frame: self.samples_so_far / frame.len() });
        }
        let mut samples = frame.to_vec();
        let fade_in = (self.parts.config.mimi.sample_rate / FADE_IN_PARTS) as usize;
        for (index, sample) in (self.samples_so_far..fade_in).zip(&mut samples) {
            *sample *= if fade_in > 1 { index as f32 / (fade_in - 1) as f32 } else { 0.0 };
        }
        self.samples_so_far += samples.len();
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Location, TtsModel};

    fn decoder() -> FrameDecoder {
        let folder = pocket_tts_test_support::own_goldens().join("04_drifting");
        let config = Location::Path(folder.join("config.yaml"));
        let model = TtsModel::builder().config(config).offline(true).build().unwrap();
        FrameDecoder::new(model.parts())
    }

    #[test]
    fn a_frame_that_is_not_finite_is_named() {
        let mut decoder = decoder();
        let width = decoder.parts.flow_lm.latent_width();
        assert_eq!(decoder.decode(&vec![vec![0.0; width]; 3]).unwrap().len(), 3);
        let samples = decoder.parts.decoder.samples_per_frame();
        let error = decoder.chunk(&vec![f32::NAN; samples]).unwrap_err();
        assert!(matches!(error, Error::NotFinite { frame: 3 }), "{error}");
    }
}
