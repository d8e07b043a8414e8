//! Tests of whole texts: their sentences, the reasons to refuse them, and the work that they take.

use super::*;
use crate::characters::CharacterMap;
use crate::known_text::tests::small_letters;
use crate::split::Sentence;
use crate::split_into_sentences;
use crate::test_support::{CountingCodec, golden_tokenizers, shipped_tokenizer};

fn read_shipped(text: &str) -> Result<ReadText, TextError> {
    read_text(&shipped_tokenizer(), &text.into(), &TextOptions::default(), ReadOptions::default())
}

fn plain(sentences: &[ReadSentence]) -> Vec<Sentence> {
    let plain = |sentence: &ReadSentence| Sentence {
        text: sentence.text.text().to_owned(),
        token_count: sentence.token_count,
    };
    sentences.iter().map(plain).collect()
}

#[test]
fn characters_that_are_left_out_change_no_token_of_their_neighbours() {
    for (text, without) in [
        ("I like 😀 cats. And dogs.", "I like cats. And dogs."),
        ("I like cats 😀. (And dogs!)", "I like cats. And dogs!"),
        ("*I* like **cats**.", "I like cats."),
        ("😀I like cats.", "I like cats."),
    ] {
        let (text, without) = (read_shipped(text).unwrap(), read_shipped(without).unwrap());
        assert_eq!(plain(&text.sentences), plain(&without.sentences));
        assert!(!text.unknown_characters.is_empty() && without.unknown_characters.is_empty());
    }
}

#[test]
fn a_known_text_is_split_as_by_the_reference() {
    let text = "It is so, isn't it? \"as\", she said; \n\n no more. And then, she went out: far, far away!";
    for tokenizer in golden_tokenizers() {
        for max_tokens in [5, 20, 50] {
            let options = TextOptions::default();
            let sentences = split_into_sentences(&tokenizer, text, max_tokens, &options).unwrap();
            let how = ReadOptions { max_tokens, ..ReadOptions::default() };
            let read = read_text(&tokenizer, &text.into(), &options, how).unwrap();
            assert_eq!(plain(&read.sentences), sentences);
        }
    }
}

#[test]
fn texts_with_nothing_to_say_are_refused_with_the_reason() {
    for text in ["...", "?", "\u{200b}", "\0\0", "'", "- - -"] {
        let outcome = read_shipped(text);
        assert!(matches!(outcome, Err(TextError::NothingToSay { .. })), "{text:?}: {outcome:?}");
    }
    for text in ["你好", "42", "42.", "1,000", "😀", "😀 👍!", "$", "—"] {
        let outcome = read_shipped(text);
        assert!(matches!(outcome, Err(TextError::UnknownCharacters { .. })), "{text:?}: {outcome:?}");
    }
    let message = read_shipped("42 😀").unwrap_err().to_string();
    assert!(message.contains("\"42 😀\" (unknown: 4, 2, 😀)"), "{message}");
    assert!(matches!(read_shipped(" \n\u{a0}"), Err(TextError::Empty)));
    // A vocabulary with byte fallback has tokens for emoji, but they are not words either.
    for tokenizer in golden_tokenizers() {
        let outcome = read_text(&tokenizer, &"😀".into(), &TextOptions::default(), ReadOptions::default());
        assert!(outcome.is_err(), "{tokenizer:?}: {outcome:?}");
    }
}

#[test]
fn nothing_is_left_out_with_keep() {
    for text in ["...", "I have 2 cats.", "(so)"] {
        let tokenizer = shipped_tokenizer();
        let options = TextOptions::default();
        let how = ReadOptions { unknown: Unknown::Keep, ..ReadOptions::default() };
        let read = read_text(&tokenizer, &text.into(), &options, how).unwrap();
        assert_eq!(plain(&read.sentences), split_into_sentences(&tokenizer, text, 50, &options).unwrap());
        assert_eq!(read.unknown_characters, []);
        let prepared = prepare(read.sentences[0].text.text(), &options).unwrap().text;
        let sentence = read.sentences[0].text.text();
        let tokens = sentence_tokens(&tokenizer, sentence, &options, Unknown::Keep).unwrap();
        assert_eq!(tokens.ids, tokenizer.encode(&prepared).unwrap());
    }
}

#[test]
fn sentences_of_more_tokens_than_the_limit_are_reported() {
    let (tokenizer, options) = (shipped_tokenizer(), TextOptions::default());
    let text = "This sentence has no comma and no other mark but it is still somewhat too long.";
    for unknown in [Unknown::LeaveOut, Unknown::Keep] {
        let read = |max_tokens| {
            let how = ReadOptions { max_tokens, unknown, ..ReadOptions::default() };
            read_text(&tokenizer, &text.into(), &options, how).unwrap()
        };
        let sentence = read(1_000).sentences.remove(0);
        assert_eq!(read(sentence.token_count).overlong_sentences, [""; 0]);
        assert_eq!(read(sentence.token_count - 1).overlong_sentences, [sentence.text.text()]);
    }
}

#[test]
fn sentences_of_marks_are_left_out() {
    let text = format!("Hello there. {} Bye.", ". ".repeat(2_000));
    let read = read_shipped(&text).unwrap();
    assert!(
        read.sentences.iter().all(|sentence| sentence.text.text().contains(char::is_alphabetic)),
        "{read:?}"
    );
    assert!(read.sentences.len() < 4, "{}", read.sentences.len());
}

#[test]
fn the_capital_that_preparation_makes_is_read_by_a_vocabulary_without_it() {
    let tokenizer = small_letters();
    let options = TextOptions::default();
    let read = read_text(&tokenizer, &"hello".into(), &options, ReadOptions::default()).unwrap();
    let sentence = read.sentences[0].text.text();
    assert_eq!(sentence, "hello.");
    let tokens = sentence_tokens(&tokenizer, sentence, &options, Unknown::LeaveOut).unwrap();
    assert_eq!(tokens.ids, tokenizer.encode("hello.").unwrap());
}

#[test]
fn a_later_sentence_that_vanishes_in_preparation_is_left_out() {
    let map = CharacterMap::new([("x".to_owned(), "y".to_owned()), ("y".to_owned(), String::new())]).unwrap();
    let options = TextOptions { replace_characters: map, ..TextOptions::default() };
    let how = ReadOptions { max_tokens: 5, ..ReadOptions::default() };
    let read = read_text(&shipped_tokenizer(), &"Hello there. xxx. Bye.".into(), &options, how).unwrap();
    assert!(
        read.sentences.iter().all(|sentence| prepare(sentence.text.text(), &options).is_ok()),
        "{read:?}"
    );
}

#[test]
fn the_work_of_reading_grows_with_the_length_of_the_text_and_not_its_square() {
    for pattern in
        ["a", "a ", "a. ", "\0", "😀", "😀 ", "a😀", "7", "7.", "a7. ", "e\u{301}", "\u{200d}😀", "A,"]
    {
        let work = |characters: usize| {
            let codec = CountingCodec::default();
            let text = format!("a{}", pattern.repeat(characters / pattern.chars().count()));
            read(&codec, &MappedText::new(&text), &TextOptions::default(), ReadOptions::default()).unwrap();
            codec.work.get()
        };
        let (short, long) = (work(10_000), work(100_000));
        assert!(long <= 11 * short, "{pattern:?}: {short} then {long}");
        assert!(long <= 20 * 100_000, "{pattern:?}: {long}");
    }
}
