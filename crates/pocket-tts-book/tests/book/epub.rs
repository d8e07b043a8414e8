//! EPUB 2 and 3.

use crate::support::{Maker, read_epub, shows};
use pocket_tts_book::BookError;

#[test]
fn the_table_of_contents_names_the_chapters() {
    let book = Maker::new()
        .navigation(
            "<li><a href=\"one.xhtml\">One</a></li><li><span>Part</span><ol><li><a href=\"two.xhtml\">Two &amp; \
             <b>a half</b></a><ol><li><a href=\"two.xhtml#s\">A section</a></li></ol></li></ol></li>",
        )
        .page("start.xhtml", "<p>Before it all.</p>")
        .page("one.xhtml", "<h1>One</h1><p>First.</p>")
        .page("one-more.xhtml", "<p>Goes on.</p>")
        .page("two.xhtml", "<p class='title'>TWO &#38; A HALF</p><p>Second.</p><h2 id='s'>A section</h2><p>Third.</p>")
        .read()
        .unwrap();
    shows(
        &book,
        &[
            "= A Book",
            ". Before it all.",
            "= One",
            "# One",
            ". First.",
            ". Goes on.",
            "= Two & a half",
            ". TWO & A HALF",
            ". Second.",
            "# A section",
            ". Third.",
        ],
    );
}

#[test]
fn several_chapters_may_be_on_one_page_and_titles_may_be_missing_in_the_text() {
    let toc = "<navMap><navPoint><navLabel><text>I</text></navLabel><content src=\"all.xhtml#a\"/></navPoint>\
               <navPoint><navLabel><text>II</text></navLabel><content src=\"all.xhtml#b\"/></navPoint></navMap>";
    let mut maker = Maker::new()
        .page(
            "all.xhtml",
            "<p>Motto.</p><p><a id='a'/>Monday.</p><p>More.</p><div id='b'><p>Tuesday.</p></div>",
        )
        .file("toc.ncx", toc.as_bytes());
    maker.manifest.push_str("<item id=\"ncx\" href=\"toc.ncx\" media-type=\"application/x-dtbncx+xml\"/>");
    shows(
        &maker.read().unwrap(),
        &["= A Book", ". Motto.", "= I", "# I", ". Monday.", ". More.", "= II", "# II", ". Tuesday."],
    );
}

#[test]
fn a_chapter_whose_title_is_a_picture_begins_on_the_next_page() {
    let book = Maker::new()
        .navigation(
            "<li><a href=\"one.xhtml\">One</a></li><li><a href=\"picture.xhtml\">Two</a></li>\
             <li><a href=\"three.xhtml#end\">Three</a></li>",
        )
        .page("one.xhtml", "<p>First.</p>")
        .page("picture.xhtml", "<img src='two.png'/>")
        .page("two.xhtml", "<p>Second.</p>")
        .page("three.xhtml", "<p>Second still.</p><img id='end' src='three.png'/>")
        .page("more.xhtml", "<p>Third.</p>")
        .read()
        .unwrap();
    shows(
        &book,
        &[
            "= One",
            "# One",
            ". First.",
            "= Two",
            "# Two",
            ". Second.",
            ". Second still.",
            "= Three",
            "# Three",
            ". Third.",
        ],
    );
}

#[test]
fn without_a_table_of_contents_headings_begin_chapters() {
    let book = Maker::new()
        .page("a.xhtml", "<h2>First</h2><p>A.</p>")
        .page("b.xhtml", "<p>B.</p>")
        .page("c.xhtml", "<h1>Second</h1><h2>Below</h2><p>C.</p>")
        .read()
        .unwrap();
    shows(&book, &["= First", "# First", ". A.", ". B.", "= Second", "# Second", "# Below", ". C."]);
}

#[test]
fn metadata_and_the_cover_are_found_in_both_versions() {
    let picture = [&[0xFF, 0xD8, 0xFF][..], b"picture"].concat();
    for (metadata, item) in [
        ("", "<item id=\"x\" href=\"c.jpg\" media-type=\"image/jpeg\" properties=\"cover-image\"/>"),
        ("<meta name=\"cover\" content=\"x\"/>", "<item id=\"x\" href=\"c.jpg\" media-type=\"image/jpeg\"/>"),
    ] {
        let mut maker = Maker::new().page("a.xhtml", "<p>A.</p>").file("c.jpg", &picture);
        maker.metadata = format!(
            "<dc:title>The\n  Whale</dc:title><dc:title>Second</dc:title><dc:creator opf:role=\"aut\">H. M.</dc:creator>\
             <dc:creator opf:role=\"ill\">R. K.</dc:creator><dc:language>en-US</dc:language><dc:date>1851</dc:date>{metadata}"
        );
        maker.manifest.push_str(item);
        let book = maker.read().unwrap();
        assert_eq!((book.title.as_str(), book.authors), ("The Whale", vec!["H. M.".to_owned()]));
        assert_eq!((book.language.as_deref(), book.date.as_deref()), (Some("en-US"), Some("1851")));
        let cover = book.cover.unwrap();
        assert_eq!((cover.bytes, cover.mime_type), (picture.clone(), "image/jpeg"));
    }
}

#[test]
fn pages_that_are_not_read_aloud_are_left_out_and_named() {
    let link = |n| format!("<p><a href='c{n}.xhtml'>The chapter number {n}</a></p>");
    let links = (1..9).map(link).collect::<Vec<_>>().concat();
    let mut maker = Maker::new()
        .navigation("<li><a href='legal.xhtml'>Copyright</a></li><li><a href='a.xhtml'>A</a></li>")
        .page("cover.xhtml", "<div epub:type='cover'><img src='c.jpg' alt='Cover'/><p>Cover.</p></div>")
        .page("legal.xhtml", "<p>All rights reserved.</p>")
        .page("contents.xhtml", &links)
        .page("list.xhtml", "<p>Figure 1.</p>")
        .page("a.xhtml", "<h1>A</h1><p>Text.</p><section epub:type='index'><p>whale, 1</p></section>");
    maker.spine.push_str("<itemref idref=\"nav\"/>");
    maker.guide = "<reference type=\"loi\" href=\"list.xhtml\"/>".to_owned();
    let book = maker.read().unwrap();
    shows(&book, &["= A", "# A", ". Text."]);
    assert_eq!(book.left_out.sections, ["cover", "Copyright", "toc", "loi", "index"]);
}

#[test]
fn tables_code_and_pictures_leave_a_word_or_nothing() {
    let mut maker = Maker::new().page(
        "a.xhtml",
        "<p><img src='t.png' alt='T'/>he start.</p><table><tr><td>1</td><td>2</td></tr></table>\
         <table><tr><td><p>Placed.</p></td></tr></table><pre>x = 1;</pre><pre class='poem'>Roses</pre>\
         <blockquote><p>Said.</p></blockquote><ol start='3'><li>c<ul><li>d</li></ul></li><li>e</li></ol>\
         <p>a<br/>b<span aria-hidden='true'>c</span></p><figure><img src='x.png' alt='A dog'/></figure>\
         <svg><text>no</text></svg><p>1 &lt; 2 &amp;amp; \u{1f600}</p>",
    );
    maker.metadata.push_str("<dc:language>fr</dc:language>");
    let book = maker.read().unwrap();
    shows(
        &book,
        &[
            "= A Book",
            ". The start.",
            "! Tableau.",
            ". Placed.",
            "! Bloc de code.",
            ". Roses",
            "> Said.",
            ". 3: c",
            ". d",
            ". 4: e",
            ". a/b",
            ". 1 < 2 &amp;",
        ],
    );
    assert_eq!((book.left_out.tables, book.left_out.code_blocks, book.left_out.images), (1, 1, 1));
}

#[test]
fn pages_may_be_in_utf_16_and_latin_1_and_names_in_another_case() {
    let utf16: Vec<u8> =
        "\u{feff}<html><body><p>Zwölf</p></body></html>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin1 = b"<?xml version='1.0' encoding='iso-8859-1'?><html><body><p>caf\xe9</p></body></html>";
    let mut maker = Maker::new().page("a.xhtml", "").page("b.xhtml", "").page("c%20d.xhtml", "");
    maker.files = vec![
        ("OEBPS/A.XHTML".to_owned(), utf16),
        ("OEBPS/b.xhtml".to_owned(), latin1.to_vec()),
        ("OEBPS/c d.xhtml".to_owned(), b"<p>Space</p>".to_vec()),
    ];
    shows(&maker.read().unwrap(), &["= A Book", ". Zwölf", ". café", ". Space"]);
}

#[test]
fn encrypted_text_is_an_error_and_encrypted_fonts_are_not() {
    let encryption = |path: &str| {
        let mut maker = Maker::new().page("a.xhtml", "<p>A.</p>");
        let xml = format!("<encryption><enc:CipherReference URI=\"{path}\"/></encryption>");
        maker.files.push(("META-INF/encryption.xml".to_owned(), xml.into_bytes()));
        read_epub(maker.bytes())
    };
    assert!(matches!(encryption("OEBPS/a.xhtml"), Err(BookError::Encrypted)));
    assert!(encryption("OEBPS/font.otf").is_ok());
}
