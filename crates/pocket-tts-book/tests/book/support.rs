//! Makes books, and shows what was read of them.

use std::io::{Cursor, Write};

use pocket_tts_book::{Book, BookError, BookFormat, ParagraphKind, read_book};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An archive of these files.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A book that is being made.
#[derive(Default)]
pub(crate) struct Maker {
    pub(crate) metadata: String,
    pub(crate) manifest: String,
    pub(crate) spine: String,
    pub(crate) guide: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl Maker {
    pub(crate) fn new() -> Self {
        Self { metadata: "<dc:title>A Book</dc:title>".to_owned(), ..Self::default() }
    }

    /// Adds a page with this body to the spine.
    pub(crate) fn page(mut self, name: &str, body: &str) -> Self {
        let id = name.replace(['.', '/'], "_");
        self.manifest
            .extend([format!("<item id=\"{id}\" href=\"{name}\" media-type=\"application/xhtml+xml\"/>")]);
        self.spine.extend([format!("<itemref idref=\"{id}\"/>")]);
        let page = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><html xmlns=\"http://www.w3.org/1999/xhtml\" \
             xmlns:epub=\"http://www.idpf.org/2007/ops\"><head><title/><script src=\"a.js\"/></head><body>{body}</body></html>"
        );
        self.file(name, page.as_bytes())
    }

    pub(crate) fn file(mut self, name: &str, bytes: &[u8]) -> Self {
        self.files.push((format!("OEBPS/{name}"), bytes.to_vec()));
        self
    }

    /// Adds a navigation document with these items.
    pub(crate) fn navigation(mut self, items: &str) -> Self {
        self.manifest.push_str(
            "<item id=\"nav\" href=\"nav.xhtml\" properties=\"nav\" media-type=\"application/xhtml+xml\"/>",
        );
        let page = format!(
            "<html><body><nav epub:type=\"landmarks\"><ol><li><a href=\"x.xhtml\">No</a></li></ol></nav>\
             <nav epub:type=\"toc\"><h1>Contents</h1><ol>{items}</ol></nav></body></html>"
        );
        self.file("nav.xhtml", page.as_bytes())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let package = format!(
            "<?xml version=\"1.0\"?><package xmlns:dc=\"x\" version=\"3.0\"><metadata>{}</metadata><manifest>{}</manifest>\
             <spine toc=\"ncx\">{}</spine><guide>{}</guide></package>",
            self.metadata, self.manifest, self.spine, self.guide
        );
        let container =
            b"<container><rootfiles><rootfile full-path=\"OEBPS/book.opf\"/></rootfiles></container>";
        let mut files: Vec<(&str, &[u8])> =
            vec![("mimetype", b"application/epub+zip"), ("META-INF/container.xml", container)];
        files.push(("OEBPS/book.opf", package.as_bytes()));
        files.extend(self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        archive(&files)
    }

    pub(crate) fn read(&self) -> Result<Book, BookError> {
        read_epub(self.bytes())
    }
}

pub(crate) fn read_epub(bytes: Vec<u8>) -> Result<Book, BookError> {
    read_book(Cursor::new(bytes), BookFormat::Epub, "file name", "en")
}

pub(crate) fn read(text: &str, format: BookFormat) -> Book {
    read_book(Cursor::new(text.as_bytes()), format, "file name", "en").unwrap()
}

/// The chapters: a line `= title` for each, then a line for each paragraph with a sign of its kind.
pub(crate) fn shown(book: &Book) -> String {
    let mut shown = String::new();
    for chapter in &book.chapters {
        shown.extend([format!("= {}\n", chapter.title)]);
        for paragraph in &chapter.paragraphs {
            let sign = match paragraph.kind {
                ParagraphKind::Heading => "#",
                ParagraphKind::Text => ".",
                ParagraphKind::Quote => ">",
                ParagraphKind::Placeholder => "!",
                _ => "?",
            };
            shown.extend([format!("{sign} {}\n", paragraph.text.replace('\n', "/"))]);
        }
    }
    shown
}

#[track_caller]
pub(crate) fn shows(book: &Book, lines: &[&str]) {
    assert_eq!(shown(book).lines().collect::<Vec<_>>(), lines);
}
