//! Tests of tokenizers with sound, damaged and foreign files, any text and any ids.

mod support;

use pocket_tts_text::{
    MAX_TOKENIZER_BYTES, ReadOptions, TextOptions, Tokenizer, TokenizerError, TokenizerKind, read_text,
};
use proptest::prelude::*;
use serde_json::json;
use support::{golden_bytes, golden_tokenizer};

/// The golden tokenizer files.
fn files() -> [&'static str; 4] {
    ["tokenizer_a.json", "tokenizer_b.json", "tokenizer_a.model", "tokenizer_b.model"]
}

/// Loads possibly damaged bytes and, if that succeeds, uses the result: nothing may panic or abort.
fn load_and_use(file: &str, bytes: &[u8]) {
    let Ok(tokenizer) = Tokenizer::from_bytes(TokenizerKind::select("", file), bytes, file) else { return };
    for text in ["", " Hello, world.  1.5 ﬁne ½ é \u{0} 日本語 😀 ｶﾞ", "\u{301}\u{1f1e6}<s>▁ﷺ"]
    {
        if let Ok(ids) = tokenizer.encode(text) {
            assert!(ids.iter().all(|id| (*id as usize) < tokenizer.vocabulary_size()));
            drop(tokenizer.decode(&ids));
        }
    }
    let first_ids: Vec<u32> = (0..tokenizer.vocabulary_size().min(400) as u32).collect();
    drop(tokenizer.decode(&first_ids));
}

#[test]
fn the_kind_follows_from_the_field_or_the_path_before_the_revision() {
    for (field, path, kind) in [
        ("sentencepiece", "a/tokenizer.json", TokenizerKind::Tokenizers),
        ("sentencepiece", "hf://a/b/tokenizer.json@0123", TokenizerKind::Tokenizers),
        ("tokenizers", "a.model", TokenizerKind::Tokenizers),
        ("json", "a.model", TokenizerKind::Tokenizers),
        ("sentencepiece", "a.model", TokenizerKind::SentencePiece),
        ("sentencepiece", "a.model@b.json", TokenizerKind::SentencePiece),
    ] {
        assert_eq!(TokenizerKind::select(field, path), kind, "{field} {path}");
    }
}

#[test]
fn a_vocabulary_of_the_wrong_size_is_refused_with_both_sizes() {
    let tokenizer = golden_tokenizer("tokenizer_a.json");
    let size = tokenizer.vocabulary_size();
    assert!((300..400).contains(&size), "{size}");
    tokenizer.expect_vocabulary(size).unwrap();
    let message = tokenizer.expect_vocabulary(4000).unwrap_err().to_string();
    for part in ["tokenizer_a.json", &size.to_string(), "4000"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn both_forms_of_a_vocabulary_have_the_same_size() {
    let sizes: Vec<usize> =
        files().into_iter().map(|file| golden_tokenizer(file).vocabulary_size()).collect();
    let (json, model) = sizes.split_at(2);
    assert!(json[0] > json[1] && json[1] > 0, "{json:?}");
    assert_eq!(model, json);
}

#[test]
fn characters_without_a_token_are_found_once_and_in_order() {
    for file in files() {
        let tokenizer = golden_tokenizer(file);
        let text = "the \u{1f3b5}\u{65e5} rain \n\u{1f3b5}";
        let read =
            read_text(&tokenizer, &text.into(), &TextOptions::default(), ReadOptions::default()).unwrap();
        let unknown = read.unknown_characters.into_iter().map(|unknown| unknown.character);
        // A vocabulary with byte fallback knows all characters.
        let expected =
            if tokenizer.encode("\u{1f3b5}").unwrap().len() > 3 { "" } else { "\u{1f3b5}\u{65e5}" };
        assert_eq!(unknown.collect::<String>(), expected, "{file}");
    }
}

#[test]
fn ids_outside_the_vocabulary_are_named() {
    for file in files() {
        let tokenizer = golden_tokenizer(file);
        let first_unknown = tokenizer.vocabulary_size() as u32;
        let error = tokenizer.decode(&[5, first_unknown, u32::MAX]).unwrap_err();
        assert!(matches!(error, TokenizerError::UnknownToken { id, .. } if id == first_unknown), "{error}");
    }
}

#[test]
fn files_of_the_other_kind_and_of_no_kind_are_refused_by_name() {
    let foreign: [&[u8]; 4] = [b"", b"{}", b"\0\0\0\0", b"not a tokenizer"];
    for bytes in foreign.into_iter().map(<[u8]>::to_vec).chain([golden_bytes("tokenizer_a.model")]) {
        let error = Tokenizer::from_bytes(TokenizerKind::Tokenizers, &bytes, "mine.json").unwrap_err();
        assert!(matches!(error, TokenizerError::Unreadable { .. }));
        assert!(error.to_string().contains("mine.json"), "{error}");
    }
    for bytes in foreign.into_iter().map(<[u8]>::to_vec).chain([golden_bytes("tokenizer_a.json")]) {
        let error = Tokenizer::from_bytes(TokenizerKind::SentencePiece, &bytes, "mine.model").unwrap_err();
        assert!(error.to_string().contains("mine.model"), "{error}");
        assert!(matches!(error, TokenizerError::Unreadable { .. }));
    }
}

#[test]
fn files_that_would_end_the_process_are_refused() {
    // A golden file whose part at `pointer` is another.
    let changed = |pointer: &str, part: serde_json::Value| {
        let mut file: serde_json::Value = serde_json::from_slice(&golden_bytes("tokenizer_b.json")).unwrap();
        *file.pointer_mut(pointer).unwrap() = part;
        serde_json::to_vec(&file).unwrap()
    };
    let long = "\u{e9}".repeat(100_000);
    let replace = json!({ "type": "Replace", "pattern": { "String": "" }, "content": "x".repeat(1_000) });
    let padding = json!({
        "strategy": { "Fixed": 1_u64 << 40 }, "direction": "Right", "pad_to_multiple_of": null,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "<pad>",
    });
    for (bytes, complaint) in [
        (changed("/model/vocab/5", json!([long, -1.0])), "200000 bytes"),
        (changed("/normalizer", replace), "times as long"),
        (changed("/padding", padding), "`padding`"),
        (vec![b' '; MAX_TOKENIZER_BYTES + 1], "larger than"),
    ] {
        let error = Tokenizer::from_bytes(TokenizerKind::Tokenizers, &bytes, "mine.json").unwrap_err();
        assert!(matches!(&error, TokenizerError::Unreadable { .. }), "{error}");
        assert!(error.to_string().contains(complaint), "{error}");
    }
    let largest = vec![b' '; MAX_TOKENIZER_BYTES];
    let error = Tokenizer::from_bytes(TokenizerKind::Tokenizers, &largest, "mine.json").unwrap_err();
    assert!(!error.to_string().contains("larger than"), "{error}");
}

#[test]
fn every_truncation_is_refused_or_harmless() {
    for file in files() {
        let bytes = golden_bytes(file);
        // Every length of a small file; every `step`-th length and every length near the end of a large one.
        let step = (bytes.len() / 2000).max(1);
        for length in (0..bytes.len()).filter(|length| length % step == 0 || bytes.len() - length < 300) {
            load_and_use(file, &bytes[..length]);
        }
    }
}

#[test]
fn clones_share_one_tokenizer_between_threads() {
    for file in files() {
        let tokenizer = golden_tokenizer(file);
        let expected = tokenizer.encode("Hello world.").unwrap();
        let threads: Vec<_> = (0..4)
            .map(|_| (tokenizer.clone(), expected.clone()))
            .map(|(tokenizer, expected)| {
                std::thread::spawn(move || {
                    for _ in 0..200 {
                        assert_eq!(tokenizer.encode("Hello world.").unwrap(), expected);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
}

proptest! {
    #[test]
    fn flipped_bytes_are_refused_or_harmless(
        file in 0..files().len(),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), 1..=u8::MAX), 1..6),
    ) {
        let file = files()[file];
        let mut bytes = golden_bytes(file);
        for (place, mask) in flips {
            let place = place.index(bytes.len());
            bytes[place] ^= mask;
        }
        load_and_use(file, &bytes);
    }

    #[test]
    fn any_text_is_encoded_and_its_ids_are_decoded(text in any::<String>()) {
        for file in files() {
            let tokenizer = golden_tokenizer(file);
            let ids = tokenizer.encode(&text).unwrap();
            tokenizer.decode(&ids).unwrap();
        }
    }

    #[test]
    fn any_ids_are_decoded_or_refused(ids in proptest::collection::vec(0..380_u32, 0..50)) {
        for file in files() {
            let tokenizer = golden_tokenizer(file);
            let known = ids.iter().all(|id| (*id as usize) < tokenizer.vocabulary_size());
            prop_assert_eq!(tokenizer.decode(&ids).is_ok(), known);
        }
    }
}
