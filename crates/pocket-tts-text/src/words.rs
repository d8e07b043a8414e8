//! The words of a sentence, and how the attention to its tokens divides among them.
//!
//! Must not know time or sound.

use std::ops::Range;

use pocket_tts_spans::MappedText;
use unicode_normalization_alignments::char::is_combining_mark;

use crate::prompt::{TextError, TextOptions, prepare_mapped};
use crate::reading::Unknown;
use crate::tokenizer::Tokenizer;
use crate::vocabulary::KnownOnly;

/// Join the letters on both sides to one word.
const JOINERS: [char; 5] = ['-', '‐', '‑', '\'', '’'];
/// ASCII signs that Unicode counts as symbols rather than punctuation.
const ASCII_SYMBOLS: [char; 9] = ['$', '+', '<', '=', '>', '^', '`', '|', '~'];

/// The words and punctuation of one sentence as the model reads it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SentenceWords {
    words: Vec<SpokenWord>,
    units: Vec<Unit>,
    /// For each token the units that it is a part of, and its share of each.
    shares: Vec<Vec<(usize, f32)>>,
}

/// A word as it is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpokenWord {
    /// The word.
    pub text: String,
    /// What it stands for, in bytes of the original text. Several words of one number have the same range.
    pub source: Range<usize>,
    /// Its index among the units.
    pub unit: usize,
}

/// A word or a run of punctuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The word of this index.
    Word(usize),
    /// Punctuation of the original.
    Marks,
    /// Punctuation that preparation added.
    AddedMarks,
}

impl SentenceWords {
    /// The words, in order.
    pub fn words(&self) -> &[SpokenWord] {
        &self.words
    }

    /// The words and punctuation, in order.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The number of tokens.
    pub fn token_count(&self) -> usize {
        self.shares.len()
    }

    /// The attention to each unit, given the attention to each token.
    pub fn unit_scores(&self, token_scores: &[f32]) -> Vec<f32> {
        let mut scores = vec![0.0; self.units.len()];
        for (score, shares) in token_scores.iter().zip(&self.shares) {
            for (unit, share) in shares {
                scores[*unit] += score * share;
            }
        }
        scores
    }
}

/// The words of a sentence that [`read_text`](crate::read_text) returned. Their tokens are the ones of
/// [`sentence_tokens`](crate::sentence_tokens).
///
/// # Errors
/// As [`sentence_tokens`](crate::sentence_tokens).
pub fn sentence_words(
    tokenizer: &Tokenizer,
    sentence: &MappedText,
    options: &TextOptions,
    unknown: Unknown,
) -> Result<SentenceWords, TextError> {
    let (mut text, _) = prepare_mapped(sentence, options)?;
    if unknown == Unknown::LeaveOut {
        text = KnownOnly(tokenizer).known(&text);
    }
    let mut words = Vec::new();
    let mut units = Vec::new();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (range, is_word) in units_of(text.text()) {
        let source = text.source_of(range.clone());
        if is_word {
            words.push(SpokenWord { text: text.text()[range.clone()].to_owned(), source, unit: units.len() });
            units.push(Unit::Word(words.len() - 1));
        } else {
            units.push(if source.is_empty() { Unit::AddedMarks } else { Unit::Marks });
        }
        ranges.push(range);
    }
    let tokens = tokenizer.encode_with_places(text.text())?;
    let shares = tokens.into_iter().map(|(_, place)| shares_of(&place, &ranges)).collect();
    Ok(SentenceWords { words, units, shares })
}

/// The shares of a token's characters in each range that it overlaps; together 1, or none.
fn shares_of(token: &Range<usize>, ranges: &[Range<usize>]) -> Vec<(usize, f32)> {
    let first = ranges.partition_point(|range| range.end <= token.start);
    if token.is_empty() {
        return Vec::new();
    }
    let overlap = |range: &Range<usize>| range.end.min(token.end) - range.start.max(token.start);
    let overlaps = ranges[first..].iter().take_while(|range| range.start < token.end);
    let overlaps: Vec<(usize, usize)> =
        overlaps.enumerate().map(|(index, range)| (first + index, overlap(range))).collect();
    let total: usize = overlaps.iter().map(|(_, bytes)| bytes).sum();
    overlaps.into_iter().map(|(unit, bytes)| (unit, bytes as f32 / total as f32)).collect()
}

/// The words (`true`) and runs of punctuation of a text, in order.
///
/// A word is a run of letters and digits with their combining marks, and of single hyphens and apostrophes between them.
fn units_of(text: &str) -> Vec<(Range<usize>, bool)> {
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let offset = |index: usize| characters.get(index).map_or(text.len(), |(at, _)| *at);
    let is = |index: usize, test: fn(char) -> bool| characters.get(index).is_some_and(|(_, c)| test(*c));
    let mut units = Vec::new();
    let mut index = 0;
    while index < characters.len() {
        let start = index;
        if is(index, char::is_alphanumeric) {
            loop {
                while is(index, |c| c.is_alphanumeric() || is_combining_mark(c)) {
                    index += 1;
                }
                if !(is(index, |c| JOINERS.contains(&c)) && is(index + 1, char::is_alphanumeric)) {
                    break;
                }
                index += 1;
            }
            units.push((offset(start)..offset(index), true));
        } else if is(index, is_punctuation) {
            while is(index, is_punctuation) {
                index += 1;
            }
            units.push((offset(start)..offset(index), false));
        } else {
            index += 1;
        }
    }
    units
}

fn is_punctuation(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_punctuation() && !ASCII_SYMBOLS.contains(&character);
    }
    matches!(character,
        '¡' | '§' | '¶' | '·' | '¿' | '«' | '»' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{2043}'
        | '\u{2045}'..='\u{2051}' | '\u{2053}'..='\u{205e}' | '\u{2e00}'..='\u{2e5d}' | '\u{3001}'..='\u{3003}'
        | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::sentence_tokens;
    use crate::test_support::golden_bytes;
    use crate::tokenizer::TokenizerKind;

    fn units(text: &str) -> Vec<(&str, bool)> {
        units_of(text).into_iter().map(|(range, is_word)| (&text[range], is_word)).collect()
    }

    #[test]
    fn words_keep_their_hyphens_and_apostrophes() {
        let expected = [("“", false), ("Don't", true), ("”", false), ("twenty-two", true), ("x", true)];
        assert_eq!(units("“Don't” twenty-two x"), expected);
        assert_eq!(
            units("a- 'b' é\u{301}."),
            [
                ("a", true),
                ("-", false),
                ("'", false),
                ("b", true),
                ("'", false),
                ("é\u{301}", true),
                (".", false)
            ]
        );
        assert_eq!(units("$ 5 + 1"), [("5", true), ("1", true)]);
    }

    #[test]
    fn the_shares_of_a_token_are_its_characters() {
        let ranges = [0..2, 3..5, 5..6];
        assert_eq!(shares_of(&(0..2), &ranges), [(0, 1.0)]);
        assert_eq!(shares_of(&(1..6), &ranges), [(0, 0.25), (1, 0.5), (2, 0.25)]);
        assert_eq!(shares_of(&(2..3), &ranges), []);
        assert_eq!(shares_of(&(4..4), &ranges), []);
    }

    #[test]
    fn every_token_of_a_word_counts_for_it() {
        let options = TextOptions::default();
        for file in ["tokenizer_a.model", "tokenizer_b.model"] {
            let tokenizer =
                Tokenizer::from_bytes(TokenizerKind::SentencePiece, &golden_bytes(file), file).unwrap();
            for text in ["hello world, how are you", "It's  a\nwell-known  thing!", "one ｶﾞ"] {
                let words =
                    sentence_words(&tokenizer, &MappedText::new(text), &options, Unknown::LeaveOut).unwrap();
                let ids = sentence_tokens(&tokenizer, text, &options, Unknown::LeaveOut).unwrap().ids;
                assert_eq!(words.token_count(), ids.len(), "{text:?}");
                let scores = words.unit_scores(&vec![1.0; ids.len()]);
                assert!(scores.iter().all(|score| *score > 0.0), "{file} {text:?} {scores:?}");
                // The second tokenizer has no hyphen and no apostrophe.
                let letters = |text: &str| text.to_lowercase().replace(['-', '\''], "");
                for word in words.words() {
                    assert_eq!(letters(&text[word.source.clone()]), letters(&word.text), "{text:?}");
                }
                let marks = words.units().iter().filter(|unit| **unit == Unit::AddedMarks).count();
                assert_eq!(marks, usize::from(!text.ends_with('!')), "{text:?}");
            }
        }
    }
}
