//! From the pages of an EPUB and its table of contents to chapters.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use super::archive::{Archive, shown};
use super::package::{Package, SpinePage};
use super::toc::{Entry, chapter_entries};
use super::xml::resolve;
use crate::book::{Chapter, LeftOut};
use crate::chapters::{Draft, finish};
use crate::cleaner::Cleaner;
use crate::error::BookError;
use crate::html::{Block, Page, Syntax, read as read_page};
use crate::limits::MAX_PAGES_BYTES;
use crate::words::is_skipped_title;

/// Types of pages in the guide of EPUB 2 that are not read aloud.
const SKIPPED_IN_GUIDE: [&str; 6] = ["cover", "toc", "copyright-page", "index", "loi", "lot"];

/// The chapters, and what they leave out.
pub(super) fn chapters<R: Read + Seek>(
    archive: &mut Archive<R>,
    package: &Package,
    toc: &[Entry],
    title: &str,
    cleaner: &Cleaner,
) -> Result<(Vec<Chapter>, LeftOut), BookError> {
    let mut starts: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in chapter_entries(toc) {
        starts.entry(&entry.path).or_default().push(entry);
    }
    let mut assembly = Assembly {
        title,
        has_toc: !toc.is_empty(),
        drafts: Vec::new(),
        targets: HashSet::new(),
        left_out: LeftOut::default(),
        references: 0,
    };
    let mut bytes_left = MAX_PAGES_BYTES;
    for spine_page in &package.spine {
        let entries = starts.get(spine_page.path.as_str()).map_or(&[][..], Vec::as_slice);
        if let Some(name) = skipped(spine_page, package, entries) {
            assembly.skip(name);
            continue;
        }
        let Some(text) = archive.text(&spine_page.path)? else {
            assembly.left_out.missing_pages.push(shown(&spine_page.path));
            continue;
        };
        bytes_left = bytes_left.checked_sub(text.len() as u64).ok_or_else(|| BookError::TooLarge {
            what: "the text of all pages".to_owned(),
            limit_bytes: MAX_PAGES_BYTES,
        })?;
        assembly.add(&spine_page.path, read_page(&text, Syntax::Xhtml, cleaner), entries);
    }
    let Assembly { drafts, targets, mut left_out, references, .. } = assembly;
    let (chapters, notes) = finish(drafts, |block| block.note_ids.iter().any(|id| targets.contains(id)));
    left_out.notes = (left_out.notes + notes).max(references);
    if chapters.is_empty() { Err(BookError::Empty) } else { Ok((chapters, left_out)) }
}

/// Why a page isn't read aloud, if so.
fn skipped(page: &SpinePage, package: &Package, entries: &[&Entry]) -> Option<String> {
    if page.is_navigation {
        return Some("toc".to_owned());
    }
    if let Some(kind) = package.guide.get(&page.path)
        && SKIPPED_IN_GUIDE.contains(&kind.as_str())
    {
        return Some(kind.clone());
    }
    let first = entries.first();
    if let Some(entry) = first.filter(|entry| entries.len() == 1 && is_skipped_title(&entry.title)) {
        return Some(entry.title.clone());
    }
    let name = || page.path.rsplit('/').next().unwrap_or_default().to_owned();
    (!page.is_linear).then(name)
}

/// Chapters that are being put together.
struct Assembly<'a> {
    title: &'a str,
    has_toc: bool,
    drafts: Vec<Draft>,
    /// The places that references to notes lead to: path, `#` and fragment.
    targets: HashSet<String>,
    left_out: LeftOut,
    /// References to notes.
    references: usize,
}

impl Assembly<'_> {
    fn skip(&mut self, name: String) {
        if !self.left_out.sections.contains(&name) {
            self.left_out.sections.push(name);
        }
    }

    fn add(&mut self, path: &str, page: Page, entries: &[&Entry]) {
        let is_contents = entries.len() <= 1 && page.is_list_of_links();
        if is_contents {
            self.skip("toc".to_owned());
            return;
        }
        self.references += page.note_references;
        let resolved = page.note_links.iter().filter_map(|link| {
            let (path, fragment) = resolve(path, link);
            fragment.map(|fragment| format!("{path}#{fragment}"))
        });
        self.targets.extend(resolved);
        let heading = page.heading(if self.has_toc { 1 } else { 2 }).map(str::to_owned);
        for name in page.left_out.sections.clone() {
            self.skip(name);
        }
        self.left_out.add(LeftOut { sections: Vec::new(), ..page.left_out });
        let mut starts: Vec<(usize, &Entry)> = entries
            .iter()
            .map(|entry| {
                let anchor = entry.fragment.as_ref().and_then(|fragment| page.anchors.get(fragment));
                (anchor.copied().unwrap_or(0), *entry)
            })
            .collect();
        starts.sort_by_key(|(block, _)| *block);
        if starts.is_empty() && (self.drafts.is_empty() || heading.is_some()) && !page.blocks.is_empty() {
            let says_title = heading.is_some();
            self.drafts.push(Draft { says_title, ..Draft::new(heading.as_deref().unwrap_or(self.title)) });
        }
        self.add_blocks(path, page.blocks, &starts);
    }

    /// Adds the blocks of a page, at some of which chapters begin.
    fn add_blocks(&mut self, path: &str, blocks: Vec<Block>, starts: &[(usize, &Entry)]) {
        let mut starts = starts.iter().peekable();
        for (index, mut block) in blocks.into_iter().enumerate() {
            while let Some((_, entry)) = starts.next_if(|(start, _)| *start <= index) {
                self.begin(entry);
            }
            for id in &mut block.note_ids {
                *id = format!("{path}#{id}");
            }
            if self.drafts.is_empty() {
                self.drafts.push(Draft { says_title: false, ..Draft::new(self.title) });
            }
            if let Some(last) = self.drafts.last_mut() {
                last.blocks.push(block);
            }
        }
        // Behind the text of a page, as if its title is a picture: the next page has the text of the chapter.
        starts.for_each(|(_, entry)| self.begin(entry));
    }

    /// Begins a chapter. Of several at one place the last is the innermost.
    fn begin(&mut self, entry: &Entry) {
        match self.drafts.last_mut() {
            Some(last) if last.blocks.is_empty() => *last = Draft::new(&entry.title),
            _ => self.drafts.push(Draft::new(&entry.title)),
        }
    }
}
