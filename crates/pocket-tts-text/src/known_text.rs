//! Leaves out the characters of a text that the tokenizer has no token for.
//!
//! Must not know sentences or tokens.

use std::collections::BTreeMap;
use std::ops::Range;

use pocket_tts_spans::MappedText;
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
    pub(crate) text: MappedText,
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
    text: &MappedText,
    map: &CharacterMap,
) -> KnownText {
    let mut reader = Reader { vocabulary, map, counts: BTreeMap::new(), unknown: Vec::new() };
    if text.text().chars().all(|character| is_space(character) || reader.is_known(character)) {
        return KnownText { text: text.clone(), unknown: Vec::new() };
    }
    // A letter and its accent as two characters, as some systems write them, are one to most tokenizers.
    let composed: MappedText;
    let mut mapped = text;
    if text.text().chars().any(|character| is_combining_mark(character) && !reader.is_known(character)) {
        composed = compose(text);
        mapped = &composed;
    }
    let text = mapped.text();
    let mut known = Known { text: MappedText::default(), last: MappedText::default(), done: 0 };
    let mut space = 0..0;
    let mut at = 0;
    while at < text.len() {
        let word_start =
            text[at..].find(|character| !is_space(character)).map_or(text.len(), |start| at + start);
        let word_end = text[word_start..].find(is_space).map_or(text.len(), |length| word_start + length);
        let before = at..word_start;
        at = word_end;
        // Of the white space on both sides of a word that is left out, the side with more line ends stays.
        if space.is_empty() || line_ends(&text[before.clone()]) > line_ends(&text[space.clone()]) {
            space = before.clone();
        }
        match reader.word(&text[word_start..word_end]) {
            Remains::Word(pieces) if pieces.is_empty() => {}
            Remains::Word(pieces) => {
                known.push_word(mapped, std::mem::take(&mut space), before);
                known.push(mapped, word_start, pieces);
            }
            Remains::Marks(marks) => known.end_with(mapped, word_start, marks),
        }
    }
    let unknown = reader.unknown();
    KnownText { text: known.finish(), unknown }
}

/// The text in Unicode's normalization form C.
fn compose(mapped: &MappedText) -> MappedText {
    let text = mapped.text();
    let mut composed = MappedText::default();
    let mut lengths = text.chars().map(char::len_utf8);
    // The characters that are not changed, up to the last one read.
    let mut same = 0..0;
    let mut last = 0..0;
    for (character, change) in text.nfc() {
        if change <= 0 {
            last = last.end..last.end + lengths.by_ref().take(1 + change.unsigned_abs()).sum::<usize>();
            if text[last.clone()].chars().eq([character]) {
                same.end = last.end;
                continue;
            }
        }
        composed.push(&mapped.slice(same));
        composed.push_replacement(character.encode_utf8(&mut [0; 4]), mapped.source_of(last.clone()));
        same = last.end..last.end;
    }
    composed.push(&mapped.slice(same));
    composed
}

fn line_ends(space: &str) -> usize {
    space.matches('\n').count()
}

/// The text so far, with its last word apart, which may still change.
struct Known {
    text: MappedText,
    last: MappedText,
    /// The end of what was read last.
    done: usize,
}

impl Known {
    /// Begins a word after `space`, which is left out before the first word. `before` is what stands before the word, and
    /// where the space is if marks were moved before it.
    fn push_word(&mut self, from: &MappedText, space: Range<usize>, before: Range<usize>) {
        let has_words = !(self.text.is_empty() && self.last.is_empty());
        self.text.push(&std::mem::take(&mut self.last));
        if has_words && space.start >= self.done {
            self.last = from.slice(space);
        } else if has_words {
            self.last.push_replacement(&from.text()[space], from.source_of(before));
        }
    }

    /// Appends pieces of the word at `start`.
    fn push(&mut self, from: &MappedText, start: usize, pieces: Vec<KnownPiece>) {
        for KnownPiece { text, range } in pieces {
            let range = start + range.start..start + range.end;
            self.done = range.end;
            if from.text()[range.clone()] == text {
                self.last.push(&from.slice(range));
            } else {
                self.last.push_replacement(&text, from.source_of(range));
            }
        }
    }

    /// Appends the marks that are left of the word at `start` to the word before it.
    fn end_with(&mut self, from: &MappedText, start: usize, marks: Vec<KnownPiece>) {
        let ends_sentence = marks.first().is_some_and(|mark| mark.text.starts_with(SENTENCE_MARKS));
        if ends_sentence && self.last.text().ends_with(PAUSE_MARKS) {
            let end = self.last.text().char_indices().next_back().map_or(0, |(at, _)| at);
            self.last = self.last.slice(0..end);
        }
        if self.last.text().ends_with(char::is_alphanumeric) {
            self.push(from, start, marks);
        }
    }

    fn finish(mut self) -> MappedText {
        self.text.push(&self.last);
        self.text
    }
}

/// What is left of a word.
enum Remains {
    /// A word, or nothing.
    Word(Vec<KnownPiece>),
    /// Marks that belong to the word before.
    Marks(Vec<KnownPiece>),
}

/// A piece of what is left of a word, and its range of the word.
struct KnownPiece {
    text: String,
    range: Range<usize>,
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
    /// Where it is in the word.
    at: usize,
    fate: Fate,
}

#[derive(PartialEq)]
enum Fate {
    Kept,
    Folded(String),
    Dropped,
}

impl Letter {
    fn range(&self) -> Range<usize> {
        self.at..self.at + self.character.len_utf8()
    }

    /// The letter as it is.
    fn kept(&self) -> KnownPiece {
        KnownPiece { text: self.character.to_string(), range: self.range() }
    }

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
            return Remains::Word(vec![KnownPiece { text: word.to_owned(), range: 0..word.len() }]);
        }
        let mut letters: Vec<Letter> = Vec::new();
        for (at, character) in word.char_indices() {
            let before = letters.last().filter(|letter| !letter.is_dropped());
            let fate = self.fate(character, before.map(|letter| letter.character));
            letters.push(Letter { character, at, fate });
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
    let marks: Vec<KnownPiece> =
        rest.iter().filter(|letter| !letter.is_dropped()).map(Letter::kept).collect();
    let belong_to_word =
        |first: &KnownPiece| first.text.starts_with(SENTENCE_MARKS) || first.text.starts_with(COMMAS);
    if marks.first().is_some_and(belong_to_word) { Remains::Marks(marks) } else { Remains::Word(marks) }
}

/// The characters that are kept, with a space in place of a sign or a number that was dropped between two words.
fn join(letters: &[Letter]) -> Vec<KnownPiece> {
    /// Inside words, as in `don´t`.
    const APOSTROPHES: [char; 6] = ['\'', '´', '`', '’', '‘', 'ʼ'];
    let mut word: Vec<KnownPiece> = Vec::new();
    // The first and the last dropped letter after the last kept one, if a sign or a number is among them.
    let mut gap: Option<Range<usize>> = None;
    for letter in letters {
        let character = letter.character;
        let kept = match &letter.fate {
            Fate::Dropped => {
                let is_silent = character.is_alphabetic()
                    || is_combining_mark(character)
                    || is_silent(character)
                    || APOSTROPHES.contains(&character);
                if !is_silent {
                    let start = gap.map_or(letter.at, |gap| gap.start);
                    gap = Some(start..letter.range().end);
                }
                continue;
            }
            Fate::Kept => character.to_string(),
            Fate::Folded(letters) => letters.clone(),
        };
        let gap = gap.take().filter(|_| character.is_alphanumeric());
        let follows_word = word.last().is_some_and(|piece| piece.text.ends_with(char::is_alphanumeric));
        if let Some(range) = gap.filter(|_| follows_word) {
            word.push(KnownPiece { text: " ".to_owned(), range });
        }
        word.push(KnownPiece { text: kept, range: letter.range() });
    }
    word
}

#[cfg(test)]
#[path = "known_text_tests.rs"]
pub(crate) mod tests;
