//! Speech whose attention is led astray, and whether the check finds it. The model is the built-in one.

#![cfg(feature = "tiny")]

use std::ops::Range;

use pocket_tts_tensor::KvCache;

use super::*;
use crate::{Check, GenerateOptions, TtsModel};

const TEXT: &str = "The quick brown fox jumps over the lazy dog.";

/// A sentence whose speech a test interferes with.
struct Sabotage {
    model: TtsModel,
    generator: LatentGenerator,
    /// Positions of the tokens.
    tokens: Range<usize>,
}

impl Sabotage {
    fn new(options: GenerateOptions) -> Self {
        let model = TtsModel::builder().embedded().build().unwrap();
        let voice = model.voice(&model.default_voice()).unwrap();
        let (plan, _) = model.plan(TEXT, &voice, &options.check(Check::Report)).unwrap();
        let first = voice.state().position();
        let generator = LatentGenerator::prefill(model.parts(), &Arc::new(plan), 0, 0).unwrap();
        let tokens = first..first + generator.words().unwrap().token_count();
        Self { model, generator, tokens }
    }

    /// Generates frames until `stop`, or to the end of the sentence, whose problems it returns.
    fn speak_until(&mut self, stop: impl Fn(&LatentGenerator) -> bool) -> Option<Vec<SpeechProblem>> {
        while !stop(&self.generator) {
            let latent = generate_together(self.model.parts(), &mut [&mut self.generator]).remove(0);
            if let GeneratedLatent::End { problems, .. } = latent.unwrap() {
                return Some(problems);
            }
        }
        None
    }

    fn speak(&mut self) -> Vec<SpeechProblem> {
        self.speak_until(|_| false).unwrap()
    }

    /// The positions of a word's tokens.
    fn tokens_of(&self, word: usize) -> Vec<usize> {
        let words = self.generator.words().unwrap();
        let unit = words.words()[word].unit;
        let is_of_word = |token: &usize| {
            let mut scores = vec![0.0; words.token_count()];
            scores[*token] = 1.0;
            words.unit_scores(&scores)[unit] > 0.0
        };
        (0..words.token_count()).filter(is_of_word).map(|token| self.tokens.start + token).collect()
    }

    /// Makes the heads overlook these positions: they get keys of the voice's recording.
    fn hide(&mut self, positions: &[usize]) {
        for cache in &mut self.generator.state.caches {
            let (width, mut keys) = (cache.width(), cache.keys().concat());
            for position in positions {
                let of_voice = position - self.tokens.start;
                keys.copy_within(of_voice * width..(of_voice + 1) * width, position * width);
            }
            *cache = KvCache::from_parts(width, keys, cache.values().concat());
        }
        let heads = self.model.parts().timestamp_heads().unwrap();
        self.generator.state.watch(heads, self.tokens.clone());
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn undisturbed_speech_has_no_problem() {
    assert_eq!(Sabotage::new(GenerateOptions::default()).speak(), []);
}

#[test]
fn a_word_that_the_attention_skips_is_found() {
    let mut sabotage = Sabotage::new(GenerateOptions::default());
    sabotage.hide(&sabotage.tokens_of(3));
    let problems = sabotage.speak();
    assert_eq!(problems, [SpeechProblem::Skipped { words: words(&["fox"]) }]);
    assert_eq!(problems[0].to_string(), "skips \"fox\"");
}

#[test]
fn speech_that_goes_back_is_found() {
    let mut sabotage = Sabotage::new(GenerateOptions::default());
    sabotage.speak_until(|generator| generator.frame == 4);
    let (state, last) = (sabotage.generator.state.clone(), sabotage.generator.last.clone());
    sabotage.speak_until(|generator| generator.frame == 18);
    // Really says the words again.
    (sabotage.generator.state, sabotage.generator.last) = (state, last);
    let problems = sabotage.speak();
    let [SpeechProblem::Repeated { words }] = problems.as_slice() else { panic!("{problems:?}") };
    assert!(words.contains(&"brown".to_owned()), "{words:?}");
    assert!(problems[0].to_string().starts_with("repeats "));
}

#[test]
fn an_early_end_is_found() {
    let mut sabotage = Sabotage::new(GenerateOptions::default().frame_limit(12));
    let problems = sabotage.speak();
    let [SpeechProblem::EndedEarly { words }, SpeechProblem::NeverEnded] = problems.as_slice() else {
        panic!("{problems:?}")
    };
    assert!(words.ends_with(&["lazy".to_owned(), "dog".to_owned()]), "{words:?}");
    assert!(problems[0].to_string().starts_with("ends before "));
}

#[test]
fn speech_that_does_not_end_is_found() {
    let problems = Sabotage::new(GenerateOptions::default().eos_threshold(1e9)).speak();
    assert_eq!(problems.last(), Some(&SpeechProblem::NeverEnded));
    assert_eq!(problems.last().unwrap().to_string(), "does not end by itself");
}
