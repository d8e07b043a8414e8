//! `pocket-tts normalize`: puts the numbers, dates and abbreviations of a text into words, without speaking it.
//!
//! It must not know the rules.

use std::io::BufRead;

use pocket_tts_normalize::{Change, Language, Normalized, Normalizer, Rule};
use pocket_tts_spans::Utf16Offsets;
use serde_json::{Value, json};

use crate::cli::NormalizeArguments;
use crate::exit::Failure;
use crate::standard_output::print;

/// The argument that stands for standard input.
const STANDARD_INPUT: &str = "-";
/// The longest line, in bytes.
const MAX_LINE_BYTES: u64 = 16 << 20;

/// Runs the subcommand.
pub(crate) fn run(arguments: &NormalizeArguments) -> Result<(), Failure> {
    let normalizer = normalizer(arguments)?;
    let words = (!arguments.words.is_empty()).then(|| arguments.words.join(" "));
    match arguments.text.clone().or(words) {
        Some(text) if text != STANDARD_INPUT => {
            text.lines().try_for_each(|line| print(&output(&normalizer, line, arguments.json)))
        }
        _ => lines_of_standard_input(|line| print(&output(&normalizer, line, arguments.json))),
    }
}

fn normalizer(arguments: &NormalizeArguments) -> Result<Normalizer, Failure> {
    let name = arguments.language.as_deref().unwrap_or(Language::English.name());
    let language = Language::of_name(name).ok_or_else(|| {
        let names = Language::ALL.map(Language::name).join(", ");
        Failure::Usage(format!("the language `{name}` cannot be normalized; use one of {names}"))
    })?;
    let rules = arguments.without.iter().filter_map(|name| Rule::of_name(name));
    Ok(rules.fold(Normalizer::new(language), Normalizer::without))
}

/// Calls `use_line` for each line of standard input as soon as it is complete.
fn lines_of_standard_input(mut use_line: impl FnMut(&str) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut input = std::io::stdin().lock();
    let mut bytes = Vec::new();
    for number in 1_usize.. {
        bytes.clear();
        let limited = &mut std::io::Read::take(&mut input, MAX_LINE_BYTES + 1);
        if limited.read_until(b'\n', &mut bytes).map_err(Failure::Read)? == 0 {
            break;
        }
        if bytes.len() as u64 > MAX_LINE_BYTES {
            return Err(Failure::Usage(format!(
                "line {number} is longer than {MAX_LINE_BYTES} bytes; break it into several"
            )));
        }
        let line = std::str::from_utf8(&bytes).map_err(|_| {
            Failure::Usage(format!(
                "line {number} is not UTF-8; convert the text, for example with `iconv -t UTF-8`"
            ))
        })?;
        // As in `generate`, a byte-order mark is not a part of the text.
        let line = line.strip_prefix('\u{feff}').filter(|_| number == 1).unwrap_or(line);
        use_line(line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line)))?;
    }
    Ok(())
}

/// The line to print for a line of text.
fn output(normalizer: &Normalizer, line: &str, as_json: bool) -> String {
    let read = normalizer.normalize(line);
    if as_json { format!("{}\n", to_json(line, &read)) } else { format!("{}\n", read.text()) }
}

fn to_json(line: &str, normalized: &Normalized) -> Value {
    let (source, output) = (Utf16Offsets::new(line), Utf16Offsets::new(normalized.text()));
    let change = |change: &Change| {
        let Change { output: said, source: written, rule } = change;
        json!({
            "rule": rule.name(),
            "written": &line[written.clone()],
            "said": &normalized.text()[said.clone()],
            "source": { "start": written.start, "end": written.end },
            "source_utf16": { "start": source.of(written.start), "end": source.of(written.end) },
            "output": { "start": said.start, "end": said.end },
            "output_utf16": { "start": output.of(said.start), "end": output.of(said.end) },
        })
    };
    json!({ "text": normalized.text(), "changes": normalized.changes.iter().map(change).collect::<Vec<_>>() })
}
