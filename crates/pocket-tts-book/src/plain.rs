//! Plain texts: paragraphs between blank lines, and headings by their words or by the lines around them.

use crate::book::ParagraphKind;
use crate::cleaner::Cleaner;
use crate::html::Block;
use crate::words::names_a_chapter;

/// Longer paragraphs are no headings.
const MAX_HEADING_CHARS: usize = 80;
/// A short line after this many blank lines is a heading.
const BLANK_LINES: usize = 2;

/// A paragraph of the file.
struct Lines<'a> {
    lines: Vec<&'a str>,
    /// Blank lines before it.
    blank: usize,
}

/// The blocks of a text.
pub(crate) fn blocks(text: &str, cleaner: &Cleaner) -> Vec<Block> {
    let paragraphs = paragraphs(without_licence(text));
    let is_named = |paragraph: &Lines<'_>| is_short(paragraph) && names_a_chapter(paragraph.lines[0]);
    let has_names = paragraphs.iter().filter(|paragraph| is_named(paragraph)).count() > 1;
    let is_heading = |paragraph: &Lines<'_>| {
        if has_names {
            is_named(paragraph)
        } else {
            is_short(paragraph) && paragraph.blank >= BLANK_LINES && is_title(paragraph)
        }
    };
    let block = |paragraph: &Lines<'_>| {
        let is_heading = is_heading(paragraph);
        let text = cleaner.text(&paragraph.lines.join(" "));
        let (kind, level) = if is_heading { (ParagraphKind::Heading, 1) } else { (ParagraphKind::Text, 0) };
        (!text.is_empty()).then(|| Block { kind, level, text, note_ids: Vec::new() })
    };
    let blocks: Vec<Block> = paragraphs.iter().filter_map(block).collect();
    without_contents(blocks)
}

fn paragraphs(text: &str) -> Vec<Lines<'_>> {
    let mut paragraphs: Vec<Lines<'_>> = Vec::new();
    // A heading may be the first line.
    let (mut blank, mut is_open) = (BLANK_LINES, false);
    for line in text.lines().map(str::trim) {
        let is_rule = !line.is_empty() && line.chars().all(|character| "-*_=~# \t".contains(character));
        if line.is_empty() || is_rule {
            blank = if is_open { 1 } else { blank + 1 };
            is_open = false;
        } else if let (true, Some(last)) = (is_open, paragraphs.last_mut()) {
            last.lines.push(line);
        } else {
            paragraphs.push(Lines { lines: vec![line], blank });
            is_open = true;
        }
    }
    paragraphs
}

/// Whether a paragraph has at most two short lines.
fn is_short(paragraph: &Lines<'_>) -> bool {
    let characters: usize = paragraph.lines.iter().take(3).map(|line| line.chars().take(200).count()).sum();
    paragraph.lines.len() <= 2 && characters <= MAX_HEADING_CHARS
}

/// Whether a short line is written as a title: it begins like a sentence and doesn't end like one.
fn is_title(paragraph: &Lines<'_>) -> bool {
    let line = paragraph.lines.join(" ");
    let begins = line.chars().next().is_some_and(|first| first.is_uppercase() || first.is_numeric());
    begins && !line.ends_with(['.', ',', ';', '!', ':', '"', '”', '»', '…'])
}

/// Removes headings that have the same text as later ones and no text of their own: a table of contents.
fn without_contents(blocks: Vec<Block>) -> Vec<Block> {
    let mut last = std::collections::HashMap::new();
    for (index, block) in blocks.iter().enumerate().filter(|(_, block)| block.level > 0) {
        last.insert(block.text.to_lowercase(), index);
    }
    let is_bare = |index: usize| blocks.get(index + 1).is_none_or(|next| next.level > 0);
    let keep: Vec<bool> = blocks
        .iter()
        .enumerate()
        .map(|(index, block)| {
            let is_repeated = last.get(&block.text.to_lowercase()).is_some_and(|last| *last > index);
            !(block.level > 0 && is_repeated && (is_bare(index) || index == 0))
        })
        .collect();
    blocks.into_iter().zip(keep).filter_map(|(block, keep)| keep.then_some(block)).collect()
}

/// The text between the marks of Project Gutenberg, without its licence.
fn without_licence(text: &str) -> &str {
    let marked = |word: &str| {
        let found = text.find(&format!("*** {word} OF TH"))?;
        let end = text[found..].find('\n').map_or(text.len(), |length| found + length);
        Some((found, end))
    };
    let start = marked("START").map_or(0, |(_, end)| end);
    let end = marked("END").map_or(text.len(), |(found, _)| found);
    text.get(start..end).unwrap_or(text)
}
