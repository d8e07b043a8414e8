//! Tests of the pieces, with a codec of one token per character, and of the work that they take.

use super::*;
use crate::test_support::CountingCodec;

/// The pieces of `text` with their endings. A token is a character, and each piece has one more in front.
fn split(text: &str, max_tokens: usize) -> Vec<(String, Ending)> {
    let mapped = MappedText::new(text);
    let codec = CountingCodec::default();
    let sentences = split_naturally(&codec, &mapped, &TextOptions::default(), max_tokens, true).unwrap();
    for sentence in &sentences {
        let prepared = prepare(sentence.text.text(), &TextOptions::default()).unwrap().text;
        assert_eq!(sentence.token_count, prepared.chars().count() + 1);
        assert!(sentence.token_count <= max_tokens.max(4), "{sentence:?}");
    }
    sentences.into_iter().map(|sentence| (sentence.text.text().to_owned(), sentence.ending)).collect()
}

fn texts(text: &str, max_tokens: usize) -> Vec<String> {
    split(text, max_tokens).into_iter().map(|(text, _)| text).collect()
}

#[test]
fn a_limit_of_no_tokens_is_an_error() {
    let codec = CountingCodec::default();
    let outcome = split_naturally(&codec, &MappedText::new("Hi."), &TextOptions::default(), 0, true);
    assert!(matches!(outcome, Err(TextError::MaxTokensZero)));
}

#[test]
fn the_first_sentence_comes_alone_and_the_others_are_packed_evenly() {
    let text = "One. It is two. It is three. It is four. It is five. It is six.";
    assert_eq!(texts(text, 40), ["One.", "It is two. It is three.", "It is four. It is five. It is six."]);
    let mapped = MappedText::new("One. It is two and no more.");
    let options = TextOptions::default();
    let sentences = split_naturally(&CountingCodec::default(), &mapped, &options, 40, false).unwrap();
    assert_eq!(sentences.len(), 1);
}

#[test]
fn a_few_words_after_the_first_sentence_are_joined_with_it() {
    assert_eq!(texts("Hello there. Good bye.", 40), ["Hello there. Good bye."]);
    assert_eq!(
        texts("Hello there. Good bye to all of you.", 40),
        ["Hello there.", "Good bye to all of you."]
    );
    assert_eq!(texts("Hello there. Good bye.", 20), ["Hello there.", "Good bye."]);
    assert_eq!(texts("Hello there.\n\nBye.", 40), ["Hello there.", "Bye."]);
}

#[test]
fn paragraphs_are_not_joined_and_their_ends_are_known() {
    use Ending::{Paragraph, Sentence, Within};
    let text = "A title\n\nIt is one. It\nis two.\n\nThe end is here, and after it there is no more";
    let expected = [
        ("A title", Paragraph),
        ("It is one. It is two.", Paragraph),
        ("The end is here,", Within),
        ("and after it there is no more", Sentence),
    ];
    assert_eq!(split(text, 32), expected.map(|(text, ending)| (text.to_owned(), ending)));
}

#[test]
fn a_long_sentence_is_cut_at_the_best_places_that_suffice() {
    for (text, expected) in [
        ("aa bb cc; dd, ee ff; gg hh", vec!["aa bb cc;", "dd, ee ff; gg hh"]),
        ("aa bb: cc, dd ee ff; gg hh", vec!["aa bb: cc, dd ee ff;", "gg hh"]),
        ("aa bb cc, dd ee (ff gg) hh", vec!["aa bb cc,", "dd ee (ff gg) hh"]),
        ("aa bb cc – dd ee (ff gg) hh", vec!["aa bb cc –", "dd ee (ff gg) hh"]),
        ("aa bb cc dd (ee ff gg) hh", vec!["aa bb cc dd", "(ee ff gg) hh"]),
        ("aa bb cc dd ee ff gg hh ii", vec!["aa bb cc dd ee", "ff gg hh ii"]),
        ("aabbccddeeffgghhiijjkkllmmnnoo", vec!["aabbccddeeffggh", "hiijjkkllmmnnoo"]),
        ("aa; aabbccddeeffgghhiijjkkll bb", vec!["aa; aabbccddeeff", "gghhiijjkkll bb"]),
    ] {
        let mut long = texts(text, 22);
        // Without the pause at which a long first sentence is cut.
        let mapped = MappedText::new(text);
        let options = TextOptions::default();
        let codec = CountingCodec::default();
        if long != expected {
            let sentences = split_naturally(&codec, &mapped, &options, 22, false).unwrap();
            long = sentences.into_iter().map(|sentence| sentence.text.text().to_owned()).collect();
        }
        assert_eq!(long, expected, "{text}");
    }
}

#[test]
fn the_parts_of_a_long_sentence_are_about_equally_long() {
    let text = format!("{}.", ["abcd"; 20].join(" "));
    let lengths: Vec<usize> = texts(&text, 90).iter().map(String::len).collect();
    assert_eq!(lengths, [49, 50]);
}

#[test]
fn no_part_of_a_sentence_has_only_a_few_words_if_that_can_be_helped() {
    let text = "Well now. One could have said all of that in a few words less, he said.";
    let found = texts(text, 56);
    assert_eq!(found[1..], ["One could have said all of that in a few", "words less, he said."]);
    let text = "One could have said that in a few words too, he said. So he did.";
    assert_eq!(texts(text, 50)[1..], ["he said. So he did."]);
}

#[test]
fn a_long_first_sentence_is_cut_at_its_first_pause_after_some_words() {
    let text = "So, on a day in May, we all went out, and the rain, which had come, was gone: so it was.";
    assert_eq!(texts(text, 70)[0], "So, on a day in May,");
    // Without a pause it is cut as any other.
    let text = "So we all went out of the house one day and the rain which had come was gone.";
    assert_eq!(texts(text, 50).len(), 2);
}

#[test]
fn white_space_inside_becomes_one_space_and_marks_alone_join_their_neighbours() {
    assert_eq!(texts(" It\n was \t so.  ... And\u{a0}then? ", 50), ["It was so. ... And then?"]);
}

#[test]
fn a_character_that_is_too_long_comes_alone() {
    assert_eq!(texts("abc", 2), ["a", "b", "c"]);
    assert_eq!(texts("a\u{301}b", 1), ["a\u{301}", "b"]);
}

#[test]
fn replaced_characters_count_as_their_replacements() {
    let map = crate::CharacterMap::new([("&".to_owned(), " and so ".to_owned())]).unwrap();
    let options = TextOptions { replace_characters: map, ..TextOptions::default() };
    let text = MappedText::new("a & b & c & d & e & f & g");
    let sentences = split_naturally(&CountingCodec::default(), &text, &options, 30, true).unwrap();
    assert!(sentences.len() > 1);
    for sentence in sentences {
        let prepared = prepare(sentence.text.text(), &options).unwrap().text;
        assert!(prepared.chars().count() < 30, "{prepared}");
    }
}

#[test]
fn the_work_grows_with_the_length_of_the_text_and_not_its_square() {
    let patterns = [
        "a",
        "a ",
        "a. ",
        "A. ",
        "a, ",
        "a; b: c, d (e) ",
        ". ",
        "a.\n\n",
        "\"a\" ",
        "(",
        "e\u{301}",
        "Dr. ",
        "5 p.m. The ",
        "a—",
        "1,5 ",
        "a b c d e f g. ",
    ];
    for pattern in patterns {
        for max_tokens in [1, 50, 500] {
            let work = |characters: usize| {
                let codec = CountingCodec::default();
                let text = MappedText::new(&pattern.repeat(characters / pattern.chars().count()));
                split_naturally(&codec, &text, &TextOptions::default(), max_tokens, true).unwrap();
                codec.work.get()
            };
            let (short, long) = (work(4_000), work(8_000));
            assert!(long <= 3 * short, "{pattern:?} {max_tokens}: {short} then {long}");
            assert!(long <= 60 * 8_000, "{pattern:?} {max_tokens}: {long}");
        }
    }
}
