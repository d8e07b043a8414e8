//! Books that are damaged, or made to do harm. None may panic, and each error says what is wrong.

use std::io::Cursor;

use crate::support::{Maker, archive, read_epub};
use pocket_tts_book::{BookError, BookFormat, read_book};
use proptest::prelude::*;

const FORMATS: [BookFormat; 5] =
    [BookFormat::Epub, BookFormat::Markdown, BookFormat::Html, BookFormat::Text, BookFormat::Srt];

fn problem(bytes: Vec<u8>) -> String {
    read_epub(bytes).unwrap_err().to_string()
}

#[test]
fn archives_without_a_book_are_errors() {
    assert!(problem(b"not an archive".to_vec()).contains("is not a valid EPUB"));
    assert!(problem(archive(&[("a.txt", b"a")])).contains("META-INF/container.xml is missing"));
    let container = b"<rootfile full-path='x.opf'/>";
    assert!(
        problem(archive(&[("META-INF/container.xml", container)]))
            .contains("the package document is missing")
    );
    let empty: &[(&str, &[u8])] = &[("META-INF/container.xml", container), ("x.opf", b"<package/>")];
    assert!(problem(archive(empty)).contains("lists no pages"));
    let pictures = Maker::new().page("a.xhtml", "<img src='a.png'/>");
    assert!(matches!(pictures.read(), Err(BookError::Empty)));
    // A page that is missing is passed over and told.
    let mut gaps = Maker::new().page("gone.xhtml", "").page("a.xhtml", "<p>A.</p>");
    gaps.files.remove(0);
    let book = gaps.read().unwrap();
    assert_eq!((book.chapters.len(), book.left_out.missing_pages), (1, vec!["OEBPS/gone.xhtml".to_owned()]));
}

#[test]
fn what_unpacks_to_too_much_is_refused_in_bounded_memory() {
    let large = vec![b' '; 33 << 20];
    let mut bomb = Maker::new().page("a.xhtml", "");
    bomb.files = vec![("OEBPS/a.xhtml".to_owned(), large)];
    let bytes = bomb.bytes();
    assert!(bytes.len() < 1 << 20);
    assert_eq!(
        problem(bytes),
        "OEBPS/a.xhtml is larger than 33554432 bytes, so it is not read; split the book"
    );
    let part = format!("<p>{}</p>", " a".repeat(15 << 20));
    let many = (0..5).fold(Maker::new(), |maker, index| maker.page(&format!("{index}.xhtml"), &part));
    assert!(matches!(many.read(), Err(BookError::TooLarge { .. })));
}

#[test]
fn paths_never_leave_the_archive() {
    let mut maker = Maker::new().page("../../../../etc/hostname", "").page("a.xhtml", "<p>A.</p>");
    maker.manifest.push_str(
        "<item id=\"c\" href=\"/etc/passwd\" media-type=\"image/png\" properties=\"cover-image\"/>",
    );
    maker.files.remove(0);
    let book = maker.read().unwrap();
    assert_eq!((book.chapters.len(), book.cover), (1, None));
}

#[test]
fn deep_and_endless_pages_are_read_in_time() {
    for body in [
        "<div>".repeat(200_000) + "x",
        "<ol>".repeat(100_000) + "<li>x",
        "<table><tr><td>".repeat(50_000) + "x",
        "<a href='#x'>".repeat(100_000) + "x",
        "<blockquote><ul><li>".repeat(50_000) + "x",
        "&".repeat(300_000),
        "<p id='a'>".repeat(100_000),
    ] {
        let page = format!("<html><body><p>Start.</p>{body}");
        let mut maker = Maker::new().page("a.xhtml", "");
        maker.files = vec![("OEBPS/a.xhtml".to_owned(), page.into_bytes())];
        assert!(maker.read().unwrap().chapters[0].paragraphs[0].text == "Start.");
    }
}

#[test]
fn a_title_of_any_length_and_kind_is_one_short_line() {
    let mut maker = Maker::new().page("a.xhtml", &format!("<h1>{}</h1><p>A.</p>", "word\n".repeat(90)));
    maker.metadata = format!("<dc:title>{}</dc:title>", "very\u{1} long\n".repeat(10_000));
    let book = maker.read().unwrap();
    for title in [&book.title, &book.chapters[0].title] {
        assert!(title.chars().count() <= 201 && !title.contains(char::is_control), "{title}");
    }
}

#[test]
fn a_head_without_ends_leaves_the_text() {
    let page = "<html><head><title>T<script>x<body><p>Text.</p></body></html>";
    let mut maker = Maker::new().page("a.xhtml", "");
    maker.files = vec![("OEBPS/a.xhtml".to_owned(), page.as_bytes().to_vec())];
    assert_eq!(maker.read().unwrap().chapters[0].paragraphs[0].text, "Text.");
}

#[test]
fn text_in_another_encoding_says_so() {
    let read = |bytes: &[u8], format| read_book(Cursor::new(bytes.to_vec()), format, "n", "en");
    for format in [BookFormat::Text, BookFormat::Markdown, BookFormat::Srt, BookFormat::Html] {
        assert!(matches!(read(b"caf\xe9", format), Err(BookError::Encoding { offset: 3, .. })), "{format:?}");
        let empty = read(b" \n", format).unwrap_err().to_string();
        assert!(empty.contains(" holds no text to speak; ") && !empty.contains("OCR"), "{format:?}: {empty}");
    }
}

/// A book with everything that the readers look at.
fn sample() -> Vec<u8> {
    Maker::new()
        .navigation("<li><a href='a.xhtml#x'>A</a></li><li><a href='b.xhtml'>B</a></li>")
        .page(
            "a.xhtml",
            "<h1 id='x'>A</h1><p>One<sup><a href='#n'>1</a></sup>.</p><table><tr><td>1<td>2</tr></table>",
        )
        .page("b.xhtml", "<ol><li>x</li></ol><aside epub:type='footnote'>n</aside><pre>c</pre><p>“Yes”</p>")
        .bytes()
}

proptest! {
    #[test]
    fn damaged_archives_are_read_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = sample();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        check(read_epub(bytes))?;
    }

    #[test]
    fn any_pieces_of_mark_up_make_a_book_or_an_error(
        pieces in proptest::collection::vec(prop::sample::select(PIECES), 0..40),
    ) {
        let text = pieces.concat();
        for format in FORMATS {
            check(read_book(Cursor::new(text.clone().into_bytes()), format, "n", "en"))?;
        }
        check(Maker::new().navigation(&text).page("a.xhtml", &text).read())?;
    }

    #[test]
    fn any_bytes_make_a_book_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in FORMATS {
            check(read_book(Cursor::new(bytes.clone()), format, "n", "en"))?;
        }
    }
}

const PIECES: &[&str] = &[
    "<h1>",
    "</h1>",
    "<h2 id='x'>",
    "<p>",
    "</p>",
    "<p class=footnote id=n1>",
    "<a href='#n1'>",
    "</a>",
    "<sup>",
    "</sup>",
    "1",
    "[2]",
    "*",
    "text ",
    "“Said”",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<ol start=9223372036854775807>",
    "<li>",
    "</ol>",
    "<pre>",
    "</pre>",
    "<nav epub:type=toc>",
    "</nav>",
    "<title>",
    "</title>",
    "<aside role=doc-footnote>",
    "</aside>",
    "<br/>",
    "\n\n",
    "\n\n\n",
    "# ",
    "Chapter 1",
    "```\n",
    "> ",
    "| a | b |\n|---|---|\n",
    "[^1]",
    "[^1]: ",
    "1\n00:00:01,0 --> 9:9,9\n",
    "--> 99999999999999999999:1",
    "{\\",
    "<speak>",
    "&amp;",
    "&#x0;",
    "\u{0}",
    "<!--",
    "<![CDATA[",
    "]]>",
    "<script>",
    "</script>",
    "<script/>",
    "<img alt='T'>",
    "é",
    "---\n",
    "title: x\n",
    "*** START OF TH",
    "*** END OF TH",
];

/// A book keeps its promises.
fn check(book: Result<pocket_tts_book::Book, BookError>) -> Result<(), TestCaseError> {
    let Ok(book) = book else { return Ok(()) };
    prop_assert!(!book.chapters.is_empty() && !book.title.is_empty());
    for chapter in &book.chapters {
        prop_assert!(
            !chapter.title.trim().is_empty() && !chapter.title.contains('\n'),
            "{:?}",
            chapter.title
        );
        prop_assert!(!chapter.paragraphs.is_empty());
        for paragraph in &chapter.paragraphs {
            prop_assert!(
                !paragraph.text.is_empty() && paragraph.text.trim() == paragraph.text,
                "{:?}",
                paragraph.text
            );
        }
    }
    Ok(())
}
