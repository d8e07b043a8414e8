//! Finds the sentences of a text that arrives in pieces.
//!
//! The splitter looks at one character at a time, so the sentences don't depend on where the pieces are cut. It must
//! not know tokens or a model.

use crate::boundaries::{Boundary, BoundaryFinder};
use crate::marks::{MIN_WORDS, PAUSE_MARKS};

/// A text without sentence marks is cut after this many characters.
const MAX_SENTENCE_CHARACTERS: usize = 500;
/// The first sentence is cut at its first pause after this many characters: the listener waits for it.
const LONG_FIRST_CHARACTERS: usize = 150;

/// Splits a text into sentences while the text arrives. The sentences, joined, are the text.
///
/// A sentence is complete when the next word tells that it has ended. It ends where
/// [`Splitting::Natural`](crate::Splitting::Natural) ends it. The first sentence is given alone, or only its start if it
/// is long. After it, a sentence of fewer than five words is joined with the next one of its paragraph. A text without
/// sentence marks is cut after 500 characters.
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
    finder: BoundaryFinder,
    pending: String,
    /// Where `pending` begins, in bytes from the start of the text.
    start: usize,
    /// The number of characters of `pending`.
    characters: usize,
    is_first: bool,
}

impl Default for SentenceSplitter {
    fn default() -> Self {
        Self {
            finder: BoundaryFinder::default(),
            pending: String::new(),
            start: 0,
            characters: 0,
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
            if !character.is_whitespace() && !self.finder.is_undecided() {
                self.cut_long(&mut sentences);
            }
            self.pending.push(character);
            self.characters += 1;
            for boundary in self.finder.push(character.encode_utf8(&mut [0; 4])) {
                self.end_sentence(boundary, &mut sentences);
            }
        }
        sentences
    }

    /// Returns the rest of the text, complete or not, and `None` if that is empty or white space. The splitter then
    /// starts again, with a first sentence.
    pub fn finish(&mut self) -> Option<String> {
        let rest = std::mem::take(self).pending;
        (!rest.trim().is_empty()).then_some(rest)
    }

    /// Returns the text so far, complete or not, as [`finish`](Self::finish) does, but goes on with a later sentence: its
    /// writer has paused.
    pub fn flush(&mut self) -> Option<String> {
        let is_first = self.is_first;
        let rest = self.finish();
        self.is_first = is_first && rest.is_none();
        rest
    }

    /// The number of characters that are not part of a returned sentence.
    pub fn pending_characters(&self) -> usize {
        self.characters
    }

    /// Takes the pending text up to a boundary if that is enough to speak at once.
    fn end_sentence(&mut self, boundary: Boundary, sentences: &mut Vec<String>) {
        let Some(end) = boundary.offset.checked_sub(self.start).filter(|end| *end > 0) else { return };
        let words = self.pending[..end].split_whitespace().filter(|word| has_words(word));
        let fewest = if self.is_first || boundary.ends_paragraph { 1 } else { MIN_WORDS };
        if words.take(MIN_WORDS).count() >= fewest {
            self.cut(end, sentences);
        }
    }

    /// Cuts the pending text if it is too long and no sentence ends in it.
    fn cut_long(&mut self, sentences: &mut Vec<String>) {
        if self.characters >= MAX_SENTENCE_CHARACTERS {
            self.cut(forced_cut(&self.pending), sentences);
        } else if self.is_first && self.characters >= LONG_FIRST_CHARACTERS && pauses_at_end(&self.pending) {
            self.cut(self.pending.len(), sentences);
        }
    }

    fn cut(&mut self, end: usize, sentences: &mut Vec<String>) {
        let rest = self.pending.split_off(end);
        self.start += end;
        self.characters = rest.chars().count();
        self.is_first = false;
        sentences.push(std::mem::replace(&mut self.pending, rest));
    }
}

/// Whether `text` has a letter or a digit, and so something to say.
pub fn has_words(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// Whether `text` ends with a mark of a pause and white space.
fn pauses_at_end(text: &str) -> bool {
    let spoken = text.trim_end();
    spoken.len() < text.len() && spoken.ends_with(PAUSE_MARKS)
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
        assert_eq!(splitter.push("Yes. No. I "), ["Yes. "]);
        assert_eq!(splitter.flush().as_deref(), Some("No. I "));
        assert!(splitter.push("Yes. No. I ").is_empty(), "the first sentence was before");
    }

    #[test]
    fn the_first_sentence_comes_alone_and_short_ones_after_it_come_together() {
        let text = "Yes. No. Maybe. That I do not know yet. Ask me again (\"soon!\") tomorrow. Bye.";
        let expected =
            ["Yes. ", "No. Maybe. That I do not know yet. ", "Ask me again (\"soon!\") tomorrow. ", "Bye."];
        assert_eq!(split(text), expected);
    }

    #[test]
    fn marks_of_pauses_and_voices_end_a_sentence() {
        for text in ["Good morning. [pause:", "Good morning. [PAUSE]", "Good morning. [voice:al"] {
            assert_eq!(SentenceSplitter::default().push(text), ["Good morning. "], "{text}");
        }
        for text in
            ["Good morning. [pau", "See it. [pauses] and so", "See it. [sic] and so", "Good [pause] day"]
        {
            assert!(SentenceSplitter::default().push(text).is_empty(), "{text}");
        }
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
