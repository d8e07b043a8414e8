//! Problems for given attention.

use pocket_tts_spans::MappedText;
use pocket_tts_text::{TextOptions, Tokenizer, TokenizerKind, Unknown, sentence_words};

use super::*;

const CLEAR: f32 = 0.6;

/// Attends to each word of "a b c d" in turn, with these shares.
fn problems(shares: [f32; 4], clear: f32) -> Vec<SpeechProblem> {
    let file = pocket_tts_test_support::own_goldens().join("tokenizer_a.model");
    let bytes = std::fs::read(file).unwrap();
    let tokenizer = Tokenizer::from_bytes(TokenizerKind::SentencePiece, &bytes, "a").unwrap();
    let text = MappedText::new("a b c d");
    let words = sentence_words(&tokenizer, &text, &TextOptions::default(), Unknown::Keep).unwrap();
    let mut check = AttentionCheck::new(Arc::new(words.clone()), clear);
    for (word, share) in words.words().iter().zip(shares) {
        let mut scores = vec![0.0; words.units().len()];
        scores[word.unit] = share;
        check.push(&scores);
        check.push_head(&scores);
        check.push_head(&[0.0; 8][..scores.len()]);
    }
    check.finish(false)
}

#[test]
fn a_weak_word_among_clear_ones_is_no_problem() {
    for shares in [[0.9; 4], [0.9, 0.2, 0.9, 0.9], [CLEAR; 4]] {
        assert_eq!(problems(shares, CLEAR), [], "{shares:?}");
    }
}

#[test]
fn speech_is_unclear_if_its_words_are_weak_on_average() {
    let shares = [0.8, 0.4, 0.4, 0.4];
    let [problem] = problems(shares, CLEAR).try_into().unwrap();
    assert_eq!(problem, SpeechProblem::Unclear { attention: 50 });
    assert_eq!(problem.to_string(), "is likely unclear");
    assert_eq!(problems(shares, 0.0), [], "of a model whose clear attention is unknown");
    // What is surely wrong is enough.
    assert_eq!(
        problems([0.8, 0.0, 0.4, 0.4], CLEAR),
        [SpeechProblem::Skipped { words: vec!["b".to_owned()] }]
    );
}

#[test]
fn unclear_speech_is_better_than_a_missing_word_and_worse_than_less_unclear_speech() {
    let unclear = |attention| SpeechProblem::Unclear { attention }.weight();
    assert!(unclear(50) > unclear(51));
    assert!(unclear(1) < SpeechProblem::Skipped { words: vec!["word".to_owned()] }.weight());
}
