//! Tables of written forms and how they are said, one file for each language in `tests/cases/`.
//!
//! A line holds a text, a tab, and what is said; ` | ` separates readings that are equally right. A line that begins
//! with `?` is a known gap: it must fail, so that it is unmarked once it holds.

use std::fmt::Write;
use std::path::Path;

use pocket_tts_normalize::{Language, Normalizer};

/// The share of lines that must hold, known gaps included.
const LEAST_SHARE: f64 = 0.95;
/// The fewest lines of a table.
const FEWEST: usize = 100;

fn check(language: Language) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cases/{}.tsv", language.name()));
    let table = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let normalizer = Normalizer::new(language);
    let (mut count, mut gaps, mut problems) = (0, 0, String::new());
    for (number, line) in
        table.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
    {
        let (is_gap, line) = line.strip_prefix('?').map_or((false, line), |rest| (true, rest));
        let (text, said) = line.split_once('\t').unwrap_or_else(|| panic!("line {} has no tab", number + 1));
        let output = normalizer.normalize(text);
        let is_right = said.split(" | ").any(|said| said == output.text());
        (count, gaps) = (count + 1, gaps + usize::from(is_gap));
        if is_right == is_gap {
            let kind = if is_gap { "holds, so unmark it" } else { "is wrong" };
            let result = output.text();
            let _ = writeln!(
                problems,
                "{} {kind}: {text}\n    expected {said}\n    said     {result}",
                number + 1
            );
        }
    }
    assert!(
        problems.is_empty(),
        "{problems}{} of {count} in {}",
        problems.matches("expected").count(),
        language.name()
    );
    assert!(count >= FEWEST && (count - gaps) as f64 >= LEAST_SHARE * count as f64, "{gaps} gaps of {count}");
}

#[test]
fn english() {
    check(Language::English);
}

#[test]
fn french() {
    check(Language::French);
}

#[test]
fn german() {
    check(Language::German);
}

#[test]
fn spanish() {
    check(Language::Spanish);
}

#[test]
fn italian() {
    check(Language::Italian);
}

#[test]
fn portuguese() {
    check(Language::Portuguese);
}

#[test]
fn european_portuguese() {
    check(Language::EuropeanPortuguese);
}

#[test]
fn dutch() {
    check(Language::Dutch);
}
