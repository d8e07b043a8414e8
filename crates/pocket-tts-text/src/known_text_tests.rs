//! Tests with the vocabulary of the small model, which has tokens for letters and eight marks.

use proptest::prelude::*;

use super::*;
use crate::python_text::strip;
use crate::test_support::{CountingCodec, golden_tokenizers, shipped_tokenizer};
use crate::tokenizer::{Tokenizer, TokenizerError};

/// [`KnownText`] with a plain text.
#[derive(Debug)]
struct Left {
    text: String,
    unknown: Vec<UnknownCharacter>,
}

fn known(tokenizer: &Tokenizer, text: &str) -> Left {
    known_with(tokenizer, text, &CharacterMap::default())
}

fn known_with(tokenizer: &Tokenizer, text: &str, map: &CharacterMap) -> Left {
    let known = known_text(&mut Vocabulary::new(tokenizer), &MappedText::new(text), map);
    Left { text: known.text.text().to_owned(), unknown: known.unknown }
}

/// Checks (text, the text without unknown characters, the unknown characters).
fn assert_left(cases: &[(&str, &str, &str)]) {
    let tokenizer = shipped_tokenizer();
    for (text, left, lost) in cases {
        let known = known(&tokenizer, text);
        assert_eq!(known.text, *left, "{text:?}");
        let unknown: String = known.unknown.iter().map(|unknown| unknown.character).collect();
        assert_eq!(unknown, *lost, "{text:?}");
    }
}

#[test]
fn signs_and_emoji_are_left_out_and_their_neighbours_stay() {
    assert_left(&[
        ("I like 😀 cats.", "I like cats.", "😀"),
        ("I like cats 😀.", "I like cats.", "😀"),
        ("I like cats! 😀", "I like cats!", "😀"),
        ("😀 I like cats.", "I like cats.", "😀"),
        ("I like 👩\u{200d}👩\u{200d}👧 and ❤\u{fe0f}, too.", "I like and, too.", "👩👧❤"),
        ("**Bold** and *plain*.", "Bold and plain.", "*"),
        ("See (the cat), please.", "See the cat, please.", "()"),
        ("see\n\n# A title\n\nand go", "see\n\nA title\n\nand go", "#"),
        ("see 😀\n\nand go", "see\n\nand go", "😀"),
        ("see\t😀 and go", "see\tand go", "😀"),
        ("this/that", "this that", "/"),
        ("don´t", "dont", "´"),
        ("don😀't", "don't", "😀"),
        ("so\u{ad}me\u{200b}thing", "some\u{200b}thing", ""),
    ]);
}

#[test]
fn a_letter_and_its_accent_are_one_character() {
    assert_left(&[("Cafe\u{301} au lait.", "Cafe au lait.", ""), ("x\u{301}y", "xy", "\u{301}")]);
}

#[test]
fn an_accent_that_has_a_token_stays_a_character_of_its_own() {
    let codec = CountingCodec::default();
    let known = known_text(&mut Vocabulary::new(&codec), &"cafe\u{301} 7".into(), &CharacterMap::default());
    assert_eq!((known.text.text(), known.unknown.len()), ("cafe\u{301}", 1));
}

/// A codec with one token for `#!` and one for `x` with an accent, and none for `#` and the accent alone.
struct Pairs;

impl Codec for Pairs {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        Ok(text.replace("#!", "1").replace("x\u{301}", "2").chars().map(u32::from).collect())
    }

    fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
        let text: String = ids.iter().filter_map(|id| char::from_u32(*id)).collect();
        Ok(text.replace('1', "#!").replace('2', "x\u{301}"))
    }

    fn is_unknown(&self, id: u32) -> bool {
        ['#', '\u{301}'].map(u32::from).contains(&id)
    }
}

#[test]
fn characters_that_have_a_token_together_stay() {
    for (text, left) in [("a #! b #", "a #! b"), ("a x\u{301}# b", "a x\u{301} b"), ("#\u{301}a", "a")] {
        let known = known_text(&mut Vocabulary::new(&Pairs), &text.into(), &CharacterMap::default());
        assert_eq!(known.text.text(), left, "{text:?}");
    }
}

#[test]
fn numbers_are_left_out_as_a_whole_and_marks_after_them_stay() {
    assert_left(&[
        ("I paid $12.50 for it.", "I paid for it.", "$1250"),
        ("It costs 42.", "It costs.", "42"),
        ("It costs (42.)", "It costs.", "(42)"),
        ("It was red, 42.", "It was red.", "42"),
        ("Done. 42. Go on.", "Done. Go on.", "42"),
        ("42. Go on.", "Go on.", "42"),
        ("at 12:30:15, or 1,000 times", "at, or times", "12305"),
        ("a 3-km walk", "a km walk", "3"),
        ("a 3.5km walk in a Boeing-747, no B2B", "a km walk in a Boeing, no B B", "35742"),
    ]);
}

#[test]
fn letters_without_a_token_are_replaced_by_related_letters() {
    assert_left(&[
        ("Café à Zürich, Ærø.", "Cafe a Zurich, r.", "Æø"),
        ("Élan, Straße", "Elan, Strasse", ""),
        ("cafe\u{301}s", "cafes", ""),
        ("Привет, hello", "hello", "Привет"),
    ]);
}

#[test]
fn a_known_text_keeps_all_its_white_space() {
    assert_left(&[(" I like\t  cats.\n", " I like\t  cats.\n", "")]);
}

#[test]
fn a_vocabulary_of_small_letters_reads_capitals_as_them() {
    let tokenizer = small_letters();
    assert_eq!(known(&tokenizer, "HELLO There").text, "hello there");
    assert!(known(&tokenizer, "HELLO There").unknown.is_empty());
}

/// A tokenizer of the letters a to z, the period and a token for what is unknown.
pub(crate) fn small_letters() -> Tokenizer {
    let letters = ('a'..='z').chain(['.', '▁']).enumerate();
    let vocabulary: Vec<String> =
        letters.map(|(id, letter)| format!("{:?}:{}", letter.to_string(), id + 1)).collect();
    let json = format!(
        r#"{{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
        "pre_tokenizer":{{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}},
        "post_processor":null,"decoder":{{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}},
        "model":{{"type":"BPE","dropout":null,"unk_token":"?","continuing_subword_prefix":null,
        "end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,"ignore_merges":false,
        "vocab":{{"?":0,{}}},"merges":[]}}}}"#,
        vocabulary.join(",")
    );
    Tokenizer::from_bytes(crate::TokenizerKind::Tokenizers, json.as_bytes(), "small.json").unwrap()
}

#[test]
fn what_is_replaced_later_counts_as_its_replacement() {
    let map = CharacterMap::new([("—", ","), ("½", " ½"), ("&", " and ")].map(|(k, v)| (k.into(), v.into())));
    let tokenizer = shipped_tokenizer();
    let known = known_with(&tokenizer, "a — b & c ½ d—e7", &map.unwrap());
    assert_eq!(known.text, "a — b & c d—e");
    assert_eq!(known.unknown.len(), 2);
}

#[test]
fn characters_are_counted_and_invisible_ones_are_escaped() {
    let known = known(&shipped_tokenizer(), "1 2 1 \u{e123} 1\0");
    assert_eq!(list(&known.unknown), "1 (3 times), 2, \\u{e123}");
    let of_ten_and_eleven = ['\u{4e09}', '\u{4e0a}'].map(|last| {
        let many: String = ('\u{4e00}'..=last).collect();
        list(&self::known(&shipped_tokenizer(), &many).unknown)
    });
    assert!(of_ten_and_eleven[0].ends_with(", 三"));
    assert!(of_ten_and_eleven[1].ends_with(", 三 and others"));
}

proptest! {
    #[test]
    fn a_text_without_unknown_tokens_comes_back_as_it_is(text in "[a-zA-Z日 .,\u{301}é😀\n\u{200b}<s>]{0,40}") {
        for tokenizer in golden_tokenizers() {
            let words = text.split(is_space);
            if words.into_iter().all(|word| !Codec::lacks(&tokenizer, word)) {
                let known = known(&tokenizer, &text).text;
                prop_assert_eq!(strip(&known), strip(&text), "{:?}", tokenizer);
            }
        }
    }

    #[test]
    fn nothing_unknown_is_left_of_any_text(text in any::<String>()) {
        let tokenizer = shipped_tokenizer();
        let known = known(&tokenizer, &text);
        prop_assert!(!Codec::lacks(&tokenizer, &known.text), "{:?}", known);
        // A second pass changes nothing.
        prop_assert_eq!(&self::known(&tokenizer, &known.text).text, &known.text);
    }
}
