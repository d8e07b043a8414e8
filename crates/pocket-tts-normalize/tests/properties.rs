//! What holds for every text: places in the original, rules that can be disabled, bounded work.

use pocket_tts_normalize::{DateOrder, Hint, HintKind, Language, Normalizer, Rule, SayAs};
use pocket_tts_spans::MappedText;
use proptest::prelude::*;

/// Pieces of which written forms are made.
const PIECES: &str =
    "[A-Za-zéß]{1,6}|[0-9]{1,5}|[ .,:;/$€%°ªº²½-]|st|th|er|Dr\\.|XIV|www\\.|@|\n\n|\u{a0}|[\\PC]";

/// The number of random texts of each property; `PROPTEST_CASES=200000` tries them for minutes.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").map_or(1_500, |cases| cases.parse().expect("PROPTEST_CASES is a number"))
}

fn text_of_pieces() -> impl Strategy<Value = String> {
    proptest::collection::vec(PIECES, 0..40).prop_map(|pieces| pieces.concat())
}

fn check_places(language: Language, text: &str) -> Result<(), TestCaseError> {
    let normalized = Normalizer::new(language).normalize(text);
    let (mut output_end, mut source_end) = (0, 0);
    for change in &normalized.changes {
        prop_assert!(change.output.start >= output_end && change.source.start >= source_end);
        prop_assert!(normalized.text().get(change.output.clone()).is_some());
        prop_assert!(text.get(change.source.clone()).is_some_and(|source| !source.is_empty()));
        // What lies between two changes is unchanged.
        let between = &normalized.text()[output_end..change.output.start];
        prop_assert_eq!(between, &text[source_end..change.source.start]);
        (output_end, source_end) = (change.output.end, change.source.end);
    }
    prop_assert_eq!(&normalized.text()[output_end..], &text[source_end..]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn every_piece_of_the_output_knows_its_place(text in text_of_pieces(), language in 0..8_usize) {
        check_places(Language::ALL[language], &text)?;
    }

    #[test]
    fn any_text_at_all_is_normalized(text in any::<String>(), language in 0..8_usize) {
        check_places(Language::ALL[language], &text)?;
    }

    #[test]
    fn no_digit_is_left_and_a_second_pass_finds_no_number(text in text_of_pieces(), language in 0..8_usize) {
        let normalizer = Normalizer::new(Language::ALL[language]);
        let once = normalizer.normalize(&text);
        prop_assert!(!once.text().contains(|character: char| character.is_ascii_digit()), "{}", once.text());
    }

    #[test]
    fn hints_at_any_place_do_no_harm(text in text_of_pieces(), cuts in proptest::collection::vec(0..60_usize, 0..6)) {
        let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut places: Vec<usize> = cuts.iter().map(|cut| borders[cut % borders.len()]).collect();
        places.sort_unstable();
        let kinds = [HintKind::Verbatim, HintKind::SayAs(SayAs::Characters), HintKind::SayAs(SayAs::Date(None))];
        let hints: Vec<Hint> = places
            .chunks_exact(2)
            .zip(kinds)
            .map(|(pair, kind)| Hint { range: pair[0]..pair[1], kind })
            .collect();
        let normalized = Normalizer::new(Language::English).normalize_mapped(&MappedText::new(&text), &hints);
        for (_, source) in normalized.mapped.pieces() {
            prop_assert!(text.get(source).is_some());
        }
    }
}

#[test]
fn a_disabled_rule_reads_nothing() {
    let text = "Dr. Hill paid $5 on 1/2/2024 for 3 km.";
    let mut normalizer = Normalizer::new(Language::English);
    for rule in Rule::ALL {
        normalizer = normalizer.without(rule);
    }
    assert_eq!(normalizer.normalize(text).text(), text);
    let without_money = Normalizer::new(Language::English).without(Rule::Money).normalize(text);
    assert!(
        without_money.text().starts_with("Doctor Hill paid dollars five on January second"),
        "{}",
        without_money.text()
    );
}

#[test]
fn hints_decide_how_a_piece_is_read() {
    let say = |text: &str, range: std::ops::Range<usize>, kind: HintKind| {
        let normalizer = Normalizer::new(Language::English);
        normalizer.normalize_mapped(&MappedText::new(text), &[Hint { range, kind }]).text().to_owned()
    };
    let as_kind = HintKind::SayAs;
    assert_eq!(say("Room 1204 now", 5..9, as_kind(SayAs::Digits)), "Room one two zero four now");
    assert_eq!(say("Code AB7 now", 5..8, as_kind(SayAs::Characters)), "Code A B seven now");
    assert_eq!(say("the 3 men", 4..5, as_kind(SayAs::Ordinal)), "the third men");
    assert_eq!(say("1998 men", 0..4, as_kind(SayAs::Year)), "nineteen ninety-eight men");
    assert_eq!(say("1998 men", 0..4, HintKind::Verbatim), "1998 men");
    let day_first = as_kind(SayAs::Date(Some(DateOrder::DayFirst)));
    assert_eq!(say("on 3/4/2024 here", 3..11, day_first), "on April third, twenty twenty-four here");
    assert_eq!(
        say("on 3/4/2024 here", 3..11, as_kind(SayAs::Date(None))),
        "on March fourth, twenty twenty-four here"
    );
    assert_eq!(say("two old men", 0..3, as_kind(SayAs::Date(None))), "two old men");
}

#[test]
fn places_survive_an_earlier_edit() {
    let mut edits_of = MappedText::new("<b>It costs £4.</b>");
    edits_of = edits_of.slice(3..16);
    let normalized = Normalizer::new(Language::English).normalize_mapped(&edits_of, &[]);
    assert_eq!(normalized.text(), "It costs four pounds.");
    assert_eq!(normalized.changes[0].source, 12..15);
}

#[test]
fn hostile_texts_end() {
    for piece in [
        "1",
        "1.",
        "1,000",
        "a.b@",
        "I.",
        "+1-",
        "$",
        "½",
        "12:",
        "1/",
        "XIV ",
        "A1-",
        "°",
        "https://a.b/",
        "-1",
        "~1",
        "1=",
        "5\"x",
        "3.-",
        "Mo-",
        "AB12 1234 ",
        "10⁶",
        "~/a/",
        " ./a",
        "a/b.md",
        "1(a)",
        "1(a)-",
        "1-½",
        "5C/",
        "1e-5",
        "6' ",
        "6\" x ",
        "7/1 to ",
        "£1 2s. ",
        "a 5 km (",
        "J·",
        "1-2-",
    ] {
        let text = piece.repeat(100_000 / piece.len());
        for language in Language::ALL {
            let _ = Normalizer::new(language).normalize(&text);
        }
    }
}
