//! Properties of natural splitting: prose in seven languages and 10,000 random texts keep their words and the places of
//! these, and no sentence has more tokens than the limit.

mod support;

use pocket_tts_spans::{Edits, MappedText};
use pocket_tts_text::{
    Ending, ReadOptions, ReadSentence, SentenceSplitter, Splitting, TextError, TextOptions, Tokenizer,
    Unknown, read_text, sentence_tokens,
};
use proptest::prelude::*;
use support::golden_tokenizer;

const PROSE: [&str; 7] = [
    include_str!("prose/english.txt"),
    include_str!("prose/french.txt"),
    include_str!("prose/german.txt"),
    include_str!("prose/spanish.txt"),
    include_str!("prose/italian.txt"),
    include_str!("prose/portuguese.txt"),
    include_str!("prose/dutch.txt"),
];

fn natural(max_tokens: usize) -> ReadOptions {
    // Unknown characters stay, so that all letters can be compared.
    let unknown = Unknown::Keep;
    ReadOptions { max_tokens, splitting: Splitting::Natural, unknown, ..ReadOptions::default() }
}

fn read(tokenizer: &Tokenizer, text: &str, how: ReadOptions) -> Result<Vec<ReadSentence>, TextError> {
    Ok(read_text(tokenizer, &MappedText::new(text), &TextOptions::default(), how)?.sentences)
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{1c}'..='\u{1f}')).collect()
}

/// Checks that the sentences hold all of `text`, in order and each at its place.
fn check_places(text: &str, sentences: &[ReadSentence]) {
    let spoken: String = sentences.iter().map(|sentence| letters(sentence.text.text())).collect();
    assert_eq!(spoken, letters(text));
    let mut last = 0;
    for ReadSentence { text: sentence, .. } in sentences {
        let source = sentence.source_of(0..sentence.len());
        assert!(source.start >= last, "{sentence:?}");
        last = source.end;
        assert_eq!(letters(&text[source]), letters(sentence.text()));
        for (at, character) in sentence.text().char_indices().filter(|(_, c)| !c.is_whitespace()) {
            let place = sentence.source_of(at..at + character.len_utf8());
            assert_eq!(text[place], character.to_string());
        }
    }
}

/// Checks that each sentence has as many tokens as it says, and at most `max_tokens` unless it is one character.
fn check_tokens(tokenizer: &Tokenizer, sentences: &[ReadSentence], max_tokens: usize) {
    for ReadSentence { text, token_count, .. } in sentences {
        let tokens = sentence_tokens(tokenizer, text.text(), &TextOptions::default(), Unknown::Keep);
        let tokens = tokens.expect("a sentence can be tokenized");
        assert_eq!(tokens.ids.len(), *token_count, "{text:?}");
        // A character stays with its accents.
        let characters = text.text().chars().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).count();
        assert!(*token_count <= max_tokens || characters <= 1, "{token_count}: {text:?}");
    }
}

#[test]
fn prose_keeps_its_words_and_places_below_every_limit() {
    for file in ["tokenizer_a.json", "tokenizer_b.model"] {
        let tokenizer = golden_tokenizer(file);
        for text in PROSE {
            for max_tokens in [10, 50, 100, 1_000] {
                let sentences = read(&tokenizer, text, natural(max_tokens)).unwrap();
                check_places(text, &sentences);
                check_tokens(&tokenizer, &sentences, max_tokens);
                let paragraphs =
                    sentences.iter().filter(|sentence| sentence.ending == Ending::Paragraph).count();
                assert_eq!(paragraphs, text.trim_end().matches("\n\n").count());
            }
        }
    }
}

#[test]
fn prose_is_cut_inside_sentences_only_where_these_are_too_long() {
    // The vocabularies of the goldens are small, so a sentence has many tokens.
    let tokenizer = golden_tokenizer("tokenizer_a.json");
    for text in PROSE {
        let sentences = read(&tokenizer, text, natural(1_000)).unwrap();
        assert!(sentences.iter().all(|sentence| sentence.ending != Ending::Within));
        assert!(sentences.len() < 12, "{sentences:?}");
        let cut = read(&tokenizer, text, natural(150)).unwrap();
        let within = cut.iter().filter(|sentence| sentence.ending == Ending::Within);
        // The places are pauses, except in a clause that is too long itself.
        let at_pauses = within.clone().filter(|sentence| {
            sentence
                .text
                .text()
                .ends_with([',', ';', ':', '–', '—', '.', '!', '?', ')', '…', '"', '”', '“', '»'])
        });
        assert!(at_pauses.count() * 3 >= within.count() * 2, "{cut:?}");
    }
}

#[test]
fn plain_sentences_are_unchanged() {
    let tokenizer = golden_tokenizer("tokenizer_a.json");
    for text in [
        "The rain stopped.",
        "Il pleut, n'est-ce pas ?",
        "Es regnet!",
        "¿Llueve?",
        "Piove.",
        "Está a chover.",
        "Het regent.",
        "Dr. Hill paid $1,234.50 at 5 p.m. on www.example.org.",
    ] {
        let sentences = read(&tokenizer, text, natural(1_000)).unwrap();
        assert_eq!(sentences.len(), 1);
        assert_eq!(sentences[0].text, MappedText::new(text));
    }
}

#[test]
fn prose_in_pieces_has_the_sentences_of_the_whole() {
    for text in PROSE {
        let mut splitter = SentenceSplitter::default();
        let mut whole = splitter.push(text);
        whole.extend(splitter.finish());
        assert_eq!(whole.concat(), text);
        for size in [1, 7, 100] {
            let characters: Vec<char> = text.chars().collect();
            let pieces = characters.chunks(size).map(|chunk| chunk.iter().collect::<String>());
            let mut sentences: Vec<String> = pieces.flat_map(|piece| splitter.push(&piece)).collect();
            sentences.extend(splitter.finish());
            assert_eq!(sentences, whole);
        }
    }
}

#[test]
fn a_place_is_that_of_the_first_original() {
    let original = MappedText::new("She paid £4 there. It was\nall that she had in the purse.");
    let mut edits = Edits::new(&original);
    edits.replace(9..12, "four pounds");
    let text = edits.finish();
    let tokenizer = golden_tokenizer("tokenizer_a.json");
    for splitting in [Splitting::Natural, Splitting::Reference] {
        let how = ReadOptions { max_tokens: 30, splitting, ..ReadOptions::default() };
        let sentences = read_text(&tokenizer, &text, &TextOptions::default(), how).unwrap().sentences;
        let first = &sentences[0].text;
        let at = first.text().find("pounds").unwrap();
        assert_eq!(first.source_of(at..at + 6), 9..12, "{splitting:?}");
        let last = &sentences.last().unwrap().text;
        let at = last.text().find("purse").unwrap();
        assert_eq!(last.source_of(at..at + 5), 51..56, "{splitting:?}");
    }
}

#[test]
fn sentences_of_the_reference_know_their_places() {
    for file in ["tokenizer_a.json", "tokenizer_b.json", "tokenizer_a.model", "tokenizer_b.model"] {
        let tokenizer = golden_tokenizer(file);
        for text in PROSE {
            let how = ReadOptions { splitting: Splitting::Reference, ..natural(50) };
            let sentences = read(&tokenizer, text, how).unwrap();
            let mut last = 0;
            for ReadSentence { text: sentence, .. } in &sentences {
                let source = sentence.source_of(0..sentence.len());
                assert!(source.start >= last && source.end <= text.len(), "{last}: {:?}", sentence.text());
                last = source.end;
            }
            let placed = sentences.iter().flat_map(|sentence| {
                let text = &sentence.text;
                text.text().char_indices().map(move |(at, c)| (c, text.source_of(at..at + c.len_utf8())))
            });
            let (same, letters) =
                placed.filter(|(c, _)| c.is_alphanumeric()).fold((0, 0), |(same, all), (c, place)| {
                    (same + usize::from(text[place].contains(c)), all + 1)
                });
            // Unknown characters are decoded as others, and normalization changes some.
            assert!(same * 100 >= letters * 90, "{file}: {same} of {letters}");
        }
    }
}

#[test]
fn sentences_of_the_reference_know_what_ends_with_them() {
    let tokenizer = golden_tokenizer("tokenizer_a.json");
    let how = ReadOptions { max_tokens: 6, splitting: Splitting::Reference, ..ReadOptions::default() };
    let sentences = read(&tokenizer, "It is here.\nIt is there.\n\nIt, so, is.", how).unwrap();
    let endings: Vec<(&str, Ending)> =
        sentences.iter().map(|sentence| (sentence.text.text(), sentence.ending)).collect();
    assert_eq!(
        endings,
        [
            ("It is here.", Ending::Sentence),
            ("It is there.", Ending::Paragraph),
            ("It, so,", Ending::Within),
            ("is.", Ending::Sentence)
        ]
    );
}

/// Words, marks and white space in any order.
fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[a-zA-Zéß0-9]{1,9}",
        1 => "[a-z]{30,60}",
        3 => Just(" ".to_owned()),
        2 => "[.,;:!?…\"'()–-]",
        2 => "[.,;:!?] ",
        1 => "[\n\t\u{a0}\u{301}日]{1,2}",
        1 => "(Dr|etc|z\\. B|No)\\. ",
    ];
    proptest::collection::vec(part, 1..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn random_texts_keep_their_words_and_places_below_every_limit(text in texts(), max_tokens in 8_usize..60) {
        let tokenizer = golden_tokenizer_once();
        match read(tokenizer, &text, natural(max_tokens)) {
            Ok(sentences) => {
                check_places(&text, &sentences);
                check_tokens(tokenizer, &sentences, max_tokens);
            }
            Err(error) => prop_assert!(matches!(error, TextError::Empty), "{}", error),
        }
    }
}

proptest! {
    #[test]
    fn any_text_keeps_its_letters(text in any::<String>(), max_tokens in 1_usize..60) {
        let tokenizer = golden_tokenizer_once();
        match read(tokenizer, &text, natural(max_tokens)) {
            Ok(sentences) => check_places(&text, &sentences),
            Err(error) => prop_assert!(matches!(error, TextError::Empty), "{}", error),
        }
    }
}

fn golden_tokenizer_once() -> &'static Tokenizer {
    static TOKENIZER: std::sync::LazyLock<Tokenizer> =
        std::sync::LazyLock::new(|| golden_tokenizer("tokenizer_a.json"));
    &TOKENIZER
}
