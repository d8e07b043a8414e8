//! What elements are for the reader of a book.

use super::tag::Tag;

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A part of the text around it.
    Inline,
    /// A paragraph begins and ends with it.
    Block,
    /// A heading of this level.
    Heading(u8),
    Quote,
    List,
    Table,
    Row,
    Cell,
    Code,
    Image,
    Link,
    Superscript,
    Title,
    Metadata,
    Body,
    Document,
    /// It is left out with its content.
    Skipped,
}

/// Why an element is left out, apart from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Omission {
    /// It has no words of the book, such as the number of a page.
    Silent,
    /// A reference to a note.
    NoteReference,
    /// A note, or several.
    Note,
    /// A part of the book that is not read aloud.
    Section(&'static str),
}

/// Sections that are not read aloud, by `epub:type` or `role` without `doc-`.
const SECTIONS: [&str; 11] = [
    "cover",
    "toc",
    "landmarks",
    "page-list",
    "pagelist",
    "loi",
    "lot",
    "loa",
    "lov",
    "copyright-page",
    "index",
];
/// Classes of verse, which is set like code.
const VERSE: [&str; 5] = ["poem", "poetry", "verse", "song", "letter"];

/// The role of an element with this name in lower case.
pub(super) fn role(name: &str) -> Role {
    match name {
        "script" | "style" | "template" | "noscript" | "svg" | "math" | "iframe" | "object" | "audio"
        | "video" | "canvas" | "select" | "textarea" | "datalist" | "noembed" | "noframes" | "nav"
        | "del" => Role::Skipped,
        "title" => Role::Title,
        "meta" => Role::Metadata,
        "html" => Role::Document,
        "body" => Role::Body,
        "pre" | "xmp" | "listing" | "plaintext" => Role::Code,
        "h1" => Role::Heading(1),
        "h2" => Role::Heading(2),
        "h3" => Role::Heading(3),
        "h4" => Role::Heading(4),
        "h5" => Role::Heading(5),
        "h6" => Role::Heading(6),
        "blockquote" => Role::Quote,
        "ul" | "ol" | "menu" | "dir" => Role::List,
        "table" => Role::Table,
        "tr" => Role::Row,
        "td" | "th" => Role::Cell,
        "img" | "image" => Role::Image,
        "a" => Role::Link,
        "sup" => Role::Superscript,
        "p" | "div" | "section" | "article" | "aside" | "header" | "footer" | "main" | "figure"
        | "figcaption" | "address" | "center" | "details" | "summary" | "dialog" | "dl" | "dt" | "dd"
        | "fieldset" | "form" | "hgroup" | "hr" | "caption" | "legend" | "search" | "button" => Role::Block,
        _ => Role::Inline,
    }
}

/// Whether and why an element is left out because of its attributes.
pub(super) fn omission(tag: &Tag) -> Option<Omission> {
    if tag.is_hidden {
        return Some(Omission::Silent);
    }
    for kind in tag.types.split_ascii_whitespace() {
        let kind = kind.strip_prefix("doc-").unwrap_or(kind);
        match kind {
            "noteref" => return Some(Omission::NoteReference),
            "footnote" | "footnotes" | "endnote" | "endnotes" | "rearnote" | "rearnotes" | "note" => {
                return Some(Omission::Note);
            }
            "pagebreak" | "backlink" => return Some(Omission::Silent),
            _ => {}
        }
        if let Some(section) = SECTIONS.iter().find(|section| **section == kind) {
            // A picture with the role of a cover is no section.
            let is_section = !matches!(role(&tag.name), Role::Image | Role::Inline | Role::Link);
            return Some(if is_section { Omission::Section(section) } else { Omission::Silent });
        }
    }
    for class in tag.class.split_ascii_whitespace() {
        match class {
            "noteref" | "footnote-ref" | "footnote-reference" | "reference" | "fnref" | "fnanchor" => {
                return Some(Omission::NoteReference);
            }
            "footnote"
            | "footnotes"
            | "footnote-definition"
            | "endnote"
            | "endnotes"
            | "references"
            | "reflist" => {
                return Some(Omission::Note);
            }
            "pagenum" | "pageno" | "pagebreak" | "mw-editsection" => return Some(Omission::Silent),
            _ => {}
        }
    }
    None
}

/// Whether a class says that set lines are verse.
pub(super) fn is_verse(class: &str) -> bool {
    VERSE.iter().any(|word| class.contains(word))
}

/// Whether an element has no content and no end tag.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Whether the text of a link is the mark of a note: a number, a letter or a sign, perhaps in brackets.
pub(super) fn is_note_mark(text: &str) -> bool {
    let text = text.trim();
    let bare = text.trim_matches(['[', ']', '(', ')', '.']);
    let is_number = bare.len() <= 4 && bare.chars().all(|character| character.is_ascii_digit());
    let is_sign = bare.chars().count() <= 3 && bare.chars().all(|character| "*†‡§¶#↩^⁂".contains(character));
    let is_letter = bare.len() == 1 && bare.chars().all(|character| character.is_ascii_alphabetic());
    !bare.is_empty() && (is_number || is_sign || is_letter)
}

/// Whether the mark of a note is in square brackets.
pub(super) fn is_bracketed(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('[') && text.ends_with(']')
}
