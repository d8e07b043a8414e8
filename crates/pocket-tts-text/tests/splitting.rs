//! Properties of every split: no word is lost, and limits are kept where a mark allows it.

mod support;

use pocket_tts_text::{Sentence, TextError, TextOptions, prepare, split_into_sentences};
use proptest::prelude::*;
use support::golden_tokenizer;

fn words(texts: &[Sentence]) -> Vec<&str> {
    texts.iter().flat_map(|sentence| sentence.text.split_whitespace()).collect()
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{1c}'..='\u{1f}')).collect()
}

#[test]
fn a_limit_of_no_tokens_is_an_error() {
    let tokenizer = golden_tokenizer("tokenizer_a.json");
    let result = split_into_sentences(&tokenizer, "Hello.", 0, &TextOptions::default());
    assert!(matches!(result, Err(TextError::MaxTokensZero)));
}

#[test]
fn a_long_sentence_without_marks_is_kept_whole_and_says_so() {
    let tokenizer = golden_tokenizer("tokenizer_a.json");
    let text = "word ".repeat(100);
    let sentences = split_into_sentences(&tokenizer, &text, 20, &TextOptions::default()).unwrap();
    assert_eq!(sentences.len(), 1);
    assert!(sentences[0].token_count > 20);
}

#[test]
fn a_text_that_the_tokenizer_drops_has_no_sentences() {
    // The normalisation of this vocabulary deletes zero-width spaces.
    let tokenizer = golden_tokenizer("tokenizer_b.json");
    let options = TextOptions { append_terminal_punctuation: false, ..TextOptions::default() };
    let sentences = split_into_sentences(&tokenizer, "\u{200b}\u{200b}", 50, &options).unwrap();
    assert_eq!(sentences, []);
}

proptest! {
    #[test]
    fn splitting_words_and_marks_loses_no_word(
        parts in proptest::collection::vec("[a-zA-Zéß日0-9][a-zA-Zéß日0-9'…]{0,8}([.!?]{0,3}|[,;:])", 1..40),
        max_tokens in 1..60_usize,
    ) {
        let tokenizer = golden_tokenizer("tokenizer_a.json");
        let text = parts.join(" ");
        let options = TextOptions::default();
        let sentences = split_into_sentences(&tokenizer, &text, max_tokens, &options).unwrap();
        let prepared = prepare(&text, &options).unwrap().text;
        prop_assert_eq!(words(&sentences), prepared.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn splitting_any_text_loses_no_letter(text in any::<String>(), max_tokens in 1..60_usize) {
        // The vocabulary's mark for a space and its special tokens are not letters.
        let text = text.replace(['▁', '<'], "");
        let tokenizer = golden_tokenizer("tokenizer_a.json");
        let options = TextOptions::default();
        match split_into_sentences(&tokenizer, &text, max_tokens, &options) {
            Ok(sentences) => {
                let spoken: String = sentences.iter().map(|sentence| letters(&sentence.text)).collect();
                prop_assert_eq!(spoken, letters(&prepare(&text, &options).unwrap().text));
            }
            Err(error) => prop_assert!(matches!(error, TextError::Empty), "{}", error),
        }
    }

    #[test]
    fn only_sentences_without_marks_inside_are_longer_than_the_limit(
        parts in proptest::collection::vec("[a-z]{1,9}[.,;:!?]{0,1}", 1..40),
        max_tokens in 1..60_usize,
    ) {
        let tokenizer = golden_tokenizer("tokenizer_a.json");
        let options = TextOptions::default();
        for sentence in split_into_sentences(&tokenizer, &parts.join(" "), max_tokens, &options).unwrap() {
            if sentence.token_count > max_tokens {
                let inside = sentence.text.trim_end_matches(['.', ',', ';', ':', '!', '?']);
                prop_assert!(!inside.contains(['.', ',', ';', ':', '!', '?']), "{:?}", sentence);
            }
        }
    }
}
