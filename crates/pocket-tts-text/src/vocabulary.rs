//! Finds out whether a tokenizer has a token for a character, or for a related character.
//!
//! Must not know texts or sentences.

use std::collections::BTreeMap;

use pocket_tts_spans::{Edits, MappedText};
use unicode_normalization_alignments::char::{decompose_canonical, is_combining_mark};

use crate::tokenizer::{Tokenizer, TokenizerError};

/// The part of a tokenizer that preparation and splitting use. Tests count the work with another implementation.
pub(crate) trait Codec {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError>;
    fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError>;

    /// Whether `id` is an unknown token.
    fn is_unknown(&self, id: u32) -> bool;

    /// Whether the vocabulary lacks a part of `text`. False for a text that can't be encoded: encoding it later fails
    /// with the reason.
    fn lacks(&self, text: &str) -> bool {
        self.encode(text).is_ok_and(|ids| ids.iter().any(|id| self.is_unknown(*id)))
    }
}

impl Codec for Tokenizer {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        self.encode(text)
    }

    fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
        self.decode(ids)
    }

    fn is_unknown(&self, id: u32) -> bool {
        self.unknown_ids().contains(&id)
    }
}

/// What a tokenizer makes of a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Its tokens.
    Known,
    /// The unknown token, but it has tokens for this text: the other case, or the letter without accents.
    Folded(String),
    /// Nothing: the tokenizer drops it.
    Ignored,
    /// The unknown token.
    Unknown,
}

/// The readings of characters, each computed once.
pub(crate) struct Vocabulary<'a, C> {
    pub(crate) codec: &'a C,
    readings: BTreeMap<char, Reading>,
}

impl<'a, C: Codec> Vocabulary<'a, C> {
    pub(crate) fn new(codec: &'a C) -> Self {
        Self { codec, readings: BTreeMap::new() }
    }

    pub(crate) fn reading(&mut self, character: char) -> &Reading {
        let codec = self.codec;
        self.readings.entry(character).or_insert_with(|| reading(codec, character))
    }

    pub(crate) fn knows(&mut self, character: char) -> bool {
        *self.reading(character) == Reading::Known
    }

    /// Whether the character is spoken.
    pub(crate) fn speaks(&mut self, character: char) -> bool {
        is_spoken(character) && matches!(self.reading(character), Reading::Known | Reading::Folded(_))
    }
}

fn reading(codec: &impl Codec, character: char) -> Reading {
    let text = character.to_string();
    let Ok(ids) = codec.encode(&text) else { return Reading::Known };
    if ids.iter().any(|id| codec.is_unknown(*id)) {
        return relatives(character)
            .into_iter()
            .find(|relative| *relative != text && !codec.lacks(relative))
            .map_or(Reading::Unknown, Reading::Folded);
    }
    let is_blank = character.is_whitespace() || character.is_control();
    if !is_blank && codec.decode(&ids).is_ok_and(|decoded| decoded.trim().is_empty()) {
        return Reading::Ignored;
    }
    Reading::Known
}

/// The texts that may replace a letter: the other case, and the letter without accents.
fn relatives(character: char) -> Vec<String> {
    if !character.is_alphabetic() {
        return Vec::new();
    }
    let mut bare = String::new();
    decompose_canonical(character, |part| {
        if !is_combining_mark(part) {
            bare.push(part);
        }
    });
    let cases = |letters: String| {
        let upper = letters.to_uppercase();
        // The upper case of one letter may be two letters, whose lower case is closer to the original.
        [letters.to_lowercase(), upper.to_lowercase(), upper, letters]
    };
    let [bare_lower, bare_small, bare_upper, bare] = cases(bare);
    let own = cases(character.to_string());
    own.into_iter()
        .chain([bare, bare_lower, bare_small, bare_upper])
        .filter(|text| !text.is_empty())
        .collect()
}

/// Whether the character is spoken: a letter, a digit, or a sign that is read as a word.
pub(crate) fn is_spoken(character: char) -> bool {
    /// Signs such as `%`, which is read "percent".
    const READ_AS_WORDS: &str = "%&+=@$€£¥¢°§©®™×÷±";
    character.is_alphanumeric() || READ_AS_WORDS.contains(character)
}

/// Whether the character is invisible: white space, control characters, joiners, selectors.
pub(crate) fn is_silent(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// A codec that folds unknown characters or leaves them out before it encodes a text.
///
/// Preparation may add unknown characters after they were left out, such as the capital of a letter.
pub(crate) struct KnownOnly<'a, C>(pub(crate) &'a C);

impl<C: Codec> KnownOnly<'_, C> {
    /// The text that is encoded in place of `text`.
    pub(crate) fn known(&self, text: &MappedText) -> MappedText {
        if !self.0.lacks(text.text()) {
            return text.clone();
        }
        let mut vocabulary = Vocabulary::new(self.0);
        let mut edits = Edits::new(text);
        for (at, character) in text.text().char_indices() {
            let range = at..at + character.len_utf8();
            match vocabulary.reading(character) {
                Reading::Known | Reading::Ignored => continue,
                Reading::Folded(letters) => edits.replace(range, letters),
                Reading::Unknown => edits.replace(range, if character.is_whitespace() { " " } else { "" }),
            };
        }
        edits.finish()
    }
}

impl<C: Codec> Codec for KnownOnly<'_, C> {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let ids = self.0.encode(text)?;
        if !ids.iter().any(|id| self.0.is_unknown(*id)) {
            return Ok(ids);
        }
        self.0.encode(self.known(&MappedText::new(text)).text())
    }

    fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
        self.0.decode(ids)
    }

    fn is_unknown(&self, id: u32) -> bool {
        self.0.is_unknown(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::CountingCodec;

    /// A codec whose decoder drops `^` and U+0001.
    struct Dropping;

    impl Codec for Dropping {
        fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
            Ok(text.chars().map(u32::from).collect())
        }

        fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
            let characters = ids.iter().filter_map(|id| char::from_u32(*id));
            Ok(characters.filter(|character| !matches!(character, '^' | '\u{1}')).collect())
        }

        fn is_unknown(&self, _: u32) -> bool {
            false
        }
    }

    #[test]
    fn a_character_that_decodes_to_nothing_is_ignored_and_white_space_is_known() {
        for (character, expected) in [
            ('a', Reading::Known),
            ('^', Reading::Ignored),
            (' ', Reading::Known),
            ('\n', Reading::Known),
            ('\u{1}', Reading::Known),
        ] {
            assert_eq!(*Vocabulary::new(&Dropping).reading(character), expected, "{character:?}");
        }
    }

    #[test]
    fn unknown_white_space_becomes_a_space_and_other_unknown_characters_nothing() {
        let codec = CountingCodec::default();
        for (text, known) in [("a b", "a b"), ("a\u{2003}b", "a b"), ("a7b😀", "ab")] {
            assert_eq!(KnownOnly(&codec).encode(text).unwrap(), codec.encode(known).unwrap(), "{text:?}");
        }
    }
}
