//! What elements are for the reader of a book.

use pocket_tts_markup::{HtmlMeaning, html_meaning};

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

/// The role of an element with this name in lower case: what it means for speech, more finely where books need it.
pub(super) fn role(name: &str) -> Role {
    match name {
        "nav" | "del" => Role::Skipped,
        "title" => Role::Title,
        "meta" => Role::Metadata,
        "html" => Role::Document,
        "body" => Role::Body,
        "blockquote" => Role::Quote,
        "table" => Role::Table,
        "image" => Role::Image,
        "a" => Role::Link,
        "sup" => Role::Superscript,
        // The cleaner leaves them out.
        "rp" | "rt" => Role::Inline,
        _ => match html_meaning(name) {
            HtmlMeaning::Skipped => Role::Skipped,
            HtmlMeaning::CodeBlock => Role::Code,
            HtmlMeaning::Heading => Role::Heading(name.bytes().last().map_or(1, |digit| digit - b'0')),
            HtmlMeaning::Block | HtmlMeaning::Line | HtmlMeaning::Rule => Role::Block,
            HtmlMeaning::List => Role::List,
            HtmlMeaning::Row => Role::Row,
            HtmlMeaning::Cell => Role::Cell,
            HtmlMeaning::Image => Role::Image,
            HtmlMeaning::Inline | HtmlMeaning::Item | HtmlMeaning::Break | HtmlMeaning::Code => Role::Inline,
        },
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
