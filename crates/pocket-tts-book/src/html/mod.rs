//! From a page of HTML or XHTML to paragraphs in plain words.

mod reader;
mod roles;
mod segment;
mod tag;

use std::collections::HashMap;

use crate::book::{LeftOut, ParagraphKind};

pub(crate) use reader::read;

/// A page in plain words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) blocks: Vec<Block>,
    /// The number of the block at or after each `id`.
    pub(crate) anchors: HashMap<String, usize>,
    /// The places that references to notes lead to, as they are written.
    pub(crate) note_links: Vec<String>,
    /// How many references to notes were left out.
    pub(crate) note_references: usize,
    pub(crate) left_out: LeftOut,
    /// What the `title` element says.
    pub(crate) title: String,
    /// The `meta` elements by their names in lower case.
    pub(crate) metadata: HashMap<String, String>,
    /// The language of the `html` element.
    pub(crate) language: Option<String>,
    /// Characters of text, and how many of them are in links.
    pub(crate) characters: usize,
    pub(crate) linked_characters: usize,
}

/// A paragraph of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) kind: ParagraphKind,
    /// 1 to 6 for headings, else 0.
    pub(crate) level: u8,
    pub(crate) text: String,
    /// The places of a block that begins as a note does: if a reference leads to one of them, the block is a note.
    pub(crate) note_ids: Vec<String>,
}

/// How a page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    Html,
    /// Elements may close themselves, and scripts hold no raw text.
    Xhtml,
}

impl Page {
    /// Whether the page is little more than links, as a table of contents.
    pub(crate) fn is_list_of_links(&self) -> bool {
        const LEAST_CHARACTERS: usize = 60;
        self.characters >= LEAST_CHARACTERS && self.linked_characters * 10 > self.characters * 7
    }

    /// The text of the first heading, if the page begins with one of at most this level.
    pub(crate) fn heading(&self, level: u8) -> Option<&str> {
        let first = self.blocks.first()?;
        (first.level > 0 && first.level <= level).then_some(first.text.as_str())
    }
}
