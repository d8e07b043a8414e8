//! From a sentence to latents.

use std::sync::Arc;

use pocket_tts_flow_lm::FlowLmState;
use pocket_tts_tensor::{Signal, concatenate};
use pocket_tts_text::{SentenceTokens, sentence_tokens};

use super::Plan;
use crate::{Error, Result, parts::Parts};

/// Frames on which the end is not looked for: some voices look ended before they have begun.
const MIN_FRAMES_BEFORE_EOS: usize = 6;
/// Added to the guess of frames after the end.
const GUESSED_FRAMES_MARGIN: usize = 2;
/// For the most frames of a sentence.
const TOKENS_PER_SECOND: f64 = 3.0;
const SECONDS_OF_MARGIN: f64 = 2.0;

/// One step of the writer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Written {
    /// A latent in the codec's scale.
    Frame(Vec<f32>),
    /// The sentence is over; whether the model said so or the limit was reached.
    End { reached_limit: bool },
}

/// Writes the latents of one sentence.
///
/// # Source
///
/// `pocket_tts/models/tts_model.py`, `generate_audio_stream`, `_autoregressive_generation`
#[derive(Debug)]
pub(crate) struct Writer {
    plan: Arc<Plan>,
    /// The sentence's number.
    sentence: usize,
    state: FlowLmState,
    /// What the model's heads see for the first latent, until that is written.
    begun: Option<Signal>,
    last: Option<Vec<f32>>,
    frame: usize,
    limit: usize,
    frames_after_eos: usize,
    eos_frame: Option<usize>,
}

impl Writer {
    /// Reads the sentence of this number.
    pub(crate) fn begin(parts: &Parts, plan: &Arc<Plan>, sentence: usize) -> Result<Self> {
        let text = &plan.sentences[sentence].text;
        let SentenceTokens { ids, frames_after_eos_guess } =
            sentence_tokens(&parts.tokenizer, text, &parts.text_options, plan.options.unknown)?;
        let seconds = ids.len() as f64 / TOKENS_PER_SECOND + SECONDS_OF_MARGIN;
        let estimate = (seconds * parts.config.mimi.frame_rate).ceil() as usize;
        let limit = plan.options.frame_limit.unwrap_or(estimate);
        let mut state = plan.voice.clone();
        state.reserve(ids.len() + limit.max(1));
        let begun = Some(parts.flow_lm.begin(parts.lookup_table.embed(&ids), &mut state));
        let guess = frames_after_eos_guess + GUESSED_FRAMES_MARGIN;
        let frames_after_eos = plan.options.frames_after_eos.unwrap_or(guess);
        let plan = Arc::clone(plan);
        let (last, eos_frame) = (None, None);
        Ok(Self { plan, sentence, state, begun, last, frame: 0, limit, frames_after_eos, eos_frame })
    }

    /// Whether the sentence is over after what the model says of this frame's end of speech.
    fn is_over(&mut self, eos_logit: f32) -> bool {
        if eos_logit > self.plan.options.eos_threshold && self.frame >= MIN_FRAMES_BEFORE_EOS {
            self.eos_frame.get_or_insert(self.frame);
        }
        self.eos_frame.is_some_and(|eos| self.frame >= eos + self.frames_after_eos)
    }

    fn noise(&self, width: usize) -> Vec<f32> {
        let Plan { noise, options, .. } = &*self.plan;
        noise.frame(self.sentence as u64, self.frame as u64, width, options.noise)
    }

    fn accept(&mut self, parts: &Parts, eos_logit: f32, latent: &[f32]) -> Result<Written> {
        // A latent that isn't finite would poison everything after it, or pass for a beginning.
        if !eos_logit.is_finite() || latent.iter().any(|x| !x.is_finite()) {
            return Err(Error::NotFinite { frame: self.frame });
        }
        self.last = Some(latent.to_vec());
        self.frame += 1;
        Ok(Written::Frame(parts.flow_lm.denormalize(latent)))
    }
}

/// One step of every writer, in one pass over the weights; what one writes never depends on the others.
///
/// A writer whose sentence is over must not be given again.
pub(crate) fn write_together(parts: &Parts, writers: &mut [&mut Writer]) -> Vec<Result<Written>> {
    let mut results: Vec<Option<Result<Written>>> = Vec::new();
    results.resize_with(writers.len(), || None);
    // The writers that still write, with their places among all.
    let mut live: Vec<(usize, &mut Writer)> = Vec::new();
    for (place, writer) in writers.iter_mut().enumerate() {
        if writer.frame >= writer.limit {
            results[place] = Some(Ok(Written::End { reached_limit: true }));
        } else {
            live.push((place, writer));
        }
    }
    if !live.is_empty() {
        write_live(parts, live, &mut results);
    }
    results.into_iter().flatten().collect()
}

fn write_live(parts: &Parts, mut live: Vec<(usize, &mut Writer)>, results: &mut [Option<Result<Written>>]) {
    let hidden = read_last(parts, &mut live);
    let logits = parts.flow_lm.eos_logits(&hidden);
    let mut speaking = Vec::new();
    for (row, ((place, writer), logit)) in live.into_iter().zip(logits).enumerate() {
        if writer.is_over(logit) {
            results[place] = Some(Ok(Written::End { reached_limit: false }));
        } else {
            speaking.push(Speaking { row, place, writer, logit });
        }
    }
    // Samplers with the same number of steps are the same, and take their rows together.
    while let Some(first) = speaking.first() {
        let steps = first.writer.plan.sampler.steps();
        let same = |speaking: &mut Speaking<'_>| speaking.writer.plan.sampler.steps() == steps;
        let group: Vec<Speaking<'_>> = speaking.extract_if(.., same).collect();
        sample(parts, &hidden, group, results);
    }
}

/// What the heads see for the next latent of each writer, a row each.
fn read_last(parts: &Parts, live: &mut [(usize, &mut Writer)]) -> Signal {
    let begun: Vec<Option<Signal>> = live.iter_mut().map(|(_, writer)| writer.begun.take()).collect();
    let going_on = live.iter_mut().zip(&begun).filter(|(_, begun)| begun.is_none());
    let (latents, mut states): (Vec<Option<&[f32]>>, Vec<&mut FlowLmState>) =
        going_on.map(|((_, writer), _)| (writer.last.as_deref(), &mut writer.state)).unzip();
    if latents.len() == begun.len() {
        return parts.flow_lm.step(&latents, &mut states);
    }
    let read = (!latents.is_empty()).then(|| parts.flow_lm.step(&latents, &mut states));
    let mut rows = read.iter().flat_map(|read| (0..read.dims()[0]).map(|row| read.clone().narrow(0, row, 1)));
    concatenate(begun.into_iter().filter_map(|begun| begun.or_else(|| rows.next())).collect())
}

/// A writer that goes on, its row of the hidden signal and its place among all writers.
struct Speaking<'a> {
    row: usize,
    place: usize,
    writer: &'a mut Writer,
    logit: f32,
}

fn sample(parts: &Parts, hidden: &Signal, group: Vec<Speaking<'_>>, results: &mut [Option<Result<Written>>]) {
    let flow_lm = &parts.flow_lm;
    let width = flow_lm.latent_width();
    let Some(plan) = group.first().map(|first| Arc::clone(&first.writer.plan)) else { return };
    let condition = if group.len() == hidden.dims()[0] {
        hidden.clone()
    } else {
        concatenate(group.iter().map(|speaking| hidden.clone().narrow(0, speaking.row, 1)).collect())
    };
    let noise = group.iter().flat_map(|speaking| speaking.writer.noise(width)).collect();
    let latents = flow_lm.sample(&plan.sampler, &condition, noise);
    for (speaking, latent) in group.into_iter().zip(latents.chunks_exact(width)) {
        results[speaking.place] = Some(speaking.writer.accept(parts, speaking.logit, latent));
    }
}
