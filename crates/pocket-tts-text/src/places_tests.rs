//! Tests that text keeps its place in the original while it is read, whatever is left out or replaced.

use pocket_tts_spans::MappedText;
use proptest::prelude::*;

use crate::characters::CharacterMap;
use crate::known_text::known_text;
use crate::prompt::{TextOptions, prepare, prepare_mapped};
use crate::test_support::shipped_tokenizer;
use crate::vocabulary::Vocabulary;

/// What is known of `text`, and the parts of `text` that its pieces came from.
fn known_pieces(text: &str) -> Vec<(String, &str)> {
    let tokenizer = shipped_tokenizer();
    let known =
        known_text(&mut Vocabulary::new(&tokenizer), &MappedText::new(text), &CharacterMap::default()).text;
    let pieces = known.pieces();
    pieces.map(|(range, source)| (known.text()[range].to_owned(), &text[source])).collect()
}

#[test]
fn known_text_keeps_its_places() {
    for (text, expected) in [
        ("I like 😀 cats.", vec![("I like ", "I like "), ("cats.", "cats.")]),
        ("Élan", vec![("E", "É"), ("lan", "lan")]),
        ("a Stra\u{df}e 7", vec![("a Stra", "a Stra"), ("ss", "ß"), ("e", "e")]),
        ("cafe\u{301}s so", vec![("caf", "caf"), ("e", "e\u{301}"), ("s so", "s so")]),
        ("no B2B so", vec![("no B", "no B"), (" ", "2"), ("B so", "B so")]),
        ("It costs 42.", vec![("It costs", "It costs"), (".", ".")]),
    ] {
        let expected: Vec<(String, &str)> =
            expected.into_iter().map(|(known, source)| (known.to_owned(), source)).collect();
        assert_eq!(known_pieces(text), expected, "{text}");
    }
}

#[test]
fn a_prepared_text_keeps_its_places() {
    let map =
        CharacterMap::new([("\"".to_owned(), String::new()), ("–".to_owned(), ",".to_owned())]).unwrap();
    let options = TextOptions { replace_characters: map, remove_semicolons: true, ..TextOptions::default() };
    let text = " \"who?\", she\n said; so –";
    let (prepared, _) = prepare_mapped(&MappedText::new(text), &options).unwrap();
    assert_eq!(prepared.text(), "Who? she said, so.");
    let source = |part: &str| {
        let at = prepared.text().find(part).unwrap();
        &text[prepared.source_of(at..at + part.len())]
    };
    for (part, expected) in
        [("W", "w"), ("ho?", "ho?"), ("she", "she"), (" said", "\n said"), (", so", "; so"), (".", " –")]
    {
        assert_eq!(source(part), expected, "{part}");
    }
}

proptest! {
    #[test]
    fn any_text_that_is_read_keeps_places_inside_the_original_and_in_order(
        text in any::<String>(),
        accents in "[a-zéß\u{301}\u{327} 7😀.,\n가각ᄀ\u{1161}\u{11a8}]{0,30}",
    ) {
        let tokenizer = shipped_tokenizer();
        for text in [text, accents] {
            let mapped = MappedText::new(&text);
            let known = known_text(&mut Vocabulary::new(&tokenizer), &mapped, &CharacterMap::default()).text;
            let prepared = prepare_mapped(&mapped, &TextOptions::default()).ok().map(|(prepared, _)| prepared);
            prop_assert_eq!(
                prepared.as_ref().map(|prepared| prepared.text().to_owned()),
                prepare(&text, &TextOptions::default()).ok().map(|prepared| prepared.text)
            );
            for read in [Some(known), prepared].into_iter().flatten() {
                let mut last = 0..0;
                for (_, source) in read.pieces() {
                    prop_assert!(text.get(source.clone()).is_some());
                    prop_assert!(source.start >= last.start && source.end >= last.end);
                    last = source;
                }
            }
        }
    }
}
