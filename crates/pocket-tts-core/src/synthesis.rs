//! A request as plain state machines: sentences to latents, latents to samples. No threads here.

use std::sync::Arc;

use pocket_tts_flow_lm::{FlowLmState, Noise, Sampler};
use pocket_tts_mimi::MimiDecoderState;
use pocket_tts_streaming::StreamingModule;
use pocket_tts_tensor::{signal, to_vec};
use pocket_tts_text::{Sentence, prepare};

use crate::{Error, Result, options::Resolved, parts::Parts};

/// Frames on which the end is not looked for: some voices look ended before they have begun.
const MIN_FRAMES_BEFORE_EOS: usize = 6;
/// Added to the guess of frames after the end.
const GUESSED_FRAMES_MARGIN: usize = 2;
/// For the most frames of a sentence.
const TOKENS_PER_SECOND: f64 = 3.0;
const SECONDS_OF_MARGIN: f64 = 2.0;
/// Share of a second over which a sentence's sound rises: a decoder's first samples may click.
const FADE_IN_PARTS: u32 = 200;

/// One step of the writer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Written {
    /// A latent in the codec's scale.
    Frame(Vec<f32>),
    /// The sentence is over; whether the model said so or the limit was reached.
    SentenceEnd { reached_limit: bool },
}

/// Writes latents, sentence by sentence.
///
/// # Source
///
/// `pocket_tts/models/tts_model.py`, `generate_audio_stream`, `_autoregressive_generation`
#[derive(Debug)]
pub(crate) struct Writer {
    parts: Arc<Parts>,
    options: Resolved,
    sampler: Sampler,
    noise: Noise,
    voice: FlowLmState,
    sentences: std::vec::IntoIter<Sentence>,
    /// Number of sentences begun.
    begun: u64,
    current: Option<Progress>,
}

#[derive(Debug)]
struct Progress {
    state: FlowLmState,
    last: Option<Vec<f32>>,
    frame: usize,
    limit: usize,
    frames_after_eos: usize,
    eos_frame: Option<usize>,
}

impl Writer {
    pub(crate) fn new(
        parts: Arc<Parts>,
        voice: FlowLmState,
        sentences: Vec<Sentence>,
        options: Resolved,
    ) -> Self {
        let kind = parts.config.flow_lm.flow.kind;
        let sampler = Sampler::new(parts.flow_lm.flow_net(), kind, options.sampler_decode_steps);
        let noise = Noise::new(options.seed);
        let sentences = sentences.into_iter();
        Self { parts, options, sampler, noise, voice, sentences, begun: 0, current: None }
    }

    /// The next latent, or the end of a sentence; `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Written>> {
        let mut progress = match self.current.take() {
            Some(progress) => progress,
            None => match self.sentences.next() {
                Some(sentence) => self.begin(&sentence)?,
                None => return Ok(None),
            },
        };
        if progress.frame >= progress.limit {
            return Ok(Some(Written::SentenceEnd { reached_limit: true }));
        }
        let flow_lm = &self.parts.flow_lm;
        let frame = progress.frame;
        let hidden = flow_lm.step(progress.last.as_deref(), &mut progress.state);
        let logit = flow_lm.eos_logit(&hidden);
        if logit > self.options.eos_threshold && frame >= MIN_FRAMES_BEFORE_EOS {
            progress.eos_frame.get_or_insert(frame);
        }
        if progress.eos_frame.is_some_and(|eos| frame >= eos + progress.frames_after_eos) {
            return Ok(Some(Written::SentenceEnd { reached_limit: false }));
        }
        let noise =
            self.noise.frame(self.begun - 1, frame as u64, flow_lm.latent_width(), self.options.noise);
        let latent = flow_lm.sample(&self.sampler, &hidden, noise);
        // A latent that isn't finite would poison everything after it, or pass for a beginning.
        if !logit.is_finite() || latent.iter().any(|x| !x.is_finite()) {
            return Err(Error::NotFinite { frame });
        }
        let written = flow_lm.denormalize(&latent);
        progress.last = Some(latent);
        progress.frame += 1;
        self.current = Some(progress);
        Ok(Some(Written::Frame(written)))
    }

    fn begin(&mut self, sentence: &Sentence) -> Result<Progress> {
        self.begun += 1;
        let parts = &self.parts;
        let prepared = prepare(&sentence.text, &parts.text_options)?;
        let ids = parts.tokenizer.encode(&prepared.text).map_err(pocket_tts_text::TextError::from)?;
        let seconds = ids.len() as f64 / TOKENS_PER_SECOND + SECONDS_OF_MARGIN;
        let estimate = (seconds * parts.config.mimi.frame_rate).ceil() as usize;
        let limit = self.options.frame_limit.unwrap_or(estimate);
        let mut state = self.voice.clone();
        state.reserve(ids.len() + limit);
        parts.flow_lm.prefill(parts.lookup_table.embed(&ids), &mut state);
        let guess = prepared.frames_after_eos_guess + GUESSED_FRAMES_MARGIN;
        let frames_after_eos = self.options.frames_after_eos.unwrap_or(guess);
        Ok(Progress { state, last: None, frame: 0, limit, frames_after_eos, eos_frame: None })
    }
}

/// Turns the latents of one sentence after another into samples.
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
    pub(crate) fn new(parts: Arc<Parts>) -> Self {
        let state = parts.decoder.initial_state();
        Self { parts, state, spoken: 0 }
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

    /// Forgets the sentence.
    pub(crate) fn end_sentence(&mut self) {
        self.state = self.parts.decoder.initial_state();
        self.spoken = 0;
    }
}
