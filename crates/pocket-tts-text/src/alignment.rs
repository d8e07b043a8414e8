//! Finds where sentences that were decoded from tokens came from.
//!
//! The reference's algorithm encodes a text and decodes its parts, which loses their places. A tokenizer may normalize
//! characters, drop some and change white space, but keeps their order. Must not know tokens.

use std::ops::Range;

use pocket_tts_spans::MappedText;
use unicode_normalization_alignments::UnicodeNormalization;

use crate::vocabulary::is_silent;

/// A sentence continues at most this many letters further on in the text than expected.
const MOST_SKIPPED: usize = 64;

/// Finds sentences in a text, in order.
pub(crate) struct Aligner<'a> {
    text: &'a MappedText,
    /// The letters of the text in compatibility decomposition, without white space and other invisible ones, and the characters that they are
    /// from.
    letters: Vec<(char, Range<usize>)>,
    /// The letters that are found.
    done: usize,
}

impl<'a> Aligner<'a> {
    /// Reads the text in which the sentences are.
    pub(crate) fn new(text: &'a MappedText) -> Self {
        let mut letters = Vec::with_capacity(text.len());
        for (at, character) in text.text().char_indices() {
            let range = at..at + character.len_utf8();
            letters.extend(decomposed(character).map(|letter| (letter, range.clone())));
        }
        Self { text, letters, done: 0 }
    }

    /// The place of the next sentence. A character that is not found stands for the empty range where it is.
    pub(crate) fn find(&mut self, sentence: &str) -> MappedText {
        let mut found = MappedText::default();
        let mut is_lost = true;
        for (at, character) in sentence.char_indices() {
            if is_lost {
                self.skip_to(&sentence[at..]);
            }
            let start = self.done;
            for letter in decomposed(character) {
                is_lost = !self.take(letter);
            }
            let range = match self.letters[start..self.done] {
                [(_, ref first), .., (_, ref last)] => first.start..last.end,
                [(_, ref only)] => only.clone(),
                [] => self.end()..self.end(),
            };
            let mut buffer = [0; 4];
            let text = character.encode_utf8(&mut buffer);
            if self.text.text()[range.clone()] == *text {
                found.push(&self.text.slice(range));
            } else {
                found.push_replacement(text, self.text.source_of(range));
            }
        }
        found
    }

    /// Where the next letter is, in bytes of the text.
    pub(crate) fn end(&self) -> usize {
        self.letters.get(self.done).map_or(self.text.len(), |(_, range)| range.start)
    }

    /// Takes the next letter if it is `letter`, or the one after it. Returns whether it does.
    fn take(&mut self, letter: char) -> bool {
        let next = self.letters[self.done..].iter().take(2).position(|(found, _)| *found == letter);
        if let Some(skipped) = next {
            self.done += skipped + 1;
        }
        next.is_some()
    }

    /// Skips letters that are in no sentence, or that the tokenizer changed.
    fn skip_to(&mut self, sentence: &str) {
        const COMPARED: usize = 4;
        let start: Vec<char> = sentence.chars().flat_map(decomposed).take(COMPARED).collect();
        let rest = &self.letters[self.done..];
        let is_here = |at: &usize| {
            rest[*at..].iter().map(|(letter, _)| *letter).take(start.len()).eq(start.iter().copied())
        };
        if let Some(skipped) = (0..rest.len().min(MOST_SKIPPED)).find(is_here) {
            self.done += skipped;
        }
    }
}

/// `place`, whose ranges are of `text`, with the ranges of `text`'s original.
pub(crate) fn in_original(place: &MappedText, text: &MappedText) -> MappedText {
    let mut found = MappedText::default();
    for (range, source) in place.pieces() {
        let part = &place.text()[range];
        if text.text()[source.clone()] == *part {
            found.push(&text.slice(source));
        } else {
            found.push_replacement(part, text.source_of(source));
        }
    }
    found
}

fn decomposed(character: char) -> impl Iterator<Item = char> {
    let letters: Vec<char> = std::iter::once(character).nfkd().map(|(letter, _)| letter).collect();
    letters.into_iter().filter(|letter| !is_silent(*letter))
}
