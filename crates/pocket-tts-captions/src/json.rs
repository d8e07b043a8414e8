//! Times as JSON.

use std::ops::Range;

use pocket_tts_spans::Utf16Offsets;
use serde_json::{Map, Value, json};

use crate::timed::{Captions, TimedSentence, TimedWord};

pub(crate) fn json(captions: &Captions) -> String {
    let offsets = Utf16Offsets::new(&captions.original);
    let item = |text: &str, source: &Range<usize>, start_s: f64, end_s: f64| {
        let mut item = Map::new();
        item.insert("text".to_owned(), json!(text));
        item.insert("start".to_owned(), json!(milliseconds(start_s)));
        item.insert("end".to_owned(), json!(milliseconds(end_s)));
        item.insert("source".to_owned(), json!([source.start, source.end]));
        item.insert("source_utf16".to_owned(), json!([offsets.of(source.start), offsets.of(source.end)]));
        item
    };
    let word = |TimedWord { text, source, start_s, end_s }: &TimedWord| item(text, source, *start_s, *end_s);
    let sentence = |TimedSentence { text, source, start_s, end_s, words }: &TimedSentence| {
        let mut sentence = item(text, source, *start_s, *end_s);
        sentence.insert("words".to_owned(), words.iter().map(word).collect());
        sentence
    };
    let sentences: Value = captions.sentences.iter().map(sentence).collect();
    format!("{:#}\n", json!({ "text": captions.original, "sentences": sentences }))
}

/// Seconds, rounded to milliseconds.
fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_in_both_units() {
        let word = TimedWord { text: "ja".to_owned(), source: 5..7, start_s: 0.08, end_s: 0.240_01 };
        let sentence = TimedSentence {
            text: "😀 ja".to_owned(),
            source: 0..7,
            start_s: 0.0,
            end_s: 1.0,
            words: vec![word],
        };
        let captions = Captions { original: "😀 ja".to_owned(), sentences: vec![sentence] };
        let value: Value = serde_json::from_str(&json(&captions)).unwrap();
        let word = &value["sentences"][0]["words"][0];
        assert_eq!(word["source"], json!([5, 7]));
        assert_eq!(word["source_utf16"], json!([3, 5]));
        assert_eq!((&word["start"], &word["end"]), (&json!(0.08), &json!(0.24)));
        assert_eq!((&value["text"], &value["sentences"][0]["text"]), (&json!("😀 ja"), &json!("😀 ja")));
    }
}
