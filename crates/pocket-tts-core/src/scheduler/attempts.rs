//! The attempts to speak a sentence that is checked before it is heard. It must not know threads.

use crate::{synthesis::CheckedSentence, words::SpeechProblem};

/// How often a sentence is spoken again.
const MOST_REPEATS: u32 = 2;

/// What is known of the attempts of one sentence.
#[derive(Debug)]
pub(super) struct Attempts {
    /// Whether the sentence waits until it is complete, and may be spoken again.
    repeats: bool,
    is_decided: bool,
    /// The attempt that is being generated.
    current: Attempt,
    /// The attempt with the fewest problems so far.
    best: Option<Attempt>,
    /// The problems of all attempts.
    problems: Vec<Vec<SpeechProblem>>,
    /// Which attempt is heard.
    heard: usize,
    /// Whether a worker decodes what is not needed.
    has_forgotten_decoder: bool,
}

/// The frames of one attempt.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    number: usize,
    pub(super) latents: Vec<Vec<f32>>,
    pub(super) scores: Vec<Vec<f32>>,
    pub(super) reached_limit: bool,
    weight: usize,
}

/// What to do after an attempt.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Let it be heard.
    Keep,
    /// Speak again.
    Repeat,
    /// Let an earlier attempt be heard.
    Replay(Attempt),
}

impl Attempts {
    pub(super) fn new(repeats: bool) -> Self {
        Self {
            repeats,
            is_decided: false,
            current: Attempt::default(),
            best: None,
            problems: Vec::new(),
            heard: 0,
            has_forgotten_decoder: false,
        }
    }

    /// Whether nothing may be heard yet.
    pub(super) fn is_waiting(&self) -> bool {
        self.repeats && !self.is_decided
    }

    /// How many attempts there were before this one.
    pub(super) fn number(&self) -> u32 {
        self.problems.len() as u32
    }

    /// Keeps a frame, in case a later attempt is worse.
    pub(super) fn note(&mut self, latent: &[f32], scores: &[f32]) {
        if self.is_waiting() {
            self.current.latents.push(latent.to_vec());
            self.current.scores.push(scores.to_vec());
        }
    }

    /// Lets be heard what exists, after a failure.
    pub(super) fn stop(&mut self) {
        self.is_decided = true;
    }

    /// Ends an attempt.
    pub(super) fn end(&mut self, reached_limit: bool, problems: Vec<SpeechProblem>) -> Verdict {
        let weight = problems.iter().map(SpeechProblem::weight).sum();
        let number = self.problems.len();
        self.problems.push(problems);
        self.heard = number;
        if !self.is_waiting() || weight == 0 {
            self.is_decided = true;
            return Verdict::Keep;
        }
        let attempt = Attempt { number, reached_limit, weight, ..std::mem::take(&mut self.current) };
        let is_last = number as u32 >= MOST_REPEATS;
        let best = match self.best.take() {
            Some(best) if best.weight <= weight => best,
            _ if is_last => {
                self.is_decided = true;
                return Verdict::Keep;
            }
            _ => attempt,
        };
        if is_last {
            self.is_decided = true;
            self.heard = best.number;
            return Verdict::Replay(best);
        }
        self.best = Some(best);
        Verdict::Repeat
    }

    /// The decoder that a worker has belongs to an attempt that isn't heard.
    pub(super) fn forget_decoder(&mut self) {
        self.has_forgotten_decoder = true;
    }

    /// Whether the decoder that a worker returns is to be dropped; true once.
    pub(super) fn decoder_is_forgotten(&mut self) -> bool {
        std::mem::take(&mut self.has_forgotten_decoder)
    }

    /// What was found about the sentence of this number.
    pub(super) fn finish(&mut self, sentence: usize) -> CheckedSentence {
        let mut repeated = std::mem::take(&mut self.problems);
        let problems = if self.heard < repeated.len() { repeated.remove(self.heard) } else { Vec::new() };
        CheckedSentence { sentence, repeated, problems }
    }
}
