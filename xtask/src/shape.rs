//! The shape of the files: none too long, nothing left lying about, no exception without a reason,
//! no path that exists on one machine only.
//!
//! It must not know Rust's grammar beyond what it looks for.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{error::TaskError, workspace::Workspace};

/// Lines that a Rust file may have.
const MAXIMUM_LINES: usize = 500;

/// Macros for work in progress. Written in two halves, so that this file passes its own check.
const LEFTOVERS: [&str; 3] = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!(")];

/// Where the home folders of the usual systems lie. In halves as well.
const HOMES: [&str; 3] = [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/")];

/// Whose home folder examples and tests speak of.
const EXAMPLE_USER: &str = "me";

/// Hidden folders that belong to the project; all others belong to tools.
const HIDDEN: [&str; 3] = [".cargo", ".ci", ".github"];

/// Cargo's output.
const BUILD: &str = "target";

/// The file that lists what our texts don't say.
const PHRASES: &str = include_str!("shape/phrases.txt");

/// Endings of the files that people write texts in.
const TEXTS: [&str; 9] = ["rs", "md", "js", "html", "css", "toml", "yaml", "yml", "sh"];

/// Checks the files of this workspace.
///
/// # Errors
///
/// If a file breaks a rule or can't be read.
pub(crate) fn run() -> Result<(), TaskError> {
    let root = Workspace::load()?.root;
    let files = files_below(&root)?;
    let mut findings = Vec::new();
    let mut texts = 0;
    for path in &files {
        let bytes = fs::read(path).map_err(|source| TaskError::Unreadable { path: path.clone(), source })?;
        // What isn't UTF-8 isn't text.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        texts += 1;
        let name = path.strip_prefix(&root).unwrap_or(path).display().to_string();
        findings.extend(check(&name, &text));
    }
    if !findings.is_empty() {
        return Err(TaskError::Findings { check: "shape", findings });
    }
    println!("shape: {texts} text files in order");
    Ok(())
}

/// The files below `root`, sorted, without other folders than the project's.
fn files_below(root: &Path) -> Result<Vec<PathBuf>, TaskError> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |source: io::Error| TaskError::Unreadable { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            // Links aren't followed: what they lead to is checked where it lies.
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() && is_ours(&entry.file_name().to_string_lossy()) {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_ours(folder: &str) -> bool {
    if folder.starts_with('.') { HIDDEN.contains(&folder) } else { folder != BUILD }
}

/// What is wrong with the file `name`, one sentence each.
fn check(name: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(home) = HOMES.iter().find(|home| starts_a_path(line, home)) {
            findings.push(format!("{name}:{}: a path below `{home}` exists on one machine only", index + 1));
        }
    }
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if TEXTS.contains(&ending) {
        findings.extend(phrases_in(name, text));
    }
    if ending != "rs" {
        return findings;
    }
    let lines = text.lines().count();
    if lines > MAXIMUM_LINES {
        findings.push(format!("{name}: {lines} lines, {MAXIMUM_LINES} allowed: split it by what it holds"));
    }
    for (index, line) in text.lines().enumerate() {
        if let Some(leftover) = LEFTOVERS.iter().find(|leftover| line.contains(**leftover)) {
            findings.push(format!("{name}:{}: `{leftover}…)` is unfinished work", index + 1));
        }
    }
    for line in exceptions_without_reason(text) {
        findings.push(format!("{name}:{line}: an exception needs a `reason = \"…\"`"));
    }
    findings
}

/// The lines that hold a phrase of the list, with what to write instead.
fn phrases_in(name: &str, text: &str) -> Vec<String> {
    let known = PHRASES.lines().filter(|line| !line.starts_with('#'));
    let known: Vec<(&str, &str)> = known.filter_map(|line| line.split_once(": ")).collect();
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let lower = line.to_lowercase();
        for (phrase, instead) in known.iter().filter(|(phrase, _)| holds_words(&lower, phrase)) {
            findings.push(format!("{name}:{}: `{phrase}`: write {instead}", index + 1));
        }
    }
    findings
}

/// Whether `words` are in `line`, not as a part of longer ones.
fn holds_words(line: &str, words: &str) -> bool {
    let is_inner = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(words).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + words.len()..].chars().next();
        !before.is_some_and(is_inner) && !after.is_some_and(is_inner)
    })
}

/// Whether `line` holds `home` as the beginning of a real path: not as a part of an address, and not
/// with the invented user of examples.
fn starts_a_path(line: &str, home: &str) -> bool {
    line.match_indices(home).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let user = line[at + home.len()..].split(|after: char| !after.is_alphanumeric()).next();
        user != Some(EXAMPLE_USER)
            && before.is_none_or(|before| !before.is_alphanumeric() && !"._-}/".contains(before))
    })
}

/// The lines on which an attribute begins that silences a lint and doesn't say why.
fn exceptions_without_reason(text: &str) -> Vec<usize> {
    let attributes = ["#[", "#!["].into_iter().flat_map(|opening| text.match_indices(opening));
    let mut lines: Vec<usize> = attributes
        .filter(|(start, opening)| {
            let attribute = bracketed(&text[start + opening.len()..]);
            let silences = attribute.contains("allow(") || attribute.contains("expect(");
            silences && !attribute.contains("reason")
        })
        .map(|(start, _)| text[..start].matches('\n').count() + 1)
        .collect();
    lines.sort_unstable();
    lines
}

/// `text` up to the bracket that closes one opened before it.
fn bracketed(text: &str) -> &str {
    let mut depth = 1_usize;
    for (at, character) in text.char_indices() {
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests;
