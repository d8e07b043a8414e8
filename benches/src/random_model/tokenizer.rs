//! An untrained tokenizer: pieces of one to four letters.
//!
//! It must not know the model. Texts have more tokens than with a trained one.

use serde_json::{Value, json};

/// Represents a blank.
const BLANK: &str = "\u{2581}";
const SPECIAL: [&str; 4] = ["<unk>", "<s>", "</s>", "<pad>"];
/// The letters of pieces of three and four letters: the most frequent ones of English.
const FREQUENT: &str = "etaoinshrdlcumwf";
/// Equal for each piece, so that a text is split into as few as possible; lower for bytes, so that they are the last
/// resort.
const PIECE_SCORE: f64 = -10.0;
const BYTE_SCORE: f64 = -30.0;

/// A `tokenizer.json` with `tokens` tokens.
pub(super) fn tokenizer(tokens: usize) -> Value {
    let special = SPECIAL.map(|piece| (piece.to_owned(), 0.0));
    let bytes = (0..256).map(|byte| (format!("<0x{byte:02X}>"), BYTE_SCORE));
    let pieces = pieces().map(|piece| (piece, PIECE_SCORE));
    let vocabulary: Vec<_> = special.into_iter().chain(bytes).chain(pieces).take(tokens).collect();
    let added = |(id, content): (usize, &str)| {
        json!({
            "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        })
    };
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": SPECIAL.into_iter().enumerate().map(added).collect::<Vec<_>>(),
        "normalizer": null,
        "pre_tokenizer": {
            "type": "Metaspace", "replacement": BLANK, "prepend_scheme": "always", "split": false,
        },
        "post_processor": null,
        "decoder": { "type": "Metaspace", "replacement": BLANK, "prepend_scheme": "always", "split": false },
        "model": { "type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab": vocabulary },
    })
}

/// The blank, visible ASCII, letters at the start of a word, pairs of letters, also at the start of a word; then triples
/// and quadruples of frequent letters.
fn pieces() -> impl Iterator<Item = String> {
    let letters = || 'a'..='z';
    let visible = ('!'..='~').map(String::from);
    let pairs = || letters().flat_map(move |first| letters().map(move |second| format!("{first}{second}")));
    let frequent = || FREQUENT.chars();
    let threes = move || {
        frequent().flat_map(move |first| {
            frequent().flat_map(move |second| frequent().map(move |third| format!("{first}{second}{third}")))
        })
    };
    let fours = threes().flat_map(move |three| frequent().map(move |fourth| format!("{three}{fourth}")));
    std::iter::once(BLANK.to_owned())
        .chain(visible)
        .chain(letters().map(|letter| format!("{BLANK}{letter}")))
        .chain(pairs())
        .chain(pairs().map(|pair| format!("{BLANK}{pair}")))
        .chain(threes())
        .chain(fours)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_number_of_tokens_is_as_requested_and_they_are_distinct() {
        for tokens in [512, 4_000, 32_000] {
            let tokenizer = tokenizer(tokens);
            let vocabulary = tokenizer["model"]["vocab"].as_array().unwrap();
            let pieces: BTreeSet<&str> = vocabulary.iter().map(|entry| entry[0].as_str().unwrap()).collect();
            assert_eq!((vocabulary.len(), pieces.len()), (tokens, tokens));
        }
    }
}
