//! From latents to samples.

use std::sync::Arc;

use pocket_tts_mimi::MimiDecoderState;
use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{signal, to_vec};

use crate::{Error, Result, parts::Parts};

/// Share of a second over which a sentence's sound rises: a decoder's first samples may click.
const FADE_IN_PARTS: u32 = 200;

/// Turns the latents of one sentence into samples.
///
/// # Source
///
/// `pocket_tts/models/tts_model.py`, `_decode_audio_worker`
#[derive(Debug)]
pub(crate) struct Speaker {
    parts: Arc<Parts>,
    state: MimiDecoderState,
    /// Samples of the sentence so far.
    spoken: usize,
}

impl Speaker {
    pub(crate) fn new(parts: &Arc<Parts>) -> Self {
        Self { parts: Arc::clone(parts), state: parts.decoder.initial_state(), spoken: 0 }
    }

    /// The samples of one latent.
    pub(crate) fn speak(&mut self, latent: Vec<f32>) -> Result<Vec<f32>> {
        let width = latent.len();
        let mut samples = to_vec(self.parts.decoder.step(signal(latent, [1, width]), &mut self.state));
        let fade_in = (self.parts.config.mimi.sample_rate / FADE_IN_PARTS) as usize;
        for (index, sample) in (self.spoken..fade_in).zip(&mut samples) {
            *sample *= if fade_in > 1 { index as f32 / (fade_in - 1) as f32 } else { 0.0 };
        }
        if samples.iter().any(|x| !x.is_finite()) {
            return Err(Error::NotFinite { frame: self.spoken / self.parts.decoder.samples_per_frame() });
        }
        self.spoken += samples.len();
        Ok(samples)
    }
}
