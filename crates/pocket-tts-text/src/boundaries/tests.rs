//! Tables of sentences in the seven languages, and properties of any text.

use proptest::prelude::*;

use super::*;

/// The tables: a text in each line, with `|` between sentences and `⏎` for a line end.
const TABLES: [(&str, &str); 7] = [
    ("english", include_str!("../../tests/boundaries/english.txt")),
    ("french", include_str!("../../tests/boundaries/french.txt")),
    ("german", include_str!("../../tests/boundaries/german.txt")),
    ("spanish", include_str!("../../tests/boundaries/spanish.txt")),
    ("italian", include_str!("../../tests/boundaries/italian.txt")),
    ("portuguese", include_str!("../../tests/boundaries/portuguese.txt")),
    ("dutch", include_str!("../../tests/boundaries/dutch.txt")),
];

fn boundaries(text: &str) -> Vec<Boundary> {
    let mut finder = BoundaryFinder::default();
    let mut found = finder.push(text);
    found.extend(finder.finish());
    found
}

fn sentences(text: &str) -> Vec<&str> {
    let ends = boundaries(text).into_iter().map(|boundary| boundary.offset).chain([text.len()]);
    let starts = std::iter::once(0).chain(boundaries(text).into_iter().map(|boundary| boundary.offset));
    starts.zip(ends).map(|(start, end)| text[start..end].trim()).collect()
}

#[test]
fn sentences_of_every_language_end_where_readers_see_an_end() {
    let mut wrong = Vec::new();
    for (language, table) in TABLES {
        assert!(table.lines().count() >= 25, "{language}");
        for line in table.lines() {
            let line = line.replace('⏎', "\n");
            let expected: Vec<&str> = line.split('|').map(str::trim).collect();
            let text = line.replace(" | ", " ").replace('|', "");
            let found = sentences(&text);
            if found != expected {
                wrong.push(format!("{language}: {found:?} instead of {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_blank_line_ends_a_paragraph_and_a_line_end_does_not() {
    for (text, expected) in [
        ("One\n\nTwo", vec![(5, true)]),
        ("One\r\n\r\nTwo", vec![(7, true)]),
        ("One\n \t\nTwo", vec![(7, true)]),
        ("One\u{2029}Two", vec![(6, true)]),
        ("One.\nTwo", vec![(5, false)]),
        ("One\r\nTwo", vec![]),
        ("\n\nOne\n\n", vec![]),
        ("He said (and\n\nTwo", vec![(14, true)]),
        ("etc.\n\nTom", vec![(6, true)]),
    ] {
        let found: Vec<(usize, bool)> =
            boundaries(text).iter().map(|boundary| (boundary.offset, boundary.ends_paragraph)).collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn an_end_is_found_as_soon_as_the_next_word_tells() {
    let offset = |text: &str| BoundaryFinder::default().push(text).first().map(|boundary| boundary.offset);
    assert_eq!(offset("Hello there. "), None);
    assert_eq!(offset("Hello there. H"), Some(13));
    assert_eq!(offset("At 5 p.m. The"), None);
    assert_eq!(offset("At 5 p.m. The "), Some(10));
    assert_eq!(offset("\"Who?\" Anna l"), None);
    assert_eq!(offset("\"Who?\" Anna left "), Some(7));
}

#[test]
fn brackets_that_never_close_hold_up_no_sentence_for_long() {
    let text = format!("He said (and {} one. Two. Three.", "so ".repeat(100));
    assert_eq!(sentences(&text).len(), 3);
    assert_eq!(sentences("I am sad :( today. You are not. So be it.").len(), 3);
}

#[test]
fn wide_full_stops_need_no_space() {
    assert_eq!(sentences("你好。我是。「是吗？」他说！"), ["你好。", "我是。", "「是吗？」", "他说！"]);
}

#[test]
fn the_longest_words_and_runs_of_marks_are_read() {
    for pattern in ["a", "A. ", ". ", "\n\n", "\"", "(", "é! ", "1. ", "a.B", "\u{1f600}", "A ", "…", "。"]
    {
        let text = pattern.repeat(20_000);
        let mut last = 0;
        for boundary in boundaries(&text) {
            assert!(boundary.offset > last && boundary.offset < text.len());
            last = boundary.offset;
        }
    }
}

/// Texts of words, marks and what stands around them.
fn texts() -> impl Strategy<Value = String> {
    const WORDS: [&str; 15] = [
        "Dr",
        "etc",
        "z. B",
        "The",
        "he",
        "Anna",
        "said",
        "3",
        "1999",
        "XIV",
        "I",
        "ß",
        "www.a.org",
        "U.S",
        "日",
    ];
    const REST: [&str; 21] = [
        ". ", "? ", "! ", "... ", "…", " ", "\n", "\n\n", "\"", " «", "» ", "(", ") ", ", ", "[1] ", "。",
        " - ", "¿", ".", "'s ", "\r\n",
    ];
    let part = prop_oneof![proptest::sample::select(&WORDS[..]), proptest::sample::select(&REST[..])];
    proptest::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn the_ends_do_not_depend_on_where_the_text_is_cut(text in texts(), cuts in proptest::collection::vec(1_usize..9, 1..9)) {
        let characters: Vec<char> = text.chars().collect();
        let mut finder = BoundaryFinder::default();
        let (mut found, mut start) = (Vec::new(), 0);
        for cut in cuts.iter().cycle() {
            let end = characters.len().min(start + cut);
            found.extend(finder.push(&characters[start..end].iter().collect::<String>()));
            start = end;
            if start == characters.len() {
                break;
            }
        }
        found.extend(finder.finish());
        prop_assert_eq!(found, boundaries(&text));
    }

    #[test]
    fn ends_are_in_order_and_between_white_space_or_marks_and_words(text in prop_oneof![texts(), any::<String>()]) {
        let mut last = 0;
        for Boundary { offset, .. } in boundaries(&text) {
            prop_assert!(offset > last && text.is_char_boundary(offset));
            prop_assert!(text[offset..].starts_with(|c: char| !c.is_whitespace()));
            prop_assert!(!text[..offset].ends_with(char::is_alphanumeric));
            last = offset;
        }
    }
}
