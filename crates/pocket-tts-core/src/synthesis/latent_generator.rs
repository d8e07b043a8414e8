//! From a sentence to latents.

use std::sync::Arc;

use pocket_tts_flow_lm::{FlowLmState, Noise};
use pocket_tts_tensor::{Signal, concatenate};
use pocket_tts_text::{SentenceTokens, SentenceWords, sentence_tokens, sentence_words};

use super::{PlannedSentence, RequestPlan};
use crate::{
    Error, Result,
    parts::Parts,
    words::{AttentionCheck, SpeechProblem},
};

/// Frames before which the EOS logit is ignored: some voices exceed the threshold at once.
const MIN_FRAMES_BEFORE_EOS: usize = 6;
/// Added to the guess of frames after EOS.
const GUESSED_FRAMES_MARGIN: usize = 2;
/// For the frame limit of a sentence.
const TOKENS_PER_SECOND: f64 = 3.0;
const SECONDS_OF_MARGIN: f64 = 2.0;

/// The result of one step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum GeneratedLatent {
    /// A latent in the codec's scale, and the attention to each unit of [`SentenceWords`]; empty if it isn't watched.
    Frame { latent: Vec<f32>, scores: Vec<f32> },
    /// The sentence ended; whether the frame limit ended it, and the problems that a check found.
    End { reached_limit: bool, problems: Vec<SpeechProblem> },
}

/// Generates the latents of one sentence.
///
/// # Source
///
/// `pocket_tts/models/tts_model.py`, `generate_audio_stream`, `_autoregressive_generation`
#[derive(Debug)]
pub(crate) struct LatentGenerator {
    plan: Arc<RequestPlan>,
    /// The sentence's number.
    sentence: usize,
    /// How often the sentence was spoken before.
    attempt: u32,
    /// What the attention is watched for.
    watched: Option<Watched>,
    state: FlowLmState,
    /// The heads' input for the first latent, until that is generated.
    first_hidden: Option<Signal>,
    last: Option<Vec<f32>>,
    frame: usize,
    limit: usize,
    /// Whether the caller set the limit, so that it holds after EOS, too.
    is_hard_limit: bool,
    frames_after_eos: usize,
    eos_frame: Option<usize>,
}

/// The words of the sentence, and the check of each attempt.
#[derive(Debug)]
struct Watched {
    words: Arc<SentenceWords>,
    check: Option<AttentionCheck>,
}

impl LatentGenerator {
    /// Prefills the sentence of this number, which was spoken `attempt` times before.
    pub(crate) fn prefill(
        parts: &Parts,
        plan: &Arc<RequestPlan>,
        sentence: usize,
        attempt: u32,
    ) -> Result<Self> {
        let PlannedSentence { text, voice, .. } = &plan.sentences[sentence];
        let SentenceTokens { ids, frames_after_eos_guess } =
            sentence_tokens(&parts.tokenizer, text.text(), &parts.text_options, plan.options.unknown)?;
        let seconds = ids.len() as f64 / TOKENS_PER_SECOND + SECONDS_OF_MARGIN;
        let estimate = (seconds * parts.config.mimi.frame_rate).ceil() as usize;
        let limit = plan.options.frame_limit.unwrap_or(estimate);
        let mut state = voice.state().clone();
        state.reserve(ids.len() + limit.max(1));
        let watched = match parts.timestamp_heads() {
            Some(heads) if plan.options.watches() => {
                let words =
                    sentence_words(&parts.tokenizer, text, &parts.text_options, plan.options.unknown)?;
                let first = state.position();
                state.watch(heads, first..first + ids.len());
                let words = Arc::new(words);
                let check = plan
                    .options
                    .checks()
                    .then(|| AttentionCheck::new(Arc::clone(&words), parts.clear_attention()));
                Some(Watched { words, check })
            }
            _ => None,
        };
        let first_hidden = Some(parts.flow_lm.begin(parts.lookup_table.embed(&ids), &mut state));
        let guess = frames_after_eos_guess + GUESSED_FRAMES_MARGIN;
        let frames_after_eos = plan.options.frames_after_eos.unwrap_or(guess);
        let is_hard_limit = plan.options.frame_limit.is_some() || plan.options.frames_after_eos.is_none();
        let plan = Arc::clone(plan);
        let (last, eos_frame) = (None, None);
        Ok(Self {
            plan,
            sentence,
            attempt,
            watched,
            state,
            first_hidden,
            last,
            frame: 0,
            limit,
            is_hard_limit,
            frames_after_eos,
            eos_frame,
        })
    }

    /// The words of the sentence, if the attention to them is watched.
    pub(crate) fn words(&self) -> Option<&Arc<SentenceWords>> {
        self.watched.as_ref().map(|watched| &watched.words)
    }

    /// The attention to each unit of the words in the latest step.
    fn take_scores(&mut self) -> Vec<f32> {
        let Some(Watched { words, check }) = &mut self.watched else { return Vec::new() };
        let scores = words.unit_scores(&mean(self.state.watched()));
        if let Some(check) = check {
            check.push(&scores);
            for weights in self.state.watched() {
                check.push_head(&words.unit_scores(weights));
            }
        }
        scores
    }

    /// Watches all heads of the model from now on, without a check.
    pub(crate) fn watch_every_head(&mut self, parts: &Parts, words: &SentenceWords) {
        let transformer = &parts.config.flow_lm.transformer;
        let first = self.plan.sentences[self.sentence].voice.state().position();
        self.watched = None;
        self.state.watch(&transformer.every_head(), first..first + words.token_count());
    }

    /// The weights of the latest step, `[tokens]` for each watched head.
    pub(crate) fn attention(&self) -> impl Iterator<Item = &[f32]> {
        self.state.watched()
    }

    /// The end of the sentence.
    fn end(&self, reached_limit: bool) -> GeneratedLatent {
        let check = self.watched.as_ref().and_then(|watched| watched.check.as_ref());
        let problems = check.map(|check| check.finish(reached_limit)).unwrap_or_default();
        GeneratedLatent::End { reached_limit, problems }
    }

    /// Whether the sentence ends at its frame limit. An estimated limit is for sentences that never end; frames that the
    /// caller asks for after EOS are generated beyond it.
    fn has_reached_limit(&self) -> bool {
        self.frame >= self.limit && (self.is_hard_limit || self.eos_frame.is_none())
    }

    /// Whether the sentence ends, given the EOS logit of this frame.
    fn ends(&mut self, eos_logit: f32) -> bool {
        if eos_logit > self.plan.options.eos_threshold && self.frame >= MIN_FRAMES_BEFORE_EOS {
            self.eos_frame.get_or_insert(self.frame);
        }
        self.eos_frame.is_some_and(|eos| self.frame >= eos + self.frames_after_eos)
    }

    fn noise(&self, width: usize) -> Vec<f32> {
        let RequestPlan { options, .. } = &*self.plan;
        let noise = Noise::new(options.seed.wrapping_add(u64::from(self.attempt)));
        let sentence = options.first_sentence + self.sentence as u64;
        noise.frame(sentence, self.frame as u64, width, options.noise)
    }

    fn accept(&mut self, parts: &Parts, eos_logit: f32, latent: &[f32]) -> Result<GeneratedLatent> {
        // A latent that isn't finite would spread to every later frame.
        if !eos_logit.is_finite() || latent.iter().any(|x| !x.is_finite()) {
            return Err(Error::NotFinite { frame: self.frame });
        }
        self.last = Some(latent.to_vec());
        self.frame += 1;
        let scores = self.take_scores();
        Ok(GeneratedLatent::Frame { latent: parts.flow_lm.denormalize(latent), scores })
    }
}

/// The mean of the weights of several heads.
fn mean<'a>(heads: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
    let (mut total, mut count) = (Vec::new(), 0.0_f32);
    for weights in heads {
        total.resize(weights.len(), 0.0);
        total.iter_mut().zip(weights).for_each(|(total, weight)| *total += weight);
        count += 1.0;
    }
    for weight in &mut total {
        *weight /= count;
    }
    total
}

/// One step of every generator, in one pass over the weights. No result depends on the others.
///
/// A generator whose sentence has ended must not be passed again.
pub(crate) fn generate_together(
    parts: &Parts,
    generators: &mut [&mut LatentGenerator],
) -> Vec<Result<GeneratedLatent>> {
    let mut results: Vec<Option<Result<GeneratedLatent>>> = Vec::new();
    results.resize_with(generators.len(), || None);
    // The generators that continue, with their indices.
    let mut live: Vec<(usize, &mut LatentGenerator)> = Vec::new();
    for (index, generator) in generators.iter_mut().enumerate() {
        if generator.has_reached_limit() {
            results[index] = Some(Ok(generator.end(true)));
        } else {
            live.push((index, generator));
        }
    }
    if !live.is_empty() {
        generate_live(parts, live, &mut results);
    }
    results.into_iter().flatten().collect()
}

fn generate_live(
    parts: &Parts,
    mut live: Vec<(usize, &mut LatentGenerator)>,
    results: &mut [Option<Result<GeneratedLatent>>],
) {
    let hidden = last_hidden(parts, &mut live);
    let logits = parts.flow_lm.eos_logits(&hidden);
    let mut continuing = Vec::new();
    for (row, ((index, generator), logit)) in live.into_iter().zip(logits).enumerate() {
        if generator.ends(logit) {
            results[index] = Some(Ok(generator.end(false)));
        } else {
            continuing.push(LiveGenerator { row, index, generator, logit });
        }
    }
    // Samplers with the same number of steps are the same, and process their rows together.
    while let Some(first) = continuing.first() {
        let steps = first.generator.plan.sampler.steps();
        let same = |continuing: &mut LiveGenerator<'_>| continuing.generator.plan.sampler.steps() == steps;
        let group: Vec<LiveGenerator<'_>> = continuing.extract_if(.., same).collect();
        sample(parts, &hidden, group, results);
    }
}

/// The heads' input for the next latent, a row per generator.
fn last_hidden(parts: &Parts, live: &mut [(usize, &mut LatentGenerator)]) -> Signal {
    let first_hidden: Vec<Option<Signal>> =
        live.iter_mut().map(|(_, generator)| generator.first_hidden.take()).collect();
    let going_on = live.iter_mut().zip(&first_hidden).filter(|(_, first_hidden)| first_hidden.is_none());
    let (latents, mut states): (Vec<Option<&[f32]>>, Vec<&mut FlowLmState>) =
        going_on.map(|((_, generator), _)| (generator.last.as_deref(), &mut generator.state)).unzip();
    if latents.len() == first_hidden.len() {
        return parts.flow_lm.step(&latents, &mut states);
    }
    let read = (!latents.is_empty()).then(|| parts.flow_lm.step(&latents, &mut states));
    let mut rows = read.iter().flat_map(|read| (0..read.dims()[0]).map(|row| read.clone().narrow(0, row, 1)));
    concatenate(
        first_hidden.into_iter().filter_map(|first_hidden| first_hidden.or_else(|| rows.next())).collect(),
    )
}

/// A generator that continues, its row of the hidden signal and its index among all generators.
struct LiveGenerator<'a> {
    row: usize,
    index: usize,
    generator: &'a mut LatentGenerator,
    logit: f32,
}

fn sample(
    parts: &Parts,
    hidden: &Signal,
    group: Vec<LiveGenerator<'_>>,
    results: &mut [Option<Result<GeneratedLatent>>],
) {
    let flow_lm = &parts.flow_lm;
    let width = flow_lm.latent_width();
    let Some(plan) = group.first().map(|first| Arc::clone(&first.generator.plan)) else { return };
    let condition = if group.len() == hidden.dims()[0] {
        hidden.clone()
    } else {
        concatenate(group.iter().map(|continuing| hidden.clone().narrow(0, continuing.row, 1)).collect())
    };
    let noise = group.iter().flat_map(|continuing| continuing.generator.noise(width)).collect();
    let latents = flow_lm.sample(&plan.sampler, &condition, noise);
    for (continuing, latent) in group.into_iter().zip(latents.chunks_exact(width)) {
        results[continuing.index] = Some(continuing.generator.accept(parts, continuing.logit, latent));
    }
}

#[cfg(test)]
mod check_tests;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use pocket_tts_text::Unknown;

    use super::*;
    use crate::{GenerateOptions, Location, TtsModel};

    fn model() -> TtsModel {
        let config = Location::Path(folder().join("config.yaml"));
        TtsModel::builder().config(config).offline(true).build().unwrap()
    }

    fn folder() -> PathBuf {
        pocket_tts_test_support::own_goldens().join("04_drifting")
    }

    fn generator(model: &TtsModel, text: &str, options: &GenerateOptions) -> LatentGenerator {
        let voice = model.voice(&folder().join("voice_state.safetensors").into()).unwrap();
        let (plan, _) = model.plan(text, &voice, options).unwrap();
        LatentGenerator::prefill(model.parts(), &Arc::new(plan), 0, 0).unwrap()
    }

    #[test]
    fn the_estimated_limit_is_a_second_per_three_tokens_and_two_seconds() {
        let model = model();
        for text in ["Hello.", "Hello world.", "Hello world, how are you?"] {
            let prepared = sentence_tokens(
                &model.parts().tokenizer,
                text,
                &model.parts().text_options,
                Unknown::LeaveOut,
            );
            let thirds = prepared.unwrap().ids.len() + 6;
            let frames = (thirds as f64 * model.parts().config.mimi.frame_rate / 3.0).ceil();
            let limit = generator(&model, text, &GenerateOptions::default()).limit;
            // The order of the operations may decide to which side a whole number is rounded.
            assert!(limit.abs_diff(frames as usize) <= 1, "{limit} {frames}");
        }
    }

    #[test]
    fn frames_that_are_asked_for_after_eos_exceed_an_estimated_limit_only() {
        let model = model();
        let default = GenerateOptions::default();
        for (options, exceeds) in [
            (default.clone(), false),
            (default.clone().frames_after_eos(100), true),
            (default.clone().frame_limit(50), false),
            (default.frame_limit(50).frames_after_eos(100), false),
        ] {
            let mut generator = generator(&model, "Hello.", &options);
            generator.frame = generator.limit - 1;
            assert!(!generator.has_reached_limit());
            generator.frame += 1;
            assert!(generator.has_reached_limit(), "{options:?}");
            generator.eos_frame = Some(generator.frame);
            assert_eq!(generator.has_reached_limit(), !exceeds, "{options:?}");
        }
    }

    #[test]
    fn speech_ends_after_a_logit_above_the_threshold() {
        let model = model();
        let options = GenerateOptions::default().eos_threshold(-1.5).frames_after_eos(0);
        let mut generator = generator(&model, "Hello.", &options);
        for (frame, logit, ends) in [(5, 0.0, false), (6, -1.5, false), (6, -1.4, true)] {
            generator.frame = frame;
            assert_eq!(generator.ends(logit), ends, "{frame} {logit}");
        }
    }

    #[test]
    fn a_latent_or_an_eos_logit_that_is_not_finite_is_an_error() {
        let model = model();
        let parts = model.parts();
        let mut generator = generator(&model, "Hello world.", &GenerateOptions::default());
        let latent = vec![0.0; parts.flow_lm.latent_width()];
        assert!(generator.accept(parts, 0.0, &latent).is_ok());
        let mut broken = latent.clone();
        broken[1] = f32::INFINITY;
        for (eos_logit, latent) in [(f32::NAN, &latent), (0.0, &broken)] {
            let error = generator.accept(parts, eos_logit, latent).unwrap_err();
            assert!(matches!(error, Error::NotFinite { frame: 1 }), "{error}");
        }
    }
}
