//! How to speak, per request.

use std::{fmt::Display, time::Duration};

use pocket_tts_audio::{MAX_SPEED, MIN_SPEED};
use pocket_tts_flow_lm::NoiseShape;
use pocket_tts_text::{ReadOptions, Splitting, Unknown};

use crate::{Error, Result, config::Config, front_end::FrontEnd};

/// How to speak. Options that are not set come from the model's configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerateOptions {
    temperature: Option<f32>,
    noise_clamp: Option<f32>,
    sampler_decode_steps: usize,
    eos_threshold: Option<f32>,
    frames_after_eos: Option<usize>,
    frame_limit: Option<usize>,
    max_tokens: usize,
    seed: Option<u64>,
    first_sentence: u64,
    pause_before: Duration,
    splitting: Splitting,
    unknown: Unknown,
    speed: f64,
    sentence_pause: Duration,
    paragraph_pause: Duration,
    timings: bool,
    check: Check,
    pub(crate) front_end: FrontEnd,
}

/// Options with all defaults filled in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Resolved {
    pub(crate) noise: NoiseShape,
    pub(crate) sampler_decode_steps: usize,
    pub(crate) eos_threshold: f32,
    pub(crate) frames_after_eos: Option<usize>,
    pub(crate) frame_limit: Option<usize>,
    pub(crate) max_tokens: usize,
    pub(crate) seed: u64,
    /// The index of the first sentence, for its noise.
    pub(crate) first_sentence: u64,
    pub(crate) pause_before: Duration,
    pub(crate) splitting: Splitting,
    pub(crate) unknown: Unknown,
    pub(crate) speed: f64,
    pub(crate) sentence_pause: Duration,
    pub(crate) paragraph_pause: Duration,
    pub(crate) timings: bool,
    pub(crate) check: Check,
}

/// What is done about words that a sentence lacks or says twice, if the model's
/// [`timestamp_heads`](crate::config::Config::timestamp_heads) are known. A sentence that is spoken again has another seed;
/// the attempt with the fewest problems is kept. So the same seed still gives the same samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Check {
    /// Nothing is checked.
    #[default]
    Off,
    /// Problems are reported.
    Report,
    /// A sentence with problems is spoken again. Each sentence is heard once it is complete, so this is for files.
    Repeat,
    /// As [`Repeat`](Self::Repeat), but a sentence is heard at once, and its problems are only reported, unless the
    /// sentences before it have at least as many tokens: then it waits in the queue anyway.
    RepeatWaiting,
}

/// The maximum of sampler steps, far beyond any gain.
const MAX_SAMPLER_DECODE_STEPS: usize = 1_000;
/// The maximum of frames after EOS: eight minutes.
const MAX_FRAMES_AFTER_EOS: usize = 6_000;
/// The maximum of frames of a sentence: about two hours.
const MAX_FRAME_LIMIT: usize = 100_000;
/// The maximum of tokens of a sentence.
const MAX_TOKENS: usize = 10_000;
/// The longest pause.
pub(crate) const MAX_PAUSE: Duration = Duration::from_hours(1);

impl Default for GenerateOptions {
    /// The reference's defaults (`pocket_tts/default_parameters.py`).
    fn default() -> Self {
        Self {
            temperature: None,
            noise_clamp: None,
            sampler_decode_steps: 1,
            eos_threshold: None,
            frames_after_eos: None,
            frame_limit: None,
            max_tokens: 50,
            seed: None,
            first_sentence: 0,
            pause_before: Duration::ZERO,
            splitting: Splitting::Reference,
            unknown: Unknown::LeaveOut,
            speed: 1.0,
            sentence_pause: Duration::ZERO,
            paragraph_pause: Duration::ZERO,
            timings: false,
            check: Check::Off,
            front_end: FrontEnd::default(),
        }
    }
}

impl GenerateOptions {
    /// Variance of the noise that each frame starts from; 0 is deterministic. Default: the model's.
    #[must_use]
    pub fn temperature(mut self, temperature: impl Into<Option<f32>>) -> Self {
        self.temperature = temperature.into();
        self
    }

    /// Draws noise beyond this distance from 0 again. Default: no limit.
    #[must_use]
    pub fn noise_clamp(mut self, clamp: impl Into<Option<f32>>) -> Self {
        self.noise_clamp = clamp.into();
        self
    }

    /// Steps from noise to a latent, for samplers that take several. Default: 1.
    #[must_use]
    pub fn sampler_decode_steps(mut self, steps: usize) -> Self {
        self.sampler_decode_steps = steps;
        self
    }

    /// The logit above which speech ends (EOS). Default: the model's.
    #[must_use]
    pub fn eos_threshold(mut self, threshold: impl Into<Option<f32>>) -> Self {
        self.eos_threshold = threshold.into();
        self
    }

    /// Frames (80 ms) to generate after EOS. Default: the model's, or else a guess from the number of
    /// words.
    #[must_use]
    pub fn frames_after_eos(mut self, frames: impl Into<Option<usize>>) -> Self {
        self.frames_after_eos = frames.into();
        self
    }

    /// The frame limit of a sentence. Default: enough for three tokens per second and two seconds more.
    #[must_use]
    pub fn frame_limit(mut self, frames: impl Into<Option<usize>>) -> Self {
        self.frame_limit = frames.into();
        self
    }

    /// The maximum of tokens of one prefill; longer texts are split, see [`splitting`](Self::splitting). Default: 50.
    #[must_use]
    pub fn max_tokens(mut self, tokens: usize) -> Self {
        self.max_tokens = tokens;
        self
    }

    /// Makes the noise, and so the audio, reproducible. Default: a new seed for each request.
    #[must_use]
    pub fn seed(mut self, seed: impl Into<Option<u64>>) -> Self {
        self.seed = seed.into();
        self
    }

    /// The index of the request's first sentence. The noise of a sentence depends on the seed and on its index, so a text that
    /// is spoken in several requests, each of which goes on counting, sounds as in one. Default: 0.
    #[must_use]
    pub fn first_sentence(mut self, index: u64) -> Self {
        self.first_sentence = index;
        self
    }

    /// Silence before the first sentence, at most an hour, unless the request begins with a pause of its own: for a request
    /// that goes on after another one, the [`pause_after`](crate::SpeechStream::pause_after) of that. Default: none.
    #[must_use]
    pub fn pause_before(mut self, pause: Duration) -> Self {
        self.pause_before = pause;
        self
    }

    /// How many times as fast as the model speaks, at the same pitch: from 0.25 to 4. Pauses keep their length. Default: 1,
    /// which changes no bit.
    #[must_use]
    pub fn speed(mut self, speed: f64) -> Self {
        self.speed = speed;
        self
    }

    /// Silence between sentences that are spoken one after the other, at most an hour; see
    /// [`max_tokens`](Self::max_tokens), within which short ones are spoken together. Default: none.
    #[must_use]
    pub fn sentence_pause(mut self, pause: Duration) -> Self {
        self.sentence_pause = pause;
        self
    }

    /// Silence between paragraphs, which blank lines separate, at most an hour; a longer
    /// [`sentence_pause`](Self::sentence_pause) counts there, too. No sentences of two paragraphs are spoken together then.
    /// Default: none.
    #[must_use]
    pub fn paragraph_pause(mut self, pause: Duration) -> Self {
        self.paragraph_pause = pause;
        self
    }

    /// Whether the stream tells when sentences and words begin and end; see
    /// [`SpeechStream::take_timings`](crate::SpeechStream::take_timings). Default: no.
    #[must_use]
    pub fn timings(mut self, timings: bool) -> Self {
        self.timings = timings;
        self
    }

    /// Whether sentences are checked for words that are missing or said twice. Default: [`Check::Off`].
    #[must_use]
    pub fn check(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    /// How a text is split into sentences. Default: [`Splitting::Reference`].
    #[must_use]
    pub fn splitting(mut self, splitting: Splitting) -> Self {
        self.splitting = splitting;
        self
    }

    /// Passes all of a text to the model, as the Python package does: unknown characters as the unknown token, and marks without
    /// words as sentences. Models invent words for either. Default: both are left out.
    #[must_use]
    pub fn keep_unknown_characters(mut self, keep: bool) -> Self {
        self.unknown = if keep { Unknown::Keep } else { Unknown::LeaveOut };
        self
    }

    /// Checks the options and fills in defaults. Every request passes here.
    pub(crate) fn resolve(&self, config: &Config) -> Result<Resolved> {
        let temperature = self.temperature.unwrap_or(config.default_temperature as f32);
        let eos_threshold = self.eos_threshold.unwrap_or(config.default_eos_threshold as f32);
        demand(
            "temperature",
            temperature,
            temperature.is_finite() && temperature >= 0.0,
            "a number of 0 or more",
        )?;
        if let Some(clamp) = self.noise_clamp {
            demand("noise_clamp", clamp, clamp.is_finite() && clamp >= 0.0, "a number of 0 or more")?;
        }
        demand("eos_threshold", eos_threshold, !eos_threshold.is_nan(), "a number")?;
        within("sampler_decode_steps", self.sampler_decode_steps, 1, MAX_SAMPLER_DECODE_STEPS)?;
        within("max_tokens", self.max_tokens, 1, MAX_TOKENS)?;
        within("frames_after_eos", self.frames_after_eos.unwrap_or(0), 0, MAX_FRAMES_AFTER_EOS)?;
        within("frame_limit", self.frame_limit.unwrap_or(1), 1, MAX_FRAME_LIMIT)?;
        let is_speed = (MIN_SPEED..=MAX_SPEED).contains(&self.speed);
        demand("speed", self.speed, is_speed, "from 0.25 (slow) to 4 (fast)")?;
        let pauses = [
            ("pause_before", self.pause_before),
            ("sentence_pause", self.sentence_pause),
            ("paragraph_pause", self.paragraph_pause),
        ];
        for (option, pause) in pauses {
            demand(option, pause.as_secs_f64(), pause <= MAX_PAUSE, "at most 3600 s")?;
        }
        Ok(Resolved {
            noise: NoiseShape { temperature, clamp: self.noise_clamp },
            sampler_decode_steps: self.sampler_decode_steps,
            eos_threshold,
            frames_after_eos: self.frames_after_eos.or(config.model_recommended_frames_after_eos),
            frame_limit: self.frame_limit,
            max_tokens: self.max_tokens,
            seed: self.seed.unwrap_or_else(fresh_seed),
            first_sentence: self.first_sentence,
            pause_before: self.pause_before,
            splitting: self.splitting,
            unknown: self.unknown,
            speed: self.speed,
            sentence_pause: self.sentence_pause,
            paragraph_pause: self.paragraph_pause,
            timings: self.timings,
            check: self.check,
        })
    }
}

impl Resolved {
    /// Whether the attention to the words is needed.
    pub(crate) fn watches(&self) -> bool {
        self.timings || self.checks()
    }

    /// Whether sentences are checked.
    pub(crate) fn checks(&self) -> bool {
        self.check != Check::Off
    }

    /// Whether a sentence of this number of tokens, after `tokens_before` in the sentences before it, waits until it is complete.
    pub(crate) fn repeats(&self, tokens: usize, tokens_before: usize) -> bool {
        // Its sound waits in memory.
        const MOST_FRAMES: usize = 1_000;
        let is_bounded = self.frame_limit.unwrap_or(0) <= MOST_FRAMES && self.max_tokens <= MOST_FRAMES / 5;
        // Without noise each attempt is the same.
        let differs = self.noise.temperature > 0.0;
        is_bounded
            && differs
            && match self.check {
                Check::Off | Check::Report => false,
                Check::Repeat => true,
                Check::RepeatWaiting => tokens_before >= tokens,
            }
    }

    /// How to turn a text into sentences. `short_first`: whether its sound is waited for.
    pub(crate) fn reading(&self, short_first: bool) -> ReadOptions {
        let Self { max_tokens, splitting, unknown, .. } = *self;
        ReadOptions { max_tokens, splitting, short_first, unknown }
    }
}

/// Refuses a value for which the condition doesn't hold.
pub(crate) fn demand(option: &'static str, value: impl Display, holds: bool, allowed: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::InvalidOption { option, problem: format!("is {value}, but must be {allowed}") })
}

fn within(option: &'static str, value: usize, least: usize, most: usize) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::InvalidOption { option, problem: format!("is {value}, but must be from {least} to {most}") })
}

/// A seed that differs from call to call.
fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::time::SystemTime::now())
}
