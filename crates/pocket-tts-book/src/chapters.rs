//! From the blocks of pages to chapters.

use std::collections::HashSet;

use crate::book::{Chapter, Paragraph, ParagraphKind};
use crate::cleaner::on_one_line;
use crate::html::Block;
use crate::limits::MAX_TITLE_CHARS;

/// How many paragraphs at the start of a chapter may say its title.
const TITLE_PARAGRAPHS: usize = 4;

/// A chapter that is being put together.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
    /// Whether the title is to be spoken even if the text doesn't begin with it.
    pub(crate) says_title: bool,
}

impl Draft {
    pub(crate) fn new(title: &str) -> Self {
        Self { title: on_one_line(title, MAX_TITLE_CHARS), blocks: Vec::new(), says_title: true }
    }
}

/// Splits blocks at the headings of the two highest levels that occur more than once, or else of the highest one.
/// `title` is the one of what comes before the first heading.
pub(crate) fn split_at_headings(blocks: Vec<Block>, title: &str) -> Vec<Draft> {
    let level = splitting_level(&blocks);
    let count = |level: u8| blocks.iter().filter(|block| block.level == level).count();
    // A heading without equals is the title of the book.
    let only: Vec<u8> = (1..=6).filter(|level| count(*level) == 1).collect();
    let mut drafts = vec![Draft { says_title: false, ..Draft::new(title) }];
    for block in blocks {
        let ends_chapter = block.level > 0 && block.level <= level;
        // A title right above another heading begins one chapter with it.
        let is_bare = |draft: &Draft| draft.blocks.iter().all(|block| block.level > 0);
        match drafts.last_mut() {
            Some(last) if ends_chapter && (!is_bare(last) || last.blocks.is_empty()) => {
                if last.blocks.is_empty() {
                    drafts.pop();
                }
                drafts.push(Draft::new(&block.text));
            }
            Some(last) if ends_chapter => {
                let is_book_title = last.blocks.iter().all(|block| only.contains(&block.level));
                last.title = if is_book_title {
                    on_one_line(&block.text, MAX_TITLE_CHARS)
                } else {
                    joined(&last.title, &block.text)
                };
            }
            _ => {}
        }
        if let Some(last) = drafts.last_mut() {
            last.blocks.push(block);
        }
    }
    drafts
}

fn joined(title: &str, more: &str) -> String {
    if letters(title) == letters(more) {
        return title.to_owned();
    }
    let separator = if title.ends_with(['.', ':', '!', '?']) { " " } else { ". " };
    on_one_line(&format!("{title}{separator}{more}"), MAX_TITLE_CHARS)
}

/// The lowest level that begins a chapter: at most 2.
fn splitting_level(blocks: &[Block]) -> u8 {
    let count = |level: u8| blocks.iter().filter(|block| block.level == level).count();
    let highest = (1..=6).find(|level| count(*level) > 0).unwrap_or(0);
    match (highest, count(highest)) {
        // One title above the chapters.
        (1..=5, 1) => (highest + 1..=6).find(|level| count(*level) > 1).unwrap_or(highest),
        (1, _) => 2,
        _ => highest,
    }
}

/// The chapters, without the notes that references lead to and without empty ones. Returns also the number of the notes.
pub(crate) fn finish(drafts: Vec<Draft>, is_note: impl Fn(&Block) -> bool) -> (Vec<Chapter>, usize) {
    let mut notes = HashSet::new();
    let mut chapters = Vec::new();
    for draft in drafts {
        let before = draft.blocks.len();
        let blocks: Vec<Block> = draft
            .blocks
            .into_iter()
            .filter(|block| {
                let is_note = is_note(block);
                if is_note {
                    notes.extend(block.note_ids.iter().cloned());
                }
                !is_note
            })
            .collect();
        let had_only_notes = blocks.len() < before && blocks.iter().all(|block| block.level > 0);
        if blocks.is_empty() || had_only_notes {
            continue;
        }
        chapters.push(chapter(&draft.title, draft.says_title, blocks));
    }
    (chapters, notes.len())
}

fn chapter(title: &str, says_title: bool, blocks: Vec<Block>) -> Chapter {
    let paragraphs = blocks.into_iter().map(|block| Paragraph { kind: block.kind, text: block.text });
    let mut paragraphs: Vec<Paragraph> = paragraphs.collect();
    if says_title && !begins_with(&paragraphs, title) {
        paragraphs.insert(0, Paragraph { kind: ParagraphKind::Heading, text: title.to_owned() });
    }
    Chapter { title: title.to_owned(), paragraphs }
}

/// Whether the beginning of a chapter says its title, whatever the case and the marks.
fn begins_with(paragraphs: &[Paragraph], title: &str) -> bool {
    let start = paragraphs.iter().take(TITLE_PARAGRAPHS).map(|paragraph| {
        let end =
            paragraph.text.char_indices().nth(2 * MAX_TITLE_CHARS).map_or(paragraph.text.len(), |(at, _)| at);
        letters(&paragraph.text[..end])
    });
    let start: String = start.collect();
    let title = letters(title);
    // A cut title ends early.
    title.is_empty() || start.contains(&title)
}

/// A text without marks and white space, in lower case.
fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
