//! Finds the sentences of a text that arrives in pieces.
//!
//! The splitter looks at one character at a time, so the sentences don't depend on where the pieces are cut. It must
//! not know tokens or a model.

use crate::marks::{CLOSERS, COMMAS, PAUSE_MARKS, SENTENCE_MARKS, is_abbreviation};

/// A text without sentence marks is cut after this many characters.
const MAX_SENTENCE_CHARACTERS: usize = 500;
/// A shorter sentence is joined with the next one, because models garble a few words. The first sentence is an
/// exception: the listener waits for it.
const MIN_WORDS: usize = 5;
/// A number of at most this many digits before a period is taken for an ordinal (`3. Mai`) or for the number of a list
/// item, which end no sentence.
const MAX_ORDINAL_DIGITS: usize = 2;

/// Splits a text into sentences while the text arrives. The sentences, joined, are the text.
///
/// A sentence is complete when the next one begins. In doubt the splitter waits, so a sentence may be longer than in
/// print, but is never torn apart. The first sentence is given alone; after it, a sentence of fewer than five words is
/// joined with the next one. A text without sentence marks is cut after 500 characters.
///
/// ```
/// use pocket_tts_text::SentenceSplitter;
///
/// let mut splitter = SentenceSplitter::default();
/// assert_eq!(splitter.push("Hello, Dr. Hill. How a"), ["Hello, Dr. Hill. "]);
/// assert_eq!(splitter.push("re you?"), [""; 0]);
/// assert_eq!(splitter.finish().as_deref(), Some("How are you?"));
/// ```
#[derive(Clone, Debug)]
pub struct SentenceSplitter {
    pending: String,
    characters: usize,
    position: Position,
    /// The number of line ends in the white space at the end of `pending`.
    line_ends: usize,
    is_first: bool,
}

/// The position of the next character in its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Inside,
    /// After sentence marks and closing quotes or brackets.
    AfterMark,
    /// After the white space that follows a mark.
    AfterSpace,
}

impl Default for SentenceSplitter {
    fn default() -> Self {
        Self {
            pending: String::new(),
            characters: 0,
            position: Position::Inside,
            line_ends: 0,
            is_first: true,
        }
    }
}

impl SentenceSplitter {
    /// Appends `text` and returns the sentences that it completes.
    ///
    /// Takes time in proportion to the length of the text.
    pub fn push(&mut self, text: &str) -> Vec<String> {
        let mut sentences = Vec::new();
        for character in text.chars() {
            self.take(character, &mut sentences);
        }
        sentences
    }

    /// Returns the rest of the text, complete or not, and `None` if that is empty or white space. The splitter then
    /// starts again, with a first sentence.
    pub fn finish(&mut self) -> Option<String> {
        let rest = std::mem::take(self).pending;
        (!rest.trim().is_empty()).then_some(rest)
    }

    /// The number of characters that are not part of a returned sentence.
    pub fn pending_characters(&self) -> usize {
        self.characters
    }

    fn take(&mut self, character: char, sentences: &mut Vec<String>) {
        if !character.is_whitespace() {
            if self.is_boundary(character) {
                sentences.push(self.cut());
            } else if self.characters >= MAX_SENTENCE_CHARACTERS {
                let rest = self.pending.split_off(forced_cut(&self.pending));
                sentences.push(self.cut());
                for character in rest.chars() {
                    self.take(character, sentences);
                }
            }
            self.line_ends = 0;
        } else if character == '\n' {
            self.line_ends += 1;
        }
        self.position = match self.position {
            _ if SENTENCE_MARKS.contains(&character) => Position::AfterMark,
            Position::AfterMark if CLOSERS.contains(&character) => Position::AfterMark,
            Position::AfterMark | Position::AfterSpace if character.is_whitespace() => Position::AfterSpace,
            _ => Position::Inside,
        };
        self.pending.push(character);
        self.characters += 1;
    }

    fn cut(&mut self) -> String {
        let sentence = std::mem::take(self).pending;
        self.is_first = false;
        sentence
    }

    /// Whether the pending text is a complete sentence if `next` follows.
    fn is_boundary(&self, next: char) -> bool {
        let is_paragraph = self.line_ends > 1;
        let is_sentence =
            self.position == Position::AfterSpace && ends_sentence(self.pending.trim_end(), next);
        if !(is_paragraph || is_sentence) {
            return false;
        }
        let words = self.pending.split_whitespace().filter(|word| has_words(word));
        words.take(MIN_WORDS).count() >= if self.is_first { 1 } else { MIN_WORDS }
    }
}

/// Whether `text` has a letter or a digit, and so something to say.
pub fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// Whether the mark at the end of `text` ends a sentence if `next` follows. False in doubt: a late cut only delays the
/// sound.
fn ends_sentence(text: &str, next: char) -> bool {
    let goes_on = next.is_lowercase()
        || matches!(next, ')' | ']')
        || COMMAS.contains(&next)
        || SENTENCE_MARKS.contains(&next);
    if goes_on {
        return false;
    }
    let text = text.trim_end_matches(CLOSERS);
    let before = text.trim_end_matches(SENTENCE_MARKS);
    if &text[before.len()..] != "." {
        return true;
    }
    let is_apart = |character: char| !character.is_alphanumeric();
    let word = before.rsplit(is_apart).next().unwrap_or_default();
    let is_ordinal = word.len() <= MAX_ORDINAL_DIGITS && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter = word.chars().count() == 1;
    !(is_letter || is_abbreviation(word) || (is_ordinal && !word.is_empty()))
}

/// The index at which to cut a text that is too long: after a pause in its second half, else between words, else at its
/// end.
fn forced_cut(text: &str) -> usize {
    let after_spaces = || {
        let spaces = text.char_indices().rev().filter(|(_, character)| character.is_whitespace());
        spaces.map(|(index, space)| index + space.len_utf8())
    };
    let is_pause = |end: &usize| text[..*end].trim_end().ends_with(PAUSE_MARKS);
    let pause = after_spaces().take_while(|end| *end > text.len() / 2).find(is_pause);
    pause.or_else(|| after_spaces().next()).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Vec<String> {
        let mut splitter = SentenceSplitter::default();
        let mut sentences = splitter.push(text);
        sentences.extend(splitter.finish());
        sentences
    }

    #[test]
    fn a_sentence_is_complete_once_more_text_follows() {
        let mut splitter = SentenceSplitter::default();
        for piece in ["Hel", "lo the", "re", ".", " "] {
            assert!(splitter.push(piece).is_empty(), "{piece}");
        }
        assert_eq!(splitter.push("H"), ["Hello there. "]);
        assert_eq!(splitter.pending_characters(), 1);
        assert_eq!(splitter.finish().as_deref(), Some("H"));
        assert_eq!((splitter.finish(), splitter.pending_characters()), (None, 0));
    }

    #[test]
    fn the_first_sentence_comes_alone_and_short_ones_after_it_come_together() {
        let text = "Yes. No. Maybe. That I do not know yet. Ask me again (\"soon!\") tomorrow. Bye.";
        let expected =
            ["Yes. ", "No. Maybe. That I do not know yet. ", "Ask me again (\"soon!\") tomorrow. ", "Bye."];
        assert_eq!(split(text), expected);
    }

    #[test]
    fn a_period_inside_a_sentence_ends_none() {
        for text in [
            "Dr. Smith and J. R. Hill came at 5 p.m. Friday.",
            "It is 3.5 or www.example.org and e.g. this.",
            "Wir sehen uns am 3. Mai.",
            "\"Who?\" she asked.",
            "Wait ... no.",
            "He (Mr. X.) left, etc. ) so.",
        ] {
            assert_eq!(split(text), [text]);
        }
        for (text, first) in [
            ("It was 1999. Then", "It was 1999. "),
            ("\"Go!\" \"Why?\"", "\"Go!\" "),
            ("What?! Él", "What?! "),
            ("So… Yes", "So… "),
            ("A title\n\nthe text", "A title\n\n"),
            ("One line.\nNext", "One line.\n"),
        ] {
            assert_eq!(split(text)[0], first);
        }
    }

    #[test]
    fn a_text_without_marks_is_cut_after_a_pause_or_between_words_or_anywhere() {
        let words = split(&"word ".repeat(300));
        assert!(words.len() == 3 && words[0].ends_with("word "), "{words:?}");
        let pause = split(&format!("{}, {}", "word ".repeat(60), "word ".repeat(60)));
        assert!(pause[0].ends_with("word , "), "{pause:?}");
        assert_eq!(
            split(&"é".repeat(1_200)).iter().map(|part| part.chars().count()).collect::<Vec<_>>(),
            [500, 500, 200]
        );
    }

    #[test]
    fn white_space_and_marks_alone_are_not_a_sentence() {
        assert_eq!(split(" \n\n "), [""; 0]);
        assert_eq!(split("... !!! Now. Then what"), ["... !!! Now. ", "Then what"]);
        assert_eq!(split("\u{1f600}"), ["\u{1f600}"]);
    }

    #[test]
    fn long_texts_of_marks_and_spaces_are_split_without_a_loss() {
        for text in ["a. ", ". ", "\n\n", "é", "a , ", "x\n\n. "] {
            let text = text.repeat(200_000);
            assert_eq!(split(&text).concat().trim_end(), text.trim_end());
        }
    }

    proptest! {
        #[test]
        fn the_sentences_do_not_depend_on_where_the_text_is_cut(
            words in proptest::collection::vec("[a-zA-Zéß0-9]{1,9}[.!?…,;)\"]{0,2}[ \n]{0,3}", 0..200),
            cuts in proptest::collection::vec(1_usize..40, 1..50),
        ) {
            let text = words.concat();
            let whole = split(&text);
            prop_assert!(whole.concat() == text || text.trim().is_empty());
            let characters: Vec<char> = text.chars().collect();
            let mut splitter = SentenceSplitter::default();
            let (mut sentences, mut start) = (Vec::new(), 0);
            for cut in cuts.iter().cycle() {
                let end = characters.len().min(start + cut);
                sentences.extend(splitter.push(&characters[start..end].iter().collect::<String>()));
                start = end;
                if start == characters.len() {
                    break;
                }
            }
            sentences.extend(splitter.finish());
            prop_assert_eq!(sentences, whole);
        }

        #[test]
        fn no_character_of_any_text_is_lost(text in any::<String>()) {
            prop_assert!(split(&text).concat() == text || text.trim().is_empty());
        }
    }
}

#[cfg(test)]
#[path = "sentence_splitter_tests.rs"]
mod boundary_tests;
