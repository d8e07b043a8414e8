//! Warnings about a text, as clients get them. It must not look at texts.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use pocket_tts_core::{TextReport, TextWarning};
use serde_json::{Value, json};

/// Characters to encode in header values, besides all that are not ASCII.
const NOT_IN_HEADERS: &AsciiSet = &CONTROLS.add(b'%');

/// The warnings as a list of objects, each with a code for programs and a message for people.
pub(crate) fn to_json(report: &TextReport) -> Vec<Value> {
    report.warnings().iter().map(one_to_json).collect()
}

/// The warnings as the value of a header, percent-encoded; `None` if there are none.
pub(crate) fn to_header(report: &TextReport) -> Option<String> {
    let messages: Vec<String> = report.warnings().iter().map(ToString::to_string).collect();
    let joined = messages.join("; ");
    (!joined.is_empty()).then(|| utf8_percent_encode(&joined, NOT_IN_HEADERS).to_string())
}

fn one_to_json(warning: &TextWarning) -> Value {
    let message = warning.to_string();
    match warning {
        TextWarning::UnknownCharacters(unknown) => {
            let characters: Vec<String> = unknown.iter().map(|unknown| unknown.character.into()).collect();
            json!({ "code": "unknown_characters", "message": message, "characters": characters })
        }
        TextWarning::OverlongSentences { sentences, .. } => {
            json!({ "code": "overlong_sentences", "message": message, "sentences": sentences })
        }
        _ => json!({ "code": "other", "message": message }),
    }
}
