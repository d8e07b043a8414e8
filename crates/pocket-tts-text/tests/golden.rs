//! Compares all texts, options and tokenizers of the golden file with the reference's results.

#![expect(clippy::unwrap_used, reason = "a golden file of another shape must fail the test")]

mod support;

use pocket_tts_text::{CharacterMap, TextError, TextOptions, prepare, split_into_sentences};
use serde_json::Value;
use support::{golden_bytes, golden_tokenizer};

fn golden_json() -> Value {
    serde_json::from_slice(&golden_bytes("text_golden.json")).unwrap()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

struct Case {
    text: String,
    max_tokens: usize,
    options: TextOptions,
}

fn case(golden: &Value, entry: &Value) -> Case {
    let index = |key: &str| usize::try_from(entry[key].as_u64().unwrap()).unwrap();
    let options = &golden["options"][index("options")];
    let flag = |key: &str| options[key].as_bool().unwrap();
    let pairs = options["replace"].as_object().unwrap().iter();
    let pairs = pairs.map(|(key, value)| (key.clone(), text_of(value)));
    Case {
        text: text_of(&golden["texts"][index("text")]),
        max_tokens: usize::try_from(options["max_tokens"].as_u64().unwrap()).unwrap(),
        options: TextOptions {
            pad_with_spaces_for_short_inputs: flag("pad"),
            remove_semicolons: flag("remove_semicolons"),
            append_terminal_punctuation: flag("terminal"),
            capitalize_first_letter: flag("capital"),
            replace_characters: CharacterMap::new(pairs).unwrap(),
        },
    }
}

/// The golden entries of a kind, of which there must be `count`.
fn entries<'a>(golden: &'a Value, key: &str, count: usize) -> &'a [Value] {
    let entries = golden[key].as_array().unwrap();
    assert_eq!(entries.len(), count, "{key}");
    entries
}

#[test]
fn prepared_texts_equal_those_of_the_reference() {
    let golden = golden_json();
    for entry in entries(&golden, "prepare_text_prompt", 140) {
        let Case { text, options, .. } = case(&golden, entry);
        match (prepare(&text, &options), entry.get("error")) {
            (Ok(prepared), None) => {
                assert_eq!(prepared.text, text_of(&entry["ok"][0]), "{entry}");
                assert_eq!(Some(prepared.frames_after_eos_guess as u64), entry["ok"][1].as_u64(), "{entry}");
            }
            (Err(TextError::Empty | TextError::VanishedInPreparation { .. }), Some(_)) => {}
            (other, _) => panic!("{other:?} for {entry}"),
        }
    }
}

#[test]
fn sentences_equal_those_of_the_reference() {
    let golden = golden_json();
    for entry in entries(&golden, "split_into_best_sentences", 560) {
        let Case { text, max_tokens, options } = case(&golden, entry);
        let tokenizer = golden_tokenizer(&text_of(&entry["tokenizer"]));
        match (split_into_sentences(&tokenizer, &text, max_tokens, &options), entry.get("error")) {
            (Ok(sentences), None) => {
                let texts: Vec<&str> = sentences.iter().map(|sentence| sentence.text.as_str()).collect();
                let expected: Vec<String> = entry["ok"].as_array().unwrap().iter().map(text_of).collect();
                assert_eq!(texts, expected, "{entry}");
                for sentence in &sentences {
                    assert_eq!(sentence.token_count, tokenizer.encode(&sentence.text).unwrap().len());
                }
            }
            (Err(TextError::Empty | TextError::VanishedInPreparation { .. }), Some(_)) => {}
            (other, _) => panic!("{other:?} for {entry}"),
        }
    }
}

#[test]
fn token_ids_and_decoded_texts_equal_those_of_the_reference() {
    let golden = golden_json();
    for entry in entries(&golden, "tokens", 152) {
        let tokenizer = golden_tokenizer(&text_of(&entry["tokenizer"]));
        let ids = tokenizer.encode(&text_of(&entry["string"])).unwrap();
        let expected: Vec<u64> =
            entry["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap()).collect();
        assert_eq!(ids.iter().map(|id| u64::from(*id)).collect::<Vec<_>>(), expected, "{entry}");
        assert_eq!(tokenizer.decode(&ids).unwrap(), text_of(&entry["decoded"]), "{entry}");
    }
}
