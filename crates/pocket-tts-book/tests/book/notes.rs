//! Footnotes and endnotes, in the ways in which books write them.

use crate::support::{Maker, shows};

#[test]
fn marked_notes_are_left_out() {
    let book = Maker::new()
        .page(
            "a.xhtml",
            "<p>One<a epub:type=\"noteref\" href=\"#n1\">1</a> and two<sup><a role='doc-noteref' href='#n2'>2</a></sup>.</p>\
             <aside epub:type=\"footnote\" id=\"n1\"><p>Note.</p></aside><p id='n2' role='doc-footnote'>Other.</p>\
             <p>On <span epub:type='pagebreak' id='p2'>2</span>we go.</p>",
        )
        .read()
        .unwrap();
    shows(&book, &["= A Book", ". One and two.", ". On we go."]);
    assert_eq!(book.left_out.notes, 2);
}

#[test]
fn notes_are_known_by_the_references_to_them() {
    let book = Maker::new()
        .page(
            "a.xhtml",
            "<h1>A</h1><p>One<sup><a id='r1' href='notes.xhtml#n1'>1</a></sup>, two<a id='r2' href='notes.xhtml#n2'>[2]</a>, \
             three<a href='notes.xhtml#n3'><sup>*</sup></a>. 10<sup>3</sup> is <a href='#x'>12</a>.</p>",
        )
        .page(
            "notes.xhtml",
            "<h1>Notes</h1><p><a id='n1' href='a.xhtml#r1'>1</a> First.</p><p id='n2'><a href='a.xhtml#r2'>[2]</a> Second.</p>\
             <ul><li id='n3'><p><a href='a.xhtml#r3'>*</a> Third.</p></li></ul>",
        )
        .read()
        .unwrap();
    shows(&book, &["= A", "# A", ". One, two, three. 103 is 12."]);
    assert_eq!(book.left_out.notes, 3);
}

#[test]
fn headings_that_lead_back_to_the_contents_stay() {
    let book = Maker::new()
        .page(
            "a.xhtml",
            "<h2><a href='nav.xhtml#t1'>1</a></h2><p id='r'>Text<a href='#n'><sup>1</sup></a>.</p>",
        )
        .page("b.xhtml", "<h2><a href='nav.xhtml#t2'>2</a></h2><p>See <a href='a.xhtml#r'>the text</a>.</p>")
        .read()
        .unwrap();
    shows(&book, &["= 1", "# 1", ". Text.", "= 2", "# 2", ". See the text."]);
}
