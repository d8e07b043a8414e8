//! Leaves out the characters of a text that the tokenizer has no token for.
//!
//! Must not know sentences or tokens.

use std::collections::BTreeMap;

use unicode_normalization_alignments::{UnicodeNormalization, char::is_combining_mark};

use crate::characters::CharacterMap;
use crate::marks::{COMMAS, PAUSE_MARKS, SENTENCE_MARKS};
use crate::python_text::is_space;
use crate::vocabulary::{Codec, Reading, Vocabulary, is_silent};

/// A character that a model's tokenizer has no token for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownCharacter {
    /// The character.
    pub character: char,
    /// The number of its occurrences.
    pub count: usize,
}

/// Lists `characters` for a message, each with the number of its occurrences, and at most the first ten.
///
/// Invisible characters are escaped.
pub fn list(characters: &[UnknownCharacter]) -> String {
    const MOST: usize = 10;
    let shown = characters.iter().take(MOST).map(|UnknownCharacter { character, count }| {
        let character = match character {
            '"' | '\'' | '\\' => character.to_string(),
            other => other.escape_debug().to_string(),
        };
        if *count == 1 { character } else { format!("{character} ({count} times)") }
    });
    let mut list = shown.collect::<Vec<_>>().join(", ");
    if characters.len() > MOST {
        list.push_str(" and others");
    }
    list
}

/// A text for which the tokenizer has tokens.
#[derive(Debug)]
pub(crate) struct KnownText {
    /// The text without unknown characters.
    pub(crate) text: String,
    /// The characters that were left out, in order of appearance.
    pub(crate) unknown: Vec<UnknownCharacter>,
}

/// Leaves out the characters of `text` that the vocabulary has no token for, with the white space around them.
///
/// A letter without a token is replaced by its other case or by its base letter without accents. A text that the
/// vocabulary knows is returned unchanged. Marks inside a number are left out with its digits, and marks after it stay:
/// `$12.50.` becomes a period. Takes time and memory in proportion to the length of the text.
pub(crate) fn known_text<C: Codec>(
    vocabulary: &mut Vocabulary<'_, C>,
    text: &str,
    map: &CharacterMap,
) -> KnownText {
    let mut reader = Reader { vocabulary, map, counts: BTreeMap::new(), unknown: Vec::new() };
    if text.chars().all(|character| is_space(character) || reader.is_known(character)) {
        return KnownText { text: text.to_owned(), unknown: Vec::new() };
    }
    // A letter and its accent as two characters, as some systems write them, are one to most tokenizers.
    let composed: String;
    let mut text = text;
    if text.chars().any(|character| is_combining_mark(character) && !reader.is_known(character)) {
        composed = text.nfc().map(|(character, _)| character).collect();
        text = &composed;
    }
    let mut known = String::with_capacity(text.len());
    let mut space = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let word_start = rest.find(|character| !is_space(character)).unwrap_or(rest.len());
        let (before, after) = rest.split_at(word_start);
        let (word, after) = after.split_at(after.find(is_space).unwrap_or(after.len()));
        rest = after;
        // Of the white space on both sides of a word that is left out, the side with more line ends stays.
        if space.is_empty() || line_ends(before) > line_ends(&space) {
            space.replace_range(.., before);
        }
        match reader.word(word) {
            Remains::Word(word) if word.is_empty() => {}
            Remains::Word(word) => {
                if !known.is_empty() {
                    known.push_str(&space);
                }
                space.clear();
                known.push_str(&word);
            }
            Remains::Marks(marks) => end_with(&mut known, &marks),
        }
    }
    let unknown = reader.unknown();
    KnownText { text: known, unknown }
}

fn line_ends(space: &str) -> usize {
    space.matches('\n').count()
}

/// Appends the marks that are left of a word to the word before it.
fn end_with(known: &mut String, marks: &str) {
    let ends_sentence = marks.starts_with(SENTENCE_MARKS);
    if ends_sentence && known.ends_with(PAUSE_MARKS) {
        known.pop();
    }
    if known.ends_with(char::is_alphanumeric) {
        known.push_str(marks);
    }
}

/// What is left of a word.
enum Remains {
    /// A word, or the empty text.
    Word(String),
    /// Marks that belong to the word before.
    Marks(String),
}

struct Reader<'a, 'b, C> {
    vocabulary: &'a mut Vocabulary<'b, C>,
    map: &'a CharacterMap,
    counts: BTreeMap<char, usize>,
    unknown: Vec<char>,
}

/// The longest word that is encoded as a whole, because SentencePiece takes quadratic time for a run of unknown
/// characters.
const LONGEST_TOGETHER_BYTES: usize = 256;

/// A character of a word.
struct Letter {
    character: char,
    fate: Fate,
}

#[derive(PartialEq)]
enum Fate {
    Kept,
    Folded(String),
    Dropped,
}

impl Letter {
    fn is_dropped(&self) -> bool {
        self.fate == Fate::Dropped
    }

    fn is_dropped_digit(&self) -> bool {
        self.is_dropped() && self.character.is_numeric()
    }

    fn is_mark(&self) -> bool {
        !(self.is_dropped() || self.character.is_alphanumeric())
    }
}

impl<C: Codec> Reader<'_, '_, C> {
    /// Whether the vocabulary has tokens for the character or its replacement.
    fn is_known(&mut self, character: char) -> bool {
        match self.map.get(character) {
            Some(replacement) => replacement.chars().all(|character| self.vocabulary.knows(character)),
            None => self.vocabulary.knows(character),
        }
    }

    fn count(&mut self, character: char) {
        if !is_silent(character) {
            let count = self.counts.entry(character).or_default();
            if *count == 0 {
                self.unknown.push(character);
            }
            *count += 1;
        }
    }

    fn unknown(self) -> Vec<UnknownCharacter> {
        let Self { counts, unknown, .. } = self;
        let count = |character| counts.get(&character).copied().unwrap_or_default();
        unknown.into_iter().map(|character| UnknownCharacter { character, count: count(character) }).collect()
    }

    fn word(&mut self, word: &str) -> Remains {
        let is_known = word.chars().all(|character| self.is_known(character));
        // The vocabulary may have a token for several characters and none for one of them.
        let may_be_one = word.len() <= LONGEST_TOGETHER_BYTES;
        if is_known || (may_be_one && !self.vocabulary.codec.lacks(&self.map.apply(word))) {
            for character in word.chars() {
                if *self.vocabulary.reading(character) == Reading::Ignored {
                    self.count(character);
                }
            }
            return Remains::Word(word.to_owned());
        }
        let mut letters: Vec<Letter> = Vec::new();
        for character in word.chars() {
            let before = letters.last().filter(|letter| !letter.is_dropped());
            let fate = self.fate(character, before.map(|letter| letter.character));
            letters.push(Letter { character, fate });
        }
        drop_marks_of_numbers(&mut letters);
        remains(&letters)
    }

    fn fate(&mut self, character: char, before: Option<char>) -> Fate {
        if let Some(replacement) = self.map.get(character) {
            let mut unknown = replacement.chars().filter(|c| !is_space(*c)).peekable();
            let is_lost = unknown.peek().is_some()
                && unknown.all(|character| *self.vocabulary.reading(character) == Reading::Unknown);
            if is_lost {
                self.count(character);
            }
            return if is_lost { Fate::Dropped } else { Fate::Kept };
        }
        match self.vocabulary.reading(character).clone() {
            Reading::Known => Fate::Kept,
            Reading::Folded(letters) => Fate::Folded(letters),
            Reading::Ignored => {
                self.count(character);
                Fate::Kept
            }
            Reading::Unknown => {
                let composes = is_combining_mark(character)
                    && before
                        .is_some_and(|before| !self.vocabulary.codec.lacks(&format!("{before}{character}")));
                if composes {
                    return Fate::Kept;
                }
                self.count(character);
                Fate::Dropped
            }
        }
    }
}

/// Drops the marks beside dropped digits or letters, as in `$.50`, `3.5kg` and `Boeing-747`.
fn drop_marks_of_numbers(letters: &mut [Letter]) {
    for index in 1..letters.len().saturating_sub(1) {
        let (before, after) = (&letters[index - 1], &letters[index + 1]);
        let is_word = |letter: &Letter| letter.character.is_alphanumeric();
        let is_lost = (before.is_dropped() && after.is_dropped() && is_word(after))
            || (before.is_dropped_digit() && is_word(after))
            || (after.is_dropped_digit() && is_word(before));
        if letters[index].is_mark() && is_lost {
            letters[index].fate = Fate::Dropped;
        }
    }
}

fn remains(letters: &[Letter]) -> Remains {
    let has_words = letters.iter().any(|letter| !letter.is_dropped() && letter.character.is_alphanumeric());
    if has_words {
        return Remains::Word(join(letters));
    }
    let is_lost_word = |letter: &Letter| letter.is_dropped() && letter.character.is_alphanumeric();
    let rest = letters.iter().rposition(is_lost_word).map_or(letters, |last| &letters[last + 1..]);
    let marks: String =
        rest.iter().filter(|letter| !letter.is_dropped()).map(|letter| letter.character).collect();
    if marks.starts_with(SENTENCE_MARKS) || marks.starts_with(COMMAS) {
        Remains::Marks(marks)
    } else {
        Remains::Word(marks)
    }
}

/// The characters that are kept, with a space in place of a sign or a number that was dropped between two words.
fn join(letters: &[Letter]) -> String {
    /// Inside words, as in `don´t`.
    const APOSTROPHES: [char; 6] = ['\'', '´', '`', '’', '‘', 'ʼ'];
    let mut word = String::new();
    let mut has_gap = false;
    for letter in letters {
        let character = letter.character;
        let kept = match &letter.fate {
            Fate::Dropped => {
                has_gap |= !(character.is_alphabetic()
                    || is_combining_mark(character)
                    || is_silent(character)
                    || APOSTROPHES.contains(&character));
                continue;
            }
            Fate::Kept => character.to_string(),
            Fate::Folded(letters) => letters.clone(),
        };
        if has_gap && word.ends_with(char::is_alphanumeric) && character.is_alphanumeric() {
            word.push(' ');
        }
        has_gap = false;
        word.push_str(&kept);
    }
    word
}

#[cfg(test)]
#[path = "known_text_tests.rs"]
pub(crate) mod tests;
