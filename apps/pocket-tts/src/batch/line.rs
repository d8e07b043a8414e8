//! What a line of a manifest says. It must not look at files.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::exit::Failure;
use crate::text_problem::{MAX_TEXT_BYTES, too_large};

/// The fields of the text and of the output.
const TEXT: &str = "text";
const FILE: &str = "file";
const NAME: &str = "name";
const TIMESTAMPS: &str = "timestamps";
/// The settings that each line can have.
pub(super) const SETTINGS: [&str; 24] = [
    "voice",
    "language",
    "seed",
    "temperature",
    "speed",
    "loudness",
    "format",
    "sampler_decode_steps",
    "noise_clamp",
    "eos_threshold",
    "frames_after_eos",
    "max_tokens",
    "no_truncate",
    "resampler",
    "normalize",
    "text_language",
    "markup",
    "text_format",
    "input_format",
    "dictionary",
    "split",
    "sentence_pause",
    "paragraph_pause",
    "check",
];

/// A line.
#[derive(Debug, PartialEq)]
pub(super) struct ManifestLine {
    pub(super) words: Words,
    /// The name of the output, if the line has one.
    pub(super) name: Option<String>,
    /// The format of its captions, or `off`, if the line says it.
    pub(super) timestamps: Option<String>,
    /// Its own settings, by key.
    pub(super) settings: Map<String, Value>,
}

/// What a line speaks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Words {
    Text(String),
    File(PathBuf),
}

/// Reads a line.
pub(super) fn parse(line: &str) -> Result<ManifestLine, Failure> {
    // The end of the line would count as another line.
    let line = line.trim_end();
    let value: Value = serde_json::from_str(line).map_err(|error| {
        let problem = error.to_string();
        // The line of a line is always the first.
        let problem = problem.split(" at line ").next().unwrap_or_default();
        usage(format!(
            "it is not JSON ({problem} at column {}); write an object such as {{\"text\": \"Hello.\"}}",
            error.column()
        ))
    })?;
    let Value::Object(mut fields) = value else {
        return Err(usage("it is not a JSON object; write one such as {\"text\": \"Hello.\"}".to_owned()));
    };
    if let Some(key) = serde_json::from_str::<Repeated>(line).ok().and_then(|Repeated(key)| key) {
        return Err(usage(format!("the field `{key}` is there twice; leave one out")));
    }
    fields.retain(|_, value| !value.is_null());
    let (text, file) = (take(&mut fields, TEXT)?, take(&mut fields, FILE)?);
    let (name, timestamps) = (take(&mut fields, NAME)?, take(&mut fields, TIMESTAMPS)?);
    if let Some(key) = fields.keys().find(|key| !SETTINGS.contains(&key.as_str())) {
        return Err(usage(format!(
            "the field `{key}` is unknown; known fields are {TEXT}, {FILE}, {NAME}, {TIMESTAMPS}, {}",
            SETTINGS.join(", ")
        )));
    }
    let words = match (text, file) {
        (Some(_), Some(_)) => {
            return Err(usage("it has both `text` and `file`; leave one out".to_owned()));
        }
        (None, None) => return Err(usage("it has neither `text` nor `file`; add one".to_owned())),
        (Some(text), None) if text.trim().is_empty() => {
            return Err(usage("`text` is empty; write what to speak".to_owned()));
        }
        (Some(text), None) if text.len() as u64 > MAX_TEXT_BYTES => return Err(too_large("in `text`")),
        (Some(text), None) => Words::Text(text),
        (None, Some(file)) => Words::File(PathBuf::from(file)),
    };
    Ok(ManifestLine { words, name, timestamps, settings: fields })
}

/// The first key that an object has twice. A map of JSON keeps only the last value.
struct Repeated(Option<String>);

impl<'de> Deserialize<'de> for Repeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RepeatedVisitor)
    }
}

struct RepeatedVisitor;

impl<'de> Visitor<'de> for RepeatedVisitor {
    type Value = Repeated;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Repeated, A::Error> {
        let (mut known, mut repeated) = (HashSet::new(), None);
        while let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
            if let Some(key) = known.replace(key) {
                repeated.get_or_insert(key);
            }
        }
        Ok(Repeated(repeated))
    }
}

/// Takes a field that must be a text.
fn take(fields: &mut Map<String, Value>, key: &str) -> Result<Option<String>, Failure> {
    match fields.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(usage(format!("`{key}` is {other}; it must be a text in quotation marks"))),
    }
}

fn usage(problem: String) -> Failure {
    Failure::Usage(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_words_a_name_and_settings() {
        let line = parse(r#"{"text": "Hi.", "name": "a/b", "seed": 7, "voice": null}"#).unwrap();
        assert_eq!((line.words, line.name.as_deref()), (Words::Text("Hi.".to_owned()), Some("a/b")));
        assert_eq!(line.settings.into_iter().collect::<Vec<_>>(), [("seed".to_owned(), Value::from(7))]);
        assert_eq!(parse(r#"{"file": "a.txt"}"#).unwrap().words, Words::File("a.txt".into()));
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told() {
        for (line, problem) in [
            ("{\"text\": \"Hi.\"", "not JSON (EOF while parsing an object at column 14)"),
            ("{\"text\": \"Hi.\"\r\n", "not JSON (EOF while parsing an object at column 14)"),
            ("{'text': 'Hi.'}", "not JSON (key must be a string at column 2)"),
            ("[1]", "not a JSON object"),
            ("{}", "neither `text` nor `file`"),
            (r#"{"text": "a", "file": "b"}"#, "both `text` and `file`"),
            (r#"{"text": "a", "text": "b"}"#, "the field `text` is there twice"),
            (r#"{"seed": 1, "text": "a", "s\u0065ed": null}"#, "the field `seed` is there twice"),
            (r#"{"text": " "}"#, "`text` is empty"),
            (r#"{"text": 5}"#, "`text` is 5; it must be a text"),
            (r#"{"text": "a", "name": ["b"]}"#, "`name` is [\"b\"]; it must be a text"),
            (r#"{"text": "a", "pitch": 2}"#, "the field `pitch` is unknown; known fields are text, file"),
            (r#"{"text": "a", "threads": 2}"#, "the field `threads` is unknown"),
        ] {
            let failure = parse(line).unwrap_err().to_string();
            assert!(failure.contains(problem), "{line}: {failure}");
        }
    }
}
