//! What a line of a manifest says.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A recording, or a part of one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ManifestEntry {
    /// The sound file.
    pub path: PathBuf,
    /// Seconds.
    pub duration: f64,
    /// Where the part begins in the file, in seconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub start: f64,
    /// What is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<String>,
    /// When each word is said, in seconds from the start of the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Vec<Word>>,
    /// The file of its latents, from the folder of the manifest on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latents_file: Option<String>,
    /// All other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A word and when it is said. Times may be missing where an aligner found none.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Word {
    /// The word.
    pub word: String,
    /// Its begin, in seconds from the start of the part.
    pub start: Option<f64>,
    /// Its end, in seconds from the start of the part.
    pub end: Option<f64>,
    /// All other fields.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

/// Reads a line; the error says what is wrong with it.
pub(super) fn parse(line: &str) -> Result<ManifestEntry, String> {
    let entry: ManifestEntry = serde_json::from_str(line).map_err(|error| {
        let problem = error.to_string();
        // The line of a line is always the first.
        let problem = problem.split(" at line ").next().unwrap_or_default();
        format!(
            "it is no entry ({problem}); write an object such as {{\"path\": \"a.flac\", \"duration\": 3.5}}"
        )
    })?;
    for (name, number) in [("duration", entry.duration), ("start", entry.start)] {
        if !number.is_finite() || number < 0.0 {
            return Err(format!("its `{name}` is {number}; give seconds from 0 on"));
        }
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_kept_and_written_again() {
        let line = r#"{"path":"a.flac","duration":2.5,"transcript":"Hi there.","words":[{"word":"Hi","start":0.1,"end":0.3,"score":1},{"word":"there.","start":null,"end":null}],"speaker":"x"}"#;
        let entry = parse(line).unwrap();
        let words = entry.words.as_ref().unwrap();
        assert_eq!((words[0].end, words[1].start), (Some(0.3), None));
        assert_eq!(entry.other["speaker"], "x");
        let again: Value = serde_json::to_value(&entry).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(line).unwrap());
    }

    #[test]
    fn other_lines_are_refused_with_the_reason() {
        for (line, part) in [
            ("", "no entry"),
            ("{}", "path"),
            (r#"{"path":"a"}"#, "duration"),
            (r#"{"path":"a","duration":-1}"#, "`duration` is -1"),
            (r#"{"path":"a","duration":1,"start":-2}"#, "`start` is -2"),
            (r#"{"path":"a","duration":"long"}"#, "no entry"),
        ] {
            let problem = parse(line).unwrap_err();
            assert!(problem.contains(part), "{line}: {problem}");
        }
    }
}
