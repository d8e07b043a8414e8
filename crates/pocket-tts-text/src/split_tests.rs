//! Tests of the search for decimal points, which decodes a few tokens where the reference decodes all, and of the work.

use proptest::prelude::*;

use super::*;
use crate::test_support::{CountingCodec, golden_tokenizers};

/// As in the reference: decodes all tokens on either side.
fn follows_decimal_point_by_decoding_all(codec: &impl Codec, tokens: &[u32], index: usize) -> bool {
    let before: Vec<char> = codec.decode(&tokens[..index]).unwrap().chars().collect();
    let after = codec.decode(&tokens[index..]).unwrap();
    matches!(before[..], [.., digit, '.'] if is_digit(digit)) && after.starts_with(is_digit)
}

/// Texts full of digits and marks of one to four bytes, spaces, and characters unknown to the
/// vocabularies.
fn texts() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        4 => "[0-9]{1,3}",
        4 => Just(".".to_owned()),
        2 => prop_oneof![Just("٣"), Just("９"), Just("𝟘"), Just("²"), Just("½")].prop_map(str::to_owned),
        2 => prop_oneof![Just("…"), Just("!"), Just("?"), Just("。"), Just("\u{fffd}")].prop_map(str::to_owned),
        2 => "[a-z]{1,4}",
        2 => " {1,3}",
        1 => "[日本語русс]{1,12}",
        1 => prop_oneof![Just("<s>"), Just("<unk>"), Just("\u{200b}")].prop_map(str::to_owned),
    ];
    proptest::collection::vec(parts, 1..40).prop_map(|parts| parts.concat())
}

/// Compares both searches at every index between characters.
fn compare_all_cuts(text: &str) -> Result<(), TestCaseError> {
    for tokenizer in golden_tokenizers() {
        let tokens = tokenizer.encode(text)?;
        for index in 0..=tokens.len() {
            // The splitter never asks about an index inside a character.
            let whole = tokenizer.decode(&tokens[..index])?;
            if whole.ends_with(char::REPLACEMENT_CHARACTER) {
                continue;
            }
            prop_assert_eq!(
                follows_decimal_point(&tokenizer, &tokens, index)?,
                follows_decimal_point_by_decoding_all(&tokenizer, &tokens, index),
                "{:?} {} {:?}",
                tokenizer,
                index,
                tokens
            );
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn decoding_a_few_tokens_finds_the_same_decimal_points_as_decoding_all(text in texts()) {
        compare_all_cuts(&text)?;
    }
}

#[test]
fn a_replacement_character_of_the_text_is_not_taken_for_an_incomplete_one() {
    for text in ["٣.²²٣\u{fffd}日", "日\u{fffd}٣²٣.²²٣\u{fffd}日", "½\u{fffd}𝟘\u{fffd}٣.٣\u{fffd}\u{fffd}𝟘"]
    {
        compare_all_cuts(text).unwrap();
    }
}

#[test]
fn a_digit_of_several_tokens_is_found_behind_tokens_without_text() {
    // With one more, the digit is farther than the search looks.
    for count in 4..=6 {
        let tokens = "<s>".repeat(count);
        for text in [format!("1.{tokens}٣"), format!("٣{tokens}.5")] {
            compare_all_cuts(&text).unwrap();
        }
    }
}

#[test]
fn sentences_are_joined_up_to_the_limit() {
    let text = "Aa. Bb. Cc.";
    for (max_tokens, expected) in
        [(7, &["Aa.", "Bb.", "Cc."][..]), (8, &["Aa. Bb.", "Cc."]), (11, &["Aa. Bb.", "Cc."]), (12, &[text])]
    {
        let sentences = split(&CountingCodec::default(), text, max_tokens, &TextOptions::default()).unwrap();
        let texts: Vec<String> = sentences.into_iter().map(|sentence| sentence.text).collect();
        assert_eq!(texts, expected, "{max_tokens}");
    }
}

#[test]
fn decimal_points_keep_their_number_together() {
    let sentences = split(&CountingCodec::default(), "It is 98.6. 7 is less!5", 6, &TextOptions::default());
    let texts: Vec<String> = sentences.unwrap().into_iter().map(|sentence| sentence.text).collect();
    // A space after the period does not count for a tokenizer whose decoder drops it.
    assert_eq!(texts, ["It is 98.6. 7 is less!", "5."]);
}

#[test]
fn the_work_grows_with_the_length_of_the_text_and_not_its_square() {
    let patterns = ["a", "a.", "9.", "9", "a,", "9.a,", ".", "\u{fffd}9.", "日"];
    for pattern in patterns {
        for max_tokens in [1, 50, usize::MAX] {
            let work = |characters: usize| {
                let codec = CountingCodec::default();
                let text = pattern.repeat(characters / pattern.chars().count());
                split(&codec, &text, max_tokens, &TextOptions::default()).unwrap();
                codec.work.get()
            };
            let (short, long) = (work(10_000), work(100_000));
            assert!(long <= 11 * short, "{pattern:?} {max_tokens}: {short} then {long}");
        }
    }
    let codec = CountingCodec::default();
    let spaced = format!("{}a", " ".repeat(100_000));
    split(&codec, &spaced, 50, &TextOptions::default()).unwrap();
    assert!(codec.work.get() < 100);
}
