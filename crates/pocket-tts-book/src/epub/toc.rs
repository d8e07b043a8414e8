//! The table of contents: the navigation document of EPUB 3, or else the NCX file of EPUB 2.

use std::io::{Read, Seek};

use super::archive::Archive;
use super::package::Package;
use super::xml::{self, Event, resolve};
use crate::cleaner::on_one_line;
use crate::error::BookError;
use crate::limits::{MAX_TITLE_CHARS, MAX_TOC_ENTRIES};

/// An entry of the table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) title: String,
    pub(super) path: String,
    pub(super) fragment: Option<String>,
    /// 1 for the outermost entries.
    pub(super) depth: usize,
}

/// The entries in order; none if there is no table of contents.
pub(super) fn read<R: Read + Seek>(
    archive: &mut Archive<R>,
    package: &Package,
) -> Result<Vec<Entry>, BookError> {
    let is_navigation = |properties: &str| properties.split_ascii_whitespace().any(|word| word == "nav");
    let navigation = package.items.values().find(|item| is_navigation(&item.properties));
    if let Some(item) = navigation
        && let Some(text) = archive.text(&item.path)?
    {
        let entries = navigation_entries(&text, &item.path);
        if !entries.is_empty() {
            return Ok(entries);
        }
    }
    let named = package.ncx.as_ref().and_then(|id| package.items.get(id));
    let ncx =
        named.or_else(|| package.items.values().find(|item| item.media_type == "application/x-dtbncx+xml"));
    match ncx {
        Some(item) => {
            Ok(archive.text(&item.path)?.map(|text| ncx_entries(&text, &item.path)).unwrap_or_default())
        }
        None => Ok(Vec::new()),
    }
}

/// An entry that is being read.
#[derive(Default)]
struct EntryDraft {
    title: String,
    reference: String,
}

impl EntryDraft {
    fn finish(self, base: &str, depth: usize, entries: &mut Vec<Entry>) {
        let title = on_one_line(&self.title, MAX_TITLE_CHARS);
        if title.is_empty() || self.reference.is_empty() || entries.len() >= MAX_TOC_ENTRIES {
            return;
        }
        let (path, fragment) = resolve(base, &self.reference);
        entries.push(Entry { title, path, fragment, depth });
    }
}

fn navigation_entries(text: &str, base: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let (mut is_inside, mut depth) = (false, 0_usize);
    let mut link: Option<EntryDraft> = None;
    xml::read(text, |event| match event {
        Event::Start(element) if element.name == "nav" => is_inside = element.has_word("epub:type", "toc"),
        Event::End("nav") => is_inside = false,
        _ if !is_inside => {}
        Event::Start(element) => match element.name.as_str() {
            "ol" => depth += 1,
            "a" => {
                link = Some(EntryDraft { title: String::new(), reference: element.get("href").to_owned() });
            }
            _ => {}
        },
        Event::Text(text) => {
            if let Some(link) = &mut link {
                link.title.push_str(text);
            }
        }
        Event::End("ol") => depth = depth.saturating_sub(1),
        Event::End("a") => {
            if let Some(link) = link.take() {
                link.finish(base, depth, &mut entries);
            }
        }
        Event::End(_) => {}
    });
    entries
}

fn ncx_entries(text: &str, base: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let (mut depth, mut is_in_map, mut is_label) = (0_usize, false, false);
    let mut point: Option<EntryDraft> = None;
    xml::read(text, |event| match event {
        Event::Start(element) => match element.name.as_str() {
            "navmap" => is_in_map = true,
            "navpoint" if is_in_map => {
                depth += 1;
                point = Some(EntryDraft::default());
            }
            "navlabel" => is_label = true,
            "content" => {
                if let Some(mut point) = point.take() {
                    element.get("src").clone_into(&mut point.reference);
                    point.finish(base, depth, &mut entries);
                }
            }
            _ => {}
        },
        Event::Text(text) => {
            if let (true, Some(point)) = (is_label, &mut point) {
                point.title.push_str(text);
            }
        }
        Event::End("navpoint") => depth = depth.saturating_sub(1),
        Event::End("navlabel") => is_label = false,
        Event::End("navmap") => is_in_map = false,
        Event::End(_) => {}
    });
    entries
}

/// The entries that begin chapters: the outermost ones, and the ones inside of them that lead to other pages. The
/// others are sections of a chapter.
pub(super) fn chapter_entries(entries: &[Entry]) -> Vec<&Entry> {
    let mut chapters: Vec<&Entry> = Vec::new();
    for entry in entries {
        let is_section = entry.depth > 1 && chapters.iter().rev().take(1).any(|last| last.path == entry.path);
        if !is_section {
            chapters.push(entry);
        }
    }
    chapters
}
