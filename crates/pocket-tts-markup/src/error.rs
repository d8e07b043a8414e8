//! Errors in mark-up.

use thiserror::Error;

/// An error in mark-up.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct MarkupError {
    /// The line of the original text, from 1.
    pub line: usize,
    /// The column of that line in characters, from 1.
    pub column: usize,
    /// The offset in the original text in bytes.
    pub offset: usize,
    /// What is wrong, in one sentence without a period.
    pub problem: String,
    /// What to do, in one sentence without a period.
    pub help: String,
}

impl MarkupError {
    /// The error of `fault` in `original`, to which the offset of `fault` refers.
    pub(crate) fn new(original: &str, fault: Fault) -> Self {
        let offset = original.floor_char_boundary(fault.offset);
        let (line, column) = line_and_column(original, offset);
        Self { line, column, offset, problem: fault.problem, help: fault.help }
    }
}

/// What is wrong, and at which offset of the text that is read.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) problem: String,
    pub(crate) help: String,
}

impl Fault {
    pub(crate) fn new(offset: usize, problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { offset, problem: problem.into(), help: help.into() }
    }
}

/// The line and the column of an offset, both from 1. The column counts characters.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset)];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

/// Text from a user for a message: at most 40 characters, without line ends.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String =
        text.chars().take(40).map(|character| if character.is_control() { ' ' } else { character }).collect();
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}
