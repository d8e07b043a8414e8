//! The package document (OPF): metadata, files and the order of pages.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use super::archive::{Archive, damaged};
use super::xml::{self, Event, resolve};
use crate::error::BookError;
use crate::limits::MAX_PAGES;

/// What the package document says.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) title: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) language: Option<String>,
    pub(super) date: Option<String>,
    /// By `id`.
    pub(super) items: HashMap<String, Item>,
    /// The pages in order, each once.
    pub(super) spine: Vec<SpinePage>,
    /// The `id` of the EPUB 2 table of contents.
    pub(super) ncx: Option<String>,
    /// The `id` or the path of the cover's picture in EPUB 2.
    pub(super) cover: Option<String>,
    /// What the guide of EPUB 2 says of pages, by path.
    pub(super) guide: HashMap<String, String>,
}

/// A file of the book.
#[derive(Debug, Default, Clone)]
pub(super) struct Item {
    pub(super) path: String,
    pub(super) media_type: String,
    pub(super) properties: String,
}

/// A page of the spine.
#[derive(Debug)]
pub(super) struct SpinePage {
    pub(super) path: String,
    pub(super) is_linear: bool,
    /// Whether it is the navigation document.
    pub(super) is_navigation: bool,
}

/// The path of the package document.
pub(super) fn location<R: Read + Seek>(archive: &mut Archive<R>) -> Result<String, BookError> {
    let missing = || damaged("META-INF/container.xml is missing, or names no package document".to_owned());
    let container = archive.text("META-INF/container.xml")?.ok_or_else(missing)?;
    let mut path = None;
    xml::read(&container, |event| {
        if let Event::Start(element) = event
            && element.name == "rootfile"
            && path.is_none()
            && !element.get("full-path").is_empty()
        {
            path = Some(resolve("", element.get("full-path")).0);
        }
    });
    path.ok_or_else(missing)
}

/// The files that are encrypted. Fonts often are, which changes nothing.
pub(super) fn encrypted_paths<R: Read + Seek>(
    archive: &mut Archive<R>,
) -> Result<HashSet<String>, BookError> {
    let mut paths = HashSet::new();
    if let Some(text) = archive.text("META-INF/encryption.xml")? {
        xml::read(&text, |event| {
            if let Event::Start(element) = event
                && element.name == "cipherreference"
            {
                paths.insert(resolve("", element.get("uri")).0);
            }
        });
    }
    Ok(paths)
}

/// Reads the package document.
pub(super) fn read<R: Read + Seek>(archive: &mut Archive<R>, path: &str) -> Result<Package, BookError> {
    let Some(text) = archive.text(path)? else {
        return Err(damaged("the package document is missing".to_owned()));
    };
    let mut reader = PackageReader { path, ..PackageReader::default() };
    xml::read(&text, |event| reader.read(event));
    let PackageReader { mut package, itemrefs, .. } = reader;
    let mut seen = HashSet::new();
    for (id, is_linear) in itemrefs {
        let Some(item) = package.items.get(&id) else { continue };
        if seen.insert(item.path.clone()) && package.spine.len() < MAX_PAGES {
            let is_navigation = item.properties.split_ascii_whitespace().any(|word| word == "nav");
            package.spine.push(SpinePage { path: item.path.clone(), is_linear, is_navigation });
        }
    }
    if package.spine.is_empty() {
        return Err(damaged("the package document lists no pages".to_owned()));
    }
    Ok(package)
}

#[derive(Default)]
struct PackageReader<'a> {
    path: &'a str,
    package: Package,
    /// The `id` of each page, and whether it is in the main order.
    itemrefs: Vec<(String, bool)>,
    /// The element of metadata whose text is read.
    field: Option<Field>,
    text: String,
    is_in_metadata: bool,
}

/// An element of the metadata.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    Author,
    /// A creator of another kind, such as an illustrator.
    Other,
    Language,
    Date,
}

impl PackageReader<'_> {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(element) => self.start(element),
            Event::Text(text) if self.field.is_some() => self.text.push_str(text),
            Event::Text(_) => {}
            Event::End(name) => self.end(name),
        }
    }

    fn start(&mut self, element: &xml::Element) {
        match element.name.as_str() {
            "metadata" => self.is_in_metadata = true,
            "title" | "creator" | "language" | "date" if self.is_in_metadata => {
                let role = element.get("opf:role");
                self.text.clear();
                self.field = Some(match element.name.as_str() {
                    "title" => Field::Title,
                    "creator" if role.is_empty() || role == "aut" => Field::Author,
                    "creator" => Field::Other,
                    "language" => Field::Language,
                    _ => Field::Date,
                });
            }
            "meta" if element.get("name") == "cover" => {
                self.package.cover = Some(element.get("content").to_owned());
            }
            "item" => {
                let (path, _) = resolve(self.path, element.get("href"));
                let item = Item {
                    path,
                    media_type: element.get("media-type").to_ascii_lowercase(),
                    properties: element.get("properties").to_owned(),
                };
                self.package.items.entry(element.get("id").to_owned()).or_insert(item);
            }
            "spine" => {
                let toc = element.get("toc");
                self.package.ncx = (!toc.is_empty()).then(|| toc.to_owned());
            }
            "itemref" if self.itemrefs.len() < MAX_PAGES => {
                self.itemrefs.push((element.get("idref").to_owned(), element.get("linear") != "no"));
            }
            "reference" => {
                let (path, _) = resolve(self.path, element.get("href"));
                self.package.guide.insert(path, element.get("type").to_ascii_lowercase());
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if name == "metadata" {
            self.is_in_metadata = false;
        }
        if !matches!(name, "title" | "creator" | "language" | "date") {
            return;
        }
        let Some(field) = self.field.take() else { return };
        let text = std::mem::take(&mut self.text).split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return;
        }
        let package = &mut self.package;
        match field {
            Field::Title => drop(package.title.get_or_insert(text)),
            Field::Author => package.authors.push(text),
            Field::Language => drop(package.language.get_or_insert(text)),
            Field::Date => drop(package.date.get_or_insert(text)),
            Field::Other => {}
        }
    }
}
