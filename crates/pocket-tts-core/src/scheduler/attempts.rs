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
        let mut problems = if self.heard < repeated.len() { repeated.remove(self.heard) } else { Vec::new() };
        problems.retain(|problem| !matches!(problem, SpeechProblem::Unclear { .. }));
        CheckedSentence { sentence, repeated, problems }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(count: usize) -> Vec<SpeechProblem> {
        let words = vec!["word".to_owned(); count];
        if count == 0 { Vec::new() } else { vec![SpeechProblem::Skipped { words }] }
    }

    /// Plays attempts with these numbers of wrong words; each has one frame, with its number. Returns the verdicts and the end.
    fn play(counts: &[usize]) -> (Vec<Verdict>, CheckedSentence) {
        let mut attempts = Attempts::new(true);
        let mut verdicts = Vec::new();
        for (number, count) in counts.iter().enumerate() {
            assert!(attempts.is_waiting());
            assert_eq!(attempts.number(), number as u32);
            attempts.note(&[number as f32], &[]);
            verdicts.push(attempts.end(false, problems(*count)));
        }
        assert!(!attempts.is_waiting());
        let checked = attempts.finish(7);
        assert_eq!(checked.sentence, 7);
        (verdicts, checked)
    }

    #[test]
    fn the_first_attempt_without_problems_is_kept() {
        let (verdicts, checked) = play(&[0]);
        assert!(matches!(verdicts[..], [Verdict::Keep]));
        assert!(checked.repeated.is_empty() && checked.problems.is_empty());
        let (verdicts, checked) = play(&[3, 0]);
        assert!(matches!(verdicts[..], [Verdict::Repeat, Verdict::Keep]));
        assert_eq!((checked.repeated, checked.problems), (vec![problems(3)], vec![]));
    }

    #[test]
    fn of_attempts_with_problems_the_first_of_the_best_is_heard() {
        let (verdicts, checked) = play(&[3, 2, 1]);
        assert!(matches!(verdicts[..], [Verdict::Repeat, Verdict::Repeat, Verdict::Keep]));
        assert_eq!(checked.problems, problems(1));
        for (counts, best) in [([1, 2, 3], 0), ([2, 1, 1], 1), ([2, 2, 2], 0)] {
            let (verdicts, checked) = play(&counts);
            let Verdict::Replay(attempt) = &verdicts[2] else { panic!("{counts:?} {verdicts:?}") };
            assert_eq!(attempt.latents, [[best as f32]], "{counts:?}");
            assert_eq!(checked.problems, problems(counts[best]));
            assert_eq!(checked.repeated.len(), 2);
        }
    }

    #[test]
    fn unclear_speech_is_repeated_and_not_reported() {
        let unclear = |attention| vec![SpeechProblem::Unclear { attention }];
        let mut attempts = Attempts::new(true);
        for (number, attention) in [40, 60, 50].into_iter().enumerate() {
            attempts.note(&[number as f32], &[]);
            match (number, attempts.end(false, unclear(attention))) {
                (0 | 1, Verdict::Repeat) => {}
                (2, Verdict::Replay(attempt)) => assert_eq!(attempt.latents, [[1.0]]),
                (_, verdict) => panic!("{number} {verdict:?}"),
            }
        }
        let checked = attempts.finish(0);
        assert_eq!((checked.repeated, checked.problems), (vec![unclear(40), unclear(50)], vec![]));
    }

    #[test]
    fn a_sentence_that_is_heard_at_once_is_only_reported() {
        let mut attempts = Attempts::new(false);
        assert!(!attempts.is_waiting());
        assert!(matches!(attempts.end(false, problems(1)), Verdict::Keep));
        assert_eq!(attempts.finish(0).problems, problems(1));
    }

    #[test]
    fn a_failure_lets_what_exists_be_heard() {
        let mut attempts = Attempts::new(true);
        attempts.stop();
        assert!(!attempts.is_waiting());
        assert!(attempts.finish(0).problems.is_empty());
    }
}
