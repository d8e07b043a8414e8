//! Tests of what lies just inside and just outside the rules for the end of a sentence.

use super::*;

fn split(text: &str) -> Vec<String> {
    let mut splitter = SentenceSplitter::default();
    let mut sentences = splitter.push(text);
    sentences.extend(splitter.finish());
    sentences
}

#[test]
fn one_line_end_is_a_space_and_two_end_a_paragraph() {
    assert_eq!(split("A line\nOf text"), ["A line\nOf text"]);
    assert_eq!(split("A line\n \nOf text"), ["A line\n \n", "Of text"]);
}

#[test]
fn a_bracket_or_a_mark_after_a_sentence_belongs_to_it() {
    for text in ["He left! ) Why", "He left! ] Why", "He left! , Why"] {
        assert_eq!(split(text), [text]);
    }
    assert_eq!(split("He left! ? Why"), ["He left! ? ", "Why"]);
}

#[test]
fn an_ordinal_ends_no_sentence_and_a_period_without_a_word_does() {
    assert_eq!(split("Wir sehen uns am 13. Mai."), ["Wir sehen uns am 13. Mai."]);
    assert_eq!(split("It ends (so). Then"), ["It ends (so). ", "Then"]);
}

#[test]
fn a_pause_in_the_first_half_is_no_place_to_cut() {
    for (before, cut) in [(98, 500), (248, 500), (249, 251)] {
        let text = format!("A{}, {}", "a".repeat(before - 1), "b".repeat(497 - before));
        // A long first sentence is cut sooner.
        assert_eq!(split(&format!("Yes. {text} c"))[1].len(), cut, "{before}");
    }
}
