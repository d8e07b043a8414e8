//! Markdown, HTML, plain texts and subtitles.

use crate::support::{read, shows};
use pocket_tts_book::BookFormat::{Html, Markdown, Srt, Text};

#[test]
fn markdown_is_split_at_headings() {
    let text = "---\ntitle: The Whale\nauthor: \"H. M.\"\nlang: de\n---\n\n# One\n\nA *b*[^1] [c][d].\n\n\
                > Said.\n\n## Inside\n\n- x\n- y\n\n```rust\nfn main() {}\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n\
                # Two\n\n## Right below\n\nEnd.\n\n[^1]: Note.\n\n[d]: https://example.com\n";
    let book = read(text, Markdown);
    shows(
        &book,
        &[
            "= One",
            "# One",
            ". A b c.",
            "> Said.",
            "= Inside",
            "# Inside",
            ". x",
            ". y",
            "! Codeblock.",
            "! Tabelle.",
            "= Two. Right below",
            "# Two",
            "# Right below",
            ". End.",
        ],
    );
    assert_eq!((book.title.as_str(), book.authors.as_slice()), ("The Whale", &["H. M.".to_owned()][..]));
    assert_eq!((book.left_out.notes, book.left_out.tables, book.left_out.code_blocks), (1, 1, 1));
}

#[test]
fn the_only_heading_of_the_highest_level_is_the_title() {
    let book = read("# The Book\n\n## One\n\nA.\n\n## Two\n\nB.\n", Markdown);
    assert_eq!(book.title, "The Book");
    shows(&book, &["= One", "# The Book", "# One", ". A.", "= Two", "# Two", ". B."]);
    shows(&read("Just text.", Markdown), &["= file name", ". Just text."]);
    let repeated = read("# One\n\n## ONE.\n\nA.\n\n# Two\n\nB.\n", Markdown);
    shows(&repeated, &["= One", "# One", "# ONE.", ". A.", "= Two", "# Two", ". B."]);
}

#[test]
fn pages_tell_their_title_and_language() {
    let book = read(
        "<!doctype html><html lang=es><head><title>El libro</title><meta name=author content='A. B.'><style>p{}</style>\
         <script>if (a<b) '<p>no'</script></head><body><nav><a href=x>Menu</a></nav><p>Antes<h1>Uno</h1><p>a<p class=footnote>b<p>c\
         <table><tr><td>1<td>2</table><h1>Dos</h1>d",
        Html,
    );
    assert_eq!((book.title.as_str(), book.language.as_deref()), ("El libro", Some("es")));
    shows(
        &book,
        &["= El libro", ". Antes", "= Uno", "# Uno", ". a", ". c", "! Tabla.", "= Dos", "# Dos", ". d"],
    );
}

#[test]
fn plain_texts_have_headings_by_words() {
    let text = "The Book\n\nby A. B.\n\nContents\n\nChapter 1\n\nChapter 2\n\n\nCHAPTER 1\n\nThis is a\nwrapped line.\n\nChapter and verse.\n\n\
                * * *\n\nMore.\n\nChapter 2\n\nEnd.\n";
    shows(
        &read(text, Text),
        &[
            "= file name",
            ". The Book",
            ". by A. B.",
            ". Contents",
            "= CHAPTER 1",
            "# CHAPTER 1",
            ". This is a wrapped line.",
            ". Chapter and verse.",
            ". More.",
            "= Chapter 2",
            "# Chapter 2",
            ". End.",
        ],
    );
}

#[test]
fn plain_texts_without_such_words_have_headings_by_blank_lines() {
    let text =
        "Loomings\n\nCall me.\n\n\n\nThe Carpet-Bag\n\nI stuffed it.\n\n\nNo title, as it ends.\n\nOn.\n";
    shows(
        &read(text, Text),
        &[
            "= Loomings",
            "# Loomings",
            ". Call me.",
            "= The Carpet-Bag",
            "# The Carpet-Bag",
            ". I stuffed it.",
            ". No title, as it ends.",
            ". On.",
        ],
    );
    let gutenberg = "Licence.\n\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\nText.\n\n*** END OF THE PROJECT ***\n\nMore.";
    shows(&read(gutenberg, Text), &["= file name", ". Text."]);
}

#[test]
fn subtitles_become_sentences() {
    let text = "1\r\n00:00:01,000 --> 00:00:02,000\r\n<i>It was</i>\r\nlate.\r\n\r\n2\r\n00:00:02,500 --> 00:00:04,000 X1:1\r\n\
                {\\an8}- Was it?\r\n\r\n3\r\n00:00:09,000 --> 00:00:10,000\r\n42\r\n\r\n4\r\n00:00:10,000 --> 00:00:11,000\r\nYes, &amp; no.\r\n";
    shows(&read(text, Srt), &["= file name", ". It was late. Was it?", ". 42 Yes, & no."]);
}
