//! Splits a text into the sentences that the model speaks one at a time.
//!
//! Must not know the model; sentences end at tokens of sentence marks. Source: `pocket_tts/models/text_chunking.py`,
//! `split_into_best_sentences`.

use std::ops::Range;

use crate::marks::{PAUSE_MARK_TEXT, SENTENCE_MARK_TEXT};
use crate::prompt::{TextError, TextOptions, prepare};
use crate::python_text::{is_digit, strip};
use crate::tokenizer::{Tokenizer, TokenizerError};
use crate::vocabulary::Codec;

/// A text that the model speaks at once: one sentence, several short ones, or a part of a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The text, without white space at its ends; never empty.
    pub text: String,
    /// The number of tokens of the text. It is above the limit if the text has no mark to split at; the model may then
    /// skip words.
    pub token_count: usize,
}

/// Prepares `text` and splits it at sentence marks, if possible into parts of at most `max_tokens` tokens.
///
/// Longer sentences are also split at commas, semicolons and colons, and neighbours that fit together are joined. A
/// sentence that is too long and has no such mark is kept whole (see [`Sentence::token_count`]). Takes time and memory
/// in proportion to the length of the text.
///
/// Parts that the tokenizer decodes to an empty text are dropped; the reference keeps them and then fails. The result
/// is therefore empty if the vocabulary lacks all of the text.
///
/// # Errors
/// [`TextError::MaxTokensZero`], the errors of [`prepare`], and [`TextError::Tokenizer`].
pub fn split_into_sentences(
    tokenizer: &Tokenizer,
    text: &str,
    max_tokens: usize,
    options: &TextOptions,
) -> Result<Vec<Sentence>, TextError> {
    split(tokenizer, text, max_tokens, options)
}

/// [`split_into_sentences`] for any codec.
pub(crate) fn split(
    codec: &impl Codec,
    text: &str,
    max_tokens: usize,
    options: &TextOptions,
) -> Result<Vec<Sentence>, TextError> {
    if max_tokens == 0 {
        return Err(TextError::MaxTokensZero);
    }
    let prepared = prepare(text, options)?;
    let text = strip(&prepared.text);
    let tokens = codec.encode(text)?;
    let sentence_marks = marks(codec, SENTENCE_MARK_TEXT)?;
    let pause_marks = marks(codec, PAUSE_MARK_TEXT)?;
    let is_decimal_point = |tokens: &[u32], index| follows_decimal_point(codec, tokens, index);
    let mut segments = Vec::new();
    for range in ranges_after_marks(&tokens, &sentence_marks, is_decimal_point)? {
        let sentence = Sentence { text: codec.decode(&tokens[range.clone()])?, token_count: range.len() };
        if sentence.token_count <= max_tokens {
            segments.push(sentence);
            continue;
        }
        let parts = codec.encode(strip(&sentence.text))?;
        let ranges = ranges_after_marks(&parts, &pause_marks, |_, _| Ok(false))?;
        if ranges.len() < 2 {
            segments.push(sentence);
            continue;
        }
        for range in ranges {
            segments.push(Sentence { text: codec.decode(&parts[range.clone()])?, token_count: range.len() });
        }
    }
    let mut sentences = Vec::new();
    for joined in join_neighbours(segments, max_tokens) {
        let joined = strip(&joined);
        if !joined.is_empty() {
            sentences.push(Sentence { text: joined.to_owned(), token_count: codec.encode(joined)?.len() });
        }
    }
    Ok(sentences)
}

/// The number of tokens that are decoded on either side of a possible decimal point. Only two characters before it and
/// one after it matter, and a character has at most four tokens (its bytes).
const NEIGHBOURHOOD_TOKENS: usize = 8;
/// The number of further tokens that may be needed to reach the start or the end of a character of four bytes.
const CHARACTER_REST_TOKENS: usize = 3;

/// The tokens of `text` without the first, which is the space that tokenizers put in front.
fn marks(codec: &impl Codec, text: &str) -> Result<Vec<u32>, TokenizerError> {
    Ok(codec.encode(text)?.into_iter().skip(1).collect())
}

/// The ranges of `tokens` that end with a run of `marks`, and the range of the rest; at least one. A run ends no range
/// if `keep_together` is true for the index after it.
///
/// Source: `_find_boundary_indices`.
fn ranges_after_marks(
    tokens: &[u32],
    marks: &[u32],
    keep_together: impl Fn(&[u32], usize) -> Result<bool, TokenizerError>,
) -> Result<Vec<Range<usize>>, TokenizerError> {
    let mut ranges = Vec::new();
    let mut start = 0;
    let mut after_mark = false;
    for (index, token) in tokens.iter().enumerate() {
        let is_mark = marks.contains(token);
        if after_mark && !is_mark && !keep_together(tokens, index)? {
            ranges.push(start..index);
            start = index;
        }
        after_mark = is_mark;
    }
    ranges.push(start..tokens.len());
    Ok(ranges)
}

/// Whether the text before `index` ends with a digit and a period and the text from `index` on starts with a digit, so
/// that a split would cut a number.
///
/// Source: `_is_decimal_period_boundary`, which decodes the whole text on either side.
fn follows_decimal_point(codec: &impl Codec, tokens: &[u32], index: usize) -> Result<bool, TokenizerError> {
    Ok(starts_with_digit(codec, &tokens[index..])? && ends_with_digit_and_period(codec, &tokens[..index])?)
}

/// Whether the decoded `tokens` start with a digit.
///
/// Decoders replace the bytes of an incomplete character, and some replace the complete characters beside it, too. So
/// the end of the decoded tokens moves on while it seems to be inside a character; at one of the tried ends it is not.
fn starts_with_digit(codec: &impl Codec, tokens: &[u32]) -> Result<bool, TokenizerError> {
    for rest in 0..=CHARACTER_REST_TOKENS {
        let end = tokens.len().min(NEIGHBOURHOOD_TOKENS + rest);
        let text = codec.decode(&tokens[..end])?;
        if text.starts_with(is_digit) {
            return Ok(true);
        }
        if end == tokens.len() || !text.ends_with(char::REPLACEMENT_CHARACTER) {
            break;
        }
    }
    Ok(false)
}

/// Whether the decoded `tokens` end with a digit and a period, found as in [`starts_with_digit`].
fn ends_with_digit_and_period(codec: &impl Codec, tokens: &[u32]) -> Result<bool, TokenizerError> {
    for rest in 0..=CHARACTER_REST_TOKENS {
        let start = tokens.len().saturating_sub(NEIGHBOURHOOD_TOKENS + rest);
        let text = codec.decode(&tokens[start..])?;
        let mut last_first = text.chars().rev();
        if last_first.next() == Some('.') && last_first.next().is_some_and(is_digit) {
            return Ok(true);
        }
        if start == 0 || !text.starts_with(char::REPLACEMENT_CHARACTER) {
            break;
        }
    }
    Ok(false)
}

/// Joins neighbours, with a space between them, while they have at most `max_tokens` tokens together.
fn join_neighbours(segments: Vec<Sentence>, max_tokens: usize) -> Vec<String> {
    let mut joined = Vec::new();
    let mut current = String::new();
    let mut current_tokens = 0;
    for segment in segments {
        if current.is_empty() {
            current = segment.text;
            current_tokens = segment.token_count;
        } else if current_tokens + segment.token_count > max_tokens {
            joined.push(std::mem::replace(&mut current, segment.text));
            current_tokens = segment.token_count;
        } else {
            current.push(' ');
            current.push_str(&segment.text);
            current_tokens += segment.token_count;
        }
    }
    joined.push(current);
    joined
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;
