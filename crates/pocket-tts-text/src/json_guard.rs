//! Checks a `tokenizer.json` before the `tokenizers` library reads it.
//!
//! The library trusts parts of its file. It inserts each piece of the vocabulary by recursion, one call per byte, so a
//! long piece overflows the stack. A replacement of the empty text and padding of any length fill the memory. Only
//! those parts are checked here; the library refuses other errors.

use serde_json::{Map, Value};

/// The longest text in a file, in bytes, except tables. Pieces of real vocabularies have less than a hundred.
const MAX_TEXT_BYTES: usize = 4_096;
/// The keys of tables, which the library reads without recursion, each with its largest size in bytes.
const TABLES: [(&str, usize); 1] = [("precompiled_charsmap", 16 << 20)];
/// The largest ratio of a text's length in characters after all steps to its length before.
const MAX_GROWTH: usize = 64;
/// The most steps that change a text one after the other.
const MAX_STEPS: usize = 100;
/// The most tokens to which a text may be padded.
const MAX_PADDING: u64 = 10_000;

/// Checks a parsed file.
///
/// # Errors
/// A reason to refuse the file.
pub(crate) fn check(file: &Value) -> Result<(), String> {
    check_texts(file, "")?;
    let Value::Object(parts) = file else { return Ok(()) };
    for (name, part) in parts.iter().filter(|(name, _)| CHANGING.contains(&name.as_str())) {
        let mut steps = Steps { count: 0, growth: 1 };
        steps.add(part);
        if steps.growth > MAX_GROWTH {
            return Err(format!("its `{name}` makes texts more than {MAX_GROWTH} times as long"));
        }
        if steps.count > MAX_STEPS {
            return Err(format!("its `{name}` has {} steps, {MAX_STEPS} are allowed", steps.count));
        }
    }
    check_padding(parts)?;
    let template = parts.get("post_processor").map_or(0, longest_list);
    if template > MAX_STEPS {
        return Err(format!("its `post_processor` has a list of {template}, {MAX_STEPS} are allowed"));
    }
    Ok(())
}

/// The parts of a file that change a text or the texts of tokens.
const CHANGING: [&str; 3] = ["normalizer", "pre_tokenizer", "decoder"];

/// Refuses texts that are too long. `key` is the key of `value`.
fn check_texts(value: &Value, key: &str) -> Result<(), String> {
    let check = |text: &str| {
        let table = TABLES.iter().find(|(name, _)| *name == key);
        let most = table.map_or(MAX_TEXT_BYTES, |(_, bytes)| *bytes);
        if text.len() <= most {
            return Ok(());
        }
        let beginning: String = text.chars().take(20).collect();
        Err(format!("the text {beginning:?}… has {} bytes, {most} are allowed", text.len()))
    };
    match value {
        Value::String(text) => check(text),
        Value::Array(items) => items.iter().try_for_each(|item| check_texts(item, key)),
        Value::Object(entries) => entries.iter().try_for_each(|(name, value)| {
            check(name)?;
            check_texts(value, name)
        }),
        _ => Ok(()),
    }
}

/// What the steps of a file do to a text.
struct Steps {
    count: usize,
    /// The largest ratio of its length after the steps to its length before.
    growth: usize,
}

impl Steps {
    fn add(&mut self, step: &Value) {
        match step {
            Value::Array(steps) => steps.iter().for_each(|step| self.add(step)),
            Value::Object(parts) => {
                if let Some(kind) = parts.get("type").and_then(Value::as_str) {
                    self.count += 1;
                    self.growth = self.growth.saturating_mul(growth(kind, parts));
                }
                parts.values().for_each(|part| self.add(part));
            }
            _ => {}
        }
    }
}

/// The largest ratio of a text's length after one step to its length before.
fn growth(kind: &str, step: &Map<String, Value>) -> usize {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map_or(0, |text| text.chars().count());
    match kind {
        "Replace" => {
            let content = text(step.get("content"));
            match text(step.get("pattern").and_then(|pattern| pattern.get("String"))) {
                // The empty text, or what a regular expression matches, may be at each position of the text.
                0 => 1 + content,
                pattern => content.div_ceil(pattern).max(1),
            }
        }
        // One character per byte.
        "ByteLevel" => 4,
        _ => 1,
    }
}

fn check_padding(parts: &Map<String, Value>) -> Result<(), String> {
    let Some(padding) = parts.get("padding").filter(|padding| !padding.is_null()) else { return Ok(()) };
    let fixed = padding.get("strategy").and_then(|strategy| strategy.get("Fixed"));
    let lengths = [fixed, padding.get("pad_to_multiple_of")];
    let too_long = |length: &&Value| length.as_u64().is_some_and(|length| length > MAX_PADDING);
    match lengths.into_iter().flatten().find(too_long) {
        Some(length) => Err(format!("its `padding` asks for {length} tokens, {MAX_PADDING} are allowed")),
        None => Ok(()),
    }
}

/// The length of the longest list in `value`.
fn longest_list(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(longest_list).max().unwrap_or(0).max(items.len()),
        Value::Object(entries) => entries.values().map(longest_list).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_support::golden_bytes;

    fn golden() -> Value {
        serde_json::from_slice(&golden_bytes("tokenizer_b.json")).unwrap()
    }

    #[track_caller]
    fn refused(file: &Value, complaint: &str) {
        let reason = check(file).unwrap_err();
        assert!(reason.contains(complaint), "{reason}");
    }

    #[test]
    fn sound_files_pass() {
        for file in ["tokenizer_a.json", "tokenizer_b.json"] {
            check(&serde_json::from_slice(&golden_bytes(file)).unwrap()).unwrap();
        }
        let mut file = golden();
        file["normalizer"] = json!({ "type": "Sequence", "normalizers": [
            { "type": "Prepend", "prepend": "▁" },
            { "type": "Replace", "pattern": { "String": " " }, "content": "▁" },
            { "type": "Replace", "pattern": { "Regex": " {2,}" }, "content": "▁" },
            { "type": "ByteLevel" },
        ] });
        file["padding"] = json!({ "strategy": { "Fixed": 128 }, "pad_to_multiple_of": null });
        check(&file).unwrap();
    }

    #[test]
    fn texts_that_are_too_long_are_refused_in_all_parts() {
        let long = "a".repeat(MAX_TEXT_BYTES + 1);
        let mut piece = golden();
        piece["model"]["vocab"] = json!([[long, -1.0]]);
        let mut name = golden();
        name["model"]["vocab"] = json!({ &long: 1 });
        let mut added = golden();
        added["added_tokens"] = json!([{ "content": long }]);
        for file in [piece, name, added] {
            refused(&file, "4097 bytes");
        }
    }

    #[test]
    fn steps_that_make_texts_much_longer_are_refused() {
        let replace = |pattern: Value, content: &str| json!({ "type": "Replace", "pattern": pattern, "content": content });
        let sequence = |steps: Vec<Value>| json!({ "type": "Sequence", "normalizers": steps });
        let longer = || replace(json!({ "String": "a" }), "aaaaaaaaaaa");
        for (part, value) in [
            ("normalizer", replace(json!({ "String": "" }), &"x".repeat(1_000))),
            ("normalizer", replace(json!({ "Regex": "b*" }), &"x".repeat(MAX_GROWTH))),
            ("normalizer", sequence(vec![longer(), longer()])),
            ("normalizer", sequence(vec![sequence(vec![longer()]), longer()])),
            ("normalizer", sequence(vec![json!({ "type": "ByteLevel" }); 4])),
            ("decoder", json!({ "type": "Sequence", "decoders": [longer(), longer()] })),
        ] {
            let mut file = golden();
            file[part] = value;
            refused(&file, "64 times as long");
        }
        let mut file = golden();
        file["normalizer"] = sequence(vec![json!({ "type": "NFKC" }); 101]);
        refused(&file, "102 steps");
    }

    #[test]
    fn the_greatest_values_allowed_pass() {
        let mut file = golden();
        file["normalizer"] = json!({
            "type": "Replace", "pattern": { "String": "a" }, "content": "x".repeat(MAX_GROWTH),
        });
        check(&file).unwrap();
        let steps = vec![json!({ "type": "NFKC" }); MAX_STEPS - 1];
        file["normalizer"] = json!({ "type": "Sequence", "normalizers": steps });
        file["padding"] = json!({ "strategy": { "Fixed": MAX_PADDING }, "pad_to_multiple_of": null });
        let sequence = json!({ "Sequence": { "id": "A", "type_id": 0 } });
        let single = vec![sequence; MAX_STEPS];
        file["post_processor"] = json!({ "type": "TemplateProcessing", "single": single });
        check(&file).unwrap();
    }

    #[test]
    fn unbounded_padding_and_templates_are_refused() {
        for padding in [
            json!({ "strategy": { "Fixed": 100_000_000_000_u64 } }),
            json!({ "strategy": "BatchLongest", "pad_to_multiple_of": u64::MAX }),
        ] {
            let mut file = golden();
            file["padding"] = padding;
            refused(&file, "`padding`");
        }
        let mut file = golden();
        let sequence = json!({ "Sequence": { "id": "A", "type_id": 0 } });
        file["post_processor"] = json!({ "type": "TemplateProcessing", "single": vec![sequence; 101] });
        refused(&file, "a list of 101");
    }
}
