//! Turns a whole text into sentences, and a sentence into tokens.
//!
//! Must not know the model.

use crate::known_text::{UnknownCharacter, known_text};
use crate::overlong::{CutText, cut_overlong};
use crate::prompt::{TextError, TextOptions, excerpt, prepare};
use crate::split::{Sentence, split};
use crate::tokenizer::Tokenizer;
use crate::vocabulary::{Codec, KnownOnly, Vocabulary, is_spoken};

/// The sentences of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadText {
    /// The sentences to speak, in order; each has a word.
    pub sentences: Vec<Sentence>,
    /// The characters that are left out, in order of appearance.
    pub unknown_characters: Vec<UnknownCharacter>,
    /// The sentences with more tokens than the limit, before they were cut, in order.
    pub overlong_sentences: Vec<String>,
}

/// The tokens of one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentenceTokens {
    /// The token ids, in order.
    pub ids: Vec<u32>,
    /// As [`crate::PreparedText::frames_after_eos_guess`].
    pub frames_after_eos_guess: usize,
}

/// What to do with characters that the tokenizer has no token for, and with sentences of marks alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// Leave them out.
    #[default]
    LeaveOut,
    /// Keep them, as the reference does: as the unknown token, and as sentences.
    Keep,
}

/// Turns `text` into sentences.
///
/// Leaves out unknown characters, splits the rest with [`split_into_sentences`](crate::split_into_sentences), cuts
/// sentences of more than three times `max_tokens` between words, and leaves out sentences of marks alone. Takes time
/// and memory in proportion to the length of the text.
///
/// # Errors
///
/// [`TextError::Empty`], [`TextError::VanishedInPreparation`], [`TextError::UnknownCharacters`] and
/// [`TextError::NothingToSay`] if there is nothing to speak; [`TextError::MaxTokensZero`] and
/// [`TextError::Tokenizer`].
pub fn read_text(
    tokenizer: &Tokenizer,
    text: &str,
    max_tokens: usize,
    options: &TextOptions,
    unknown: Unknown,
) -> Result<ReadText, TextError> {
    match unknown {
        Unknown::LeaveOut => read(tokenizer, text, max_tokens, options),
        Unknown::Keep => read_all(tokenizer, text, max_tokens, options),
    }
}

/// The tokens of a sentence that [`read_text`] returned.
///
/// # Errors
///
/// The errors of [`prepare`], and [`TextError::Tokenizer`].
pub fn sentence_tokens(
    tokenizer: &Tokenizer,
    sentence: &str,
    options: &TextOptions,
    unknown: Unknown,
) -> Result<SentenceTokens, TextError> {
    let prepared = prepare(sentence, options)?;
    let ids = match unknown {
        Unknown::LeaveOut => KnownOnly(tokenizer).encode(&prepared.text)?,
        Unknown::Keep => tokenizer.encode(&prepared.text)?,
    };
    Ok(SentenceTokens { ids, frames_after_eos_guess: prepared.frames_after_eos_guess })
}

/// [`read_text`] for any codec.
pub(crate) fn read(
    codec: &impl Codec,
    text: &str,
    max_tokens: usize,
    options: &TextOptions,
) -> Result<ReadText, TextError> {
    let map = &options.replace_characters;
    let mut vocabulary = Vocabulary::new(codec);
    let known = known_text(&mut vocabulary, text, map);
    let mut has_words = |text: &str| map.apply(text).chars().any(|character| vocabulary.speaks(character));
    if !has_words(&known.text) {
        return Err(nothing_to_say(text, known.unknown, options));
    }
    let codec = KnownOnly(codec);
    let sentences = split(&codec, &known.text, max_tokens, options)?;
    let CutText { mut sentences, overlong } = cut_overlong(&codec, sentences, max_tokens)?;
    sentences.retain(|sentence| has_words(&sentence.text) && prepare(&sentence.text, options).is_ok());
    if sentences.is_empty() {
        return Err(nothing_to_say(text, known.unknown, options));
    }
    Ok(ReadText { sentences, unknown_characters: known.unknown, overlong_sentences: overlong })
}

/// [`read_text`] with [`Unknown::Keep`] for any codec.
fn read_all(
    codec: &impl Codec,
    text: &str,
    max_tokens: usize,
    options: &TextOptions,
) -> Result<ReadText, TextError> {
    let sentences = split(codec, text, max_tokens, options)?;
    let CutText { mut sentences, overlong } = cut_overlong(codec, sentences, max_tokens)?;
    sentences.retain(|sentence| prepare(&sentence.text, options).is_ok());
    if sentences.is_empty() {
        return Err(nothing_to_say(text, Vec::new(), options));
    }
    Ok(ReadText { sentences, unknown_characters: Vec::new(), overlong_sentences: overlong })
}

/// The reason why a text has no sentence to speak.
fn nothing_to_say(text: &str, unknown: Vec<UnknownCharacter>, options: &TextOptions) -> TextError {
    if let Err(error) = prepare(text, options) {
        return error;
    }
    let excerpt = excerpt(text);
    if unknown.is_empty() && !text.contains(is_spoken) {
        TextError::NothingToSay { excerpt }
    } else {
        TextError::UnknownCharacters { excerpt, characters: unknown }
    }
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
