//! Reads a page, tag by tag.

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};
use pocket_tts_markup::is_void_element;

use super::roles::{Omission, Role, is_bracketed, is_note_mark, is_verse, omission, role};
use super::segment::{Mark, Segment};
use super::tag::Tag;
use super::{Block, Page, Syntax};
use crate::book::ParagraphKind;
use crate::cleaner::Cleaner;

/// Longer headings are paragraphs.
const MAX_HEADING_CHARS: usize = 500;
/// More of a link's text is no mark of a note.
const MAX_MARK_BYTES: usize = 16;
/// More places at the beginning of one paragraph lead to no note.
const MAX_NOTE_IDS: usize = 16;

/// Reads a page with the cleaner of its book. Takes time in proportion to its length.
pub(crate) fn read(html: &str, syntax: Syntax, cleaner: &Cleaner) -> Page {
    let mut reader = Reader::new(syntax, cleaner);
    let mut tag = Tag::default();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<usize>| -> Option<()> {
        match event {
            CallbackEvent::OpenStartTag { name } => tag = Tag::new(name),
            CallbackEvent::AttributeName { name } => tag.attribute_name(name),
            CallbackEvent::AttributeValue { value } => tag.attribute_value(value),
            CallbackEvent::CloseStartTag { self_closing } => {
                let closes_itself = self_closing && syntax == Syntax::Xhtml;
                tag.is_closed = closes_itself || is_void_element(&tag.name);
                reader.start(&tag);
            }
            CallbackEvent::EndTag { name } => reader.end(&Tag::new(name).name),
            CallbackEvent::String { value } => reader.text(&text(value)),
            _ => {}
        }
        None
    });
    emitter.naively_switch_states(syntax == Syntax::Html);
    Tokenizer::new_with_emitter(html, emitter).for_each(drop);
    reader.finish()
}

struct Reader<'a> {
    cleaner: &'a Cleaner,
    syntax: Syntax,
    page: Page,
    segment: Segment,
    skipped: Option<Skipped>,
    /// The level of the open heading, or 0.
    heading: u8,
    quotes: usize,
    /// The number of the next item of each open list, if it has numbers.
    lists: Vec<Option<i64>>,
    table: Option<Table>,
    superscripts: usize,
    link: Option<Link>,
    is_in_title: bool,
}

/// An element that is left out.
struct Skipped {
    name: String,
    /// How many elements of this name are open.
    depth: usize,
}

/// The outermost open table.
struct Table {
    depth: usize,
    /// Blocks before it.
    blocks: usize,
    /// Cells of the row, and of the longest row.
    cells: usize,
    most_cells: usize,
}

/// An open link.
struct Link {
    href: String,
    mark: Mark,
    is_at_start: bool,
    has_superscript: bool,
    /// The beginning of its text.
    text: String,
}

impl<'a> Reader<'a> {
    fn new(syntax: Syntax, cleaner: &'a Cleaner) -> Self {
        Self {
            cleaner,
            syntax,
            page: Page::default(),
            segment: Segment::default(),
            skipped: None,
            heading: 0,
            quotes: 0,
            lists: Vec::new(),
            table: None,
            superscripts: 0,
            link: None,
            is_in_title: false,
        }
    }

    fn finish(mut self) -> Page {
        self.flush();
        self.page
    }

    fn text(&mut self, text: &str) {
        if self.is_in_title {
            self.page.title.push_str(text);
            return;
        }
        if self.skipped.is_some() {
            return;
        }
        let characters = text.chars().filter(|character| !character.is_whitespace()).count();
        self.page.characters += characters;
        if let Some(link) = &mut self.link {
            self.page.linked_characters += characters;
            if link.text.len() <= MAX_MARK_BYTES {
                link.text.push_str(text);
            }
        }
        self.segment.push_text(text);
    }

    fn start(&mut self, tag: &Tag) {
        if self.is_skipping(tag) {
            return;
        }
        let role = role(&tag.name);
        // A title without an end.
        self.is_in_title &= matches!(role, Role::Inline | Role::Metadata);
        if let Some(omission) = omission(tag) {
            if !matches!(role, Role::Inline | Role::Link | Role::Superscript | Role::Image) {
                self.flush();
            }
            self.omit(tag, omission);
            return;
        }
        match role {
            Role::Skipped => self.skip(tag),
            Role::Code if !is_verse(&tag.class) => {
                self.flush();
                self.page.left_out.code_blocks += 1;
                let words = self.cleaner.code_block().to_owned();
                self.push_placeholder(words);
                self.skip(tag);
            }
            Role::Title if !tag.is_closed => self.is_in_title = true,
            Role::Metadata => {
                let name = tag.named.to_ascii_lowercase();
                if !name.is_empty() {
                    self.page.metadata.entry(name).or_insert_with(|| tag.content.clone());
                }
            }
            Role::Document if !tag.language.is_empty() => self.page.language = Some(tag.language.clone()),
            Role::Image => self.image(tag),
            Role::Inline if tag.name == "li" => self.item(),
            Role::Inline if matches!(tag.name.as_str(), "br" | "ruby" | "rp" | "rt") => {
                self.segment.push_start(&tag.name);
            }
            Role::Superscript if !tag.is_closed => {
                self.superscripts += 1;
                if let Some(link) = &mut self.link {
                    link.has_superscript = true;
                }
            }
            Role::Link if !tag.is_closed => self.start_link(tag),
            other => self.start_block(other, tag),
        }
        self.anchor(tag);
    }

    /// Whether the tag is inside of what is left out.
    fn is_skipping(&mut self, tag: &Tag) -> bool {
        let Some(skipped) = &mut self.skipped else { return false };
        if tag.name == "body" {
            // What is left out before it has no end.
            self.skipped = None;
            return false;
        }
        let ends_by_itself =
            self.syntax == Syntax::Html && matches!(skipped.name.as_str(), "p" | "li" | "dd" | "dt");
        if ends_by_itself && skipped.name == tag.name {
            self.skipped = None;
            return false;
        }
        skipped.depth += usize::from(skipped.name == tag.name && !tag.is_closed);
        true
    }

    fn skip(&mut self, tag: &Tag) {
        if !tag.is_closed {
            self.skipped = Some(Skipped { name: tag.name.clone(), depth: 1 });
        }
    }

    fn omit(&mut self, tag: &Tag, omission: Omission) {
        match omission {
            Omission::Silent => {}
            Omission::NoteReference => {
                self.page.note_references += 1;
                if !tag.href.is_empty() {
                    self.page.note_links.push(tag.href.clone());
                }
            }
            Omission::Note => self.page.left_out.notes += 1,
            Omission::Section(name) => {
                let sections = &mut self.page.left_out.sections;
                if !sections.iter().any(|known| known == name) {
                    sections.push(name.to_owned());
                }
            }
        }
        self.skip(tag);
    }

    fn start_block(&mut self, role: Role, tag: &Tag) {
        match role {
            Role::Heading(level) => {
                self.flush();
                self.heading = level;
            }
            Role::Quote if !tag.is_closed => {
                self.flush();
                self.quotes += 1;
            }
            Role::List if !tag.is_closed => {
                self.flush();
                self.lists.push((tag.name == "ol").then(|| tag.start.trim().parse().unwrap_or(1)));
            }
            Role::Table if !tag.is_closed => self.start_table(),
            Role::Row => {
                self.flush();
                if let Some(table) = &mut self.table {
                    table.cells = 0;
                }
            }
            Role::Cell => {
                self.flush();
                if let Some(table) = &mut self.table {
                    table.cells += 1;
                    table.most_cells = table.most_cells.max(table.cells);
                }
            }
            Role::Block | Role::Body | Role::Code => {
                self.flush();
                if tag.name == "p" {
                    // A heading without an end.
                    self.heading = 0;
                }
            }
            _ => {}
        }
    }

    fn item(&mut self) {
        self.flush();
        if let Some(Some(number)) = self.lists.last_mut() {
            let said = format!("{number}: ");
            *number = number.saturating_add(1);
            self.segment.push_number(&said);
        }
    }

    fn image(&mut self, tag: &Tag) {
        // The first letter of a chapter may be a picture.
        if (1..=2).contains(&tag.alt.chars().count()) && tag.alt.chars().all(char::is_alphabetic) {
            self.segment.push_text(&tag.alt);
        } else {
            self.page.left_out.images += 1;
        }
    }

    fn start_table(&mut self) {
        self.flush();
        if let Some(table) = &mut self.table {
            table.depth += 1;
        } else {
            let blocks = self.page.blocks.len();
            self.table = Some(Table { depth: 1, blocks, cells: 0, most_cells: 0 });
        }
    }

    fn end_table(&mut self) {
        self.flush();
        let Some(mut table) = self.table.take() else { return };
        table.depth -= 1;
        if table.depth > 0 {
            self.table = Some(table);
        } else if table.most_cells > 1 {
            // Otherwise it only places its text on the page.
            self.page.blocks.truncate(table.blocks);
            self.page.left_out.tables += 1;
            self.push_placeholder(self.cleaner.table().to_owned());
        }
    }

    fn push_placeholder(&mut self, text: String) {
        let kind = ParagraphKind::Placeholder;
        self.page.blocks.push(Block { kind, level: 0, text, note_ids: Vec::new() });
    }

    fn start_link(&mut self, tag: &Tag) {
        self.link = Some(Link {
            href: tag.href.clone(),
            mark: self.segment.mark(),
            is_at_start: !self.segment.has_text(),
            has_superscript: self.superscripts > 0,
            text: String::new(),
        });
    }

    fn end_link(&mut self) {
        let Some(link) = self.link.take() else { return };
        let is_inside = link.href.contains('#');
        let looks_so = link.has_superscript || is_bracketed(&link.text);
        let begins_a_note = link.is_at_start && self.heading == 0;
        if !is_inside || !is_note_mark(&link.text) || !(looks_so || begins_a_note) {
            return;
        }
        self.segment.truncate(link.mark);
        if link.is_at_start {
            self.segment.begins_with_mark = true;
        } else {
            self.page.note_references += 1;
            self.page.note_links.push(link.href);
        }
    }

    fn anchor(&mut self, tag: &Tag) {
        let is_anchor = tag.name == "a" && !tag.named.is_empty();
        for id in [Some(&tag.id), is_anchor.then_some(&tag.named)].into_iter().flatten() {
            if id.is_empty() {
                continue;
            }
            self.page.anchors.entry(id.clone()).or_insert(self.page.blocks.len());
            if !self.segment.has_text() && self.segment.ids.len() < MAX_NOTE_IDS {
                self.segment.ids.push(id.clone());
            }
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(skipped) = &mut self.skipped {
            skipped.depth -= usize::from(skipped.name == name);
            if skipped.depth == 0 {
                self.skipped = None;
            }
            return;
        }
        match role(name) {
            Role::Title => self.is_in_title = false,
            Role::Heading(_) => {
                self.flush();
                self.heading = 0;
            }
            Role::Quote => {
                self.flush();
                self.quotes = self.quotes.saturating_sub(1);
            }
            Role::List => {
                self.flush();
                self.lists.pop();
            }
            Role::Table => self.end_table(),
            Role::Link => self.end_link(),
            Role::Superscript => self.superscripts = self.superscripts.saturating_sub(1),
            Role::Block | Role::Body | Role::Row | Role::Cell | Role::Code | Role::Document => self.flush(),
            Role::Inline if name == "li" => self.flush(),
            Role::Inline if matches!(name, "ruby" | "rp" | "rt") => self.segment.push_end(name),
            _ => {}
        }
    }

    /// Ends the paragraph.
    fn flush(&mut self) {
        self.link = None;
        let segment = std::mem::take(&mut self.segment);
        if !segment.has_text() {
            // What follows is at these places, too.
            self.segment.ids = segment.ids;
            return;
        }
        let text = self.cleaner.html(segment.html());
        let note_ids = if segment.begins_with_mark { segment.ids } else { Vec::new() };
        for paragraph in text.split("\n\n").map(str::trim).filter(|text| !text.is_empty()) {
            let is_heading = self.heading > 0 && paragraph.chars().count() <= MAX_HEADING_CHARS;
            let (kind, level) = if is_heading {
                (ParagraphKind::Heading, self.heading)
            } else if self.quotes > 0 {
                (ParagraphKind::Quote, 0)
            } else {
                (ParagraphKind::Text, 0)
            };
            let text = if is_heading { paragraph.replace('\n', " ") } else { paragraph.to_owned() };
            self.page.blocks.push(Block { kind, level, text, note_ids: note_ids.clone() });
        }
    }
}
