//! Edges of words for given attention.

use pocket_tts_spans::MappedText;
use pocket_tts_text::{TextOptions, Tokenizer, TokenizerKind, Unknown, sentence_words};

use super::*;

fn aligner(text: &str) -> WordAligner {
    let file = pocket_tts_test_support::own_goldens().join("tokenizer_a.model");
    let bytes = std::fs::read(file).unwrap();
    let tokenizer = Tokenizer::from_bytes(TokenizerKind::SentencePiece, &bytes, "a").unwrap();
    let words = sentence_words(&tokenizer, &MappedText::new(text), &TextOptions::default(), Unknown::Keep);
    WordAligner::new(Arc::new(words.unwrap()))
}

use WordEdge::{End, Start};

#[test]
fn words_follow_the_attention_and_silence_ends_them() {
    // Units: a, a comma, b, c, an added mark.
    let mut aligner = aligner("a, b c");
    let frames: [(&[f32], bool, &[WordEdge]); 9] = [
        (&[0.0, 0.0, 0.0, 0.0, 1.0], false, &[]),
        (&[0.5, 0.0, 0.4, 0.0, 0.1], true, &[Start(0)]),
        (&[0.4, 0.6, 0.0, 0.0, 0.0], true, &[]),
        (&[0.4, 0.3, 0.3, 0.0, 0.0], false, &[]),
        (&[0.4, 0.6, 0.0, 0.0, 0.0], false, &[End(0)]),
        (&[0.0, 0.6, 0.4, 0.0, 0.0], true, &[Start(1)]),
        // A later word counts once the open one has lost all attention.
        (&[0.0, 0.0, 0.4, 0.4, 0.0], true, &[]),
        (&[0.0, 0.0, 0.4, 0.5, 0.0], true, &[End(1), Start(2)]),
        // Nothing of the original follows.
        (&[0.0, 0.0, 0.0, 1.0, 0.0], false, &[End(2)]),
    ];
    for (index, (scores, is_voiced, edges)) in frames.into_iter().enumerate() {
        assert_eq!(aligner.push(scores, is_voiced), edges, "frame {index}");
    }
    assert_eq!(aligner.push(&[1.0, 0.0, 0.0, 0.0, 0.0], true), []);
    assert_eq!(aligner.finish(), []);
}

#[test]
fn a_mark_of_the_original_keeps_the_last_word_open_in_silence() {
    for (text, edges) in [("a.", &[][..]), ("a", &[End(0)])] {
        let mut aligner = aligner(text);
        assert_eq!(aligner.push(&[1.0, 0.0], true), [Start(0)]);
        assert_eq!(aligner.push(&[1.0, 0.0], false), edges, "{text}");
    }
}

#[test]
fn words_that_never_begin_have_no_duration() {
    let mut aligner = aligner("a b c");
    assert_eq!(aligner.push(&[1.0, 0.0, 0.0, 0.0], true), [Start(0)]);
    assert_eq!(aligner.finish(), [End(0), Start(1), End(1), Start(2), End(2)]);
    let mut skipping = self::aligner("a b c");
    assert_eq!(skipping.push(&[1.0, 0.0, 0.0, 0.0], true), [Start(0)]);
    // The next word comes first, even if a later one has the attention.
    assert_eq!(skipping.push(&[0.0, 0.0, 1.0, 0.0], true), [End(0), Start(1)]);
}

#[test]
fn a_frame_is_voiced_above_a_root_mean_square_of_a_thousandth() {
    assert!(!is_voiced(&[0.0009; 4]) && is_voiced(&[0.0011; 4]) && !is_voiced(&[]));
    assert!(is_voiced(&[0.0, 0.0, 0.0, -0.003]));
}
