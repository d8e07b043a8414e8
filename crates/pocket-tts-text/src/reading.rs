//! Turns a whole text into sentences, and a sentence into tokens.
//!
//! Must not know the model.

use pocket_tts_spans::MappedText;

use crate::alignment::{Aligner, in_original};
use crate::boundaries::has_blank_line;
use crate::known_text::{KnownText, UnknownCharacter, known_text};
use crate::marks::{CLOSERS, SENTENCE_MARKS};
use crate::natural::split_naturally;
use crate::overlong::{CutText, cut_overlong};
use crate::prompt::{TextError, TextOptions, excerpt, prepare, prepare_mapped};
use crate::split::split;
use crate::splitting::{Ending, ReadSentence, Splitting};
use crate::tokenizer::Tokenizer;
use crate::vocabulary::{Codec, KnownOnly, Vocabulary, is_spoken};

/// The sentences of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadText {
    /// The sentences to speak, in order; each has a word.
    pub sentences: Vec<ReadSentence>,
    /// The characters that are left out, in order of appearance.
    pub unknown_characters: Vec<UnknownCharacter>,
    /// With [`Splitting::Reference`] the sentences with more tokens than the limit, before they were cut, in order.
    pub overlong_sentences: Vec<String>,
}

/// How to turn a text into sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// The most tokens of a sentence; at least 1.
    pub max_tokens: usize,
    /// How to split.
    pub splitting: Splitting,
    /// With [`Splitting::Natural`], whether the first sentence comes alone, so that its sound comes early.
    pub short_first: bool,
    /// What to do with characters without a token.
    pub unknown: Unknown,
}

impl Default for ReadOptions {
    /// The reference's token limit and splitting.
    fn default() -> Self {
        Self {
            max_tokens: 50,
            splitting: Splitting::Reference,
            short_first: true,
            unknown: Unknown::LeaveOut,
        }
    }
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

/// Turns `text` into sentences, which know where in its original they came from.
///
/// Leaves out unknown characters, splits the rest, and leaves out sentences of marks alone. With
/// [`Splitting::Reference`] it splits with [`split_into_sentences`](crate::split_into_sentences) and cuts sentences of
/// more than three times `max_tokens` between words. Takes time and memory in proportion to the length of the text.
///
/// # Errors
///
/// [`TextError::Empty`], [`TextError::VanishedInPreparation`], [`TextError::UnknownCharacters`] and
/// [`TextError::NothingToSay`] if there is nothing to speak; [`TextError::MaxTokensZero`] and
/// [`TextError::Tokenizer`].
pub fn read_text(
    tokenizer: &Tokenizer,
    text: &MappedText,
    options: &TextOptions,
    how: ReadOptions,
) -> Result<ReadText, TextError> {
    read(tokenizer, text, options, how)
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
    text: &MappedText,
    options: &TextOptions,
    how: ReadOptions,
) -> Result<ReadText, TextError> {
    let refused = |unknown| Err(nothing_to_say(text.text(), unknown, options));
    let mut vocabulary = Vocabulary::new(codec);
    let map = &options.replace_characters;
    let KnownText { text: known, unknown } = match how.unknown {
        Unknown::LeaveOut => known_text(&mut vocabulary, text, map),
        Unknown::Keep => KnownText { text: text.clone(), unknown: Vec::new() },
    };
    let mut has_words = |text: &str| {
        how.unknown == Unknown::Keep || map.apply(text).chars().any(|character| vocabulary.speaks(character))
    };
    if !has_words(known.text()) {
        return refused(unknown);
    }
    let (sentences, overlong) = match how.unknown {
        Unknown::LeaveOut => split_known(&KnownOnly(codec), &known, options, how)?,
        Unknown::Keep => split_known(codec, &known, options, how)?,
    };
    let mut spoken: Vec<ReadSentence> = Vec::with_capacity(sentences.len());
    for sentence in sentences {
        let text = sentence.text.text();
        if has_words(text) && prepare(text, options).is_ok() {
            spoken.push(sentence);
        } else if let Some(before) = spoken.last_mut() {
            before.ending = before.ending.max(sentence.ending);
        }
    }
    let Some(last) = spoken.last_mut() else { return refused(unknown) };
    last.ending = end_of_text(text.text());
    Ok(ReadText { sentences: spoken, unknown_characters: unknown, overlong_sentences: overlong })
}

/// The sentences of a text without unknown characters, and of these the ones that were too long.
fn split_known(
    codec: &impl Codec,
    text: &MappedText,
    options: &TextOptions,
    how: ReadOptions,
) -> Result<(Vec<ReadSentence>, Vec<String>), TextError> {
    let ReadOptions { max_tokens, splitting, short_first, .. } = how;
    match splitting {
        Splitting::Natural => {
            Ok((split_naturally(codec, text, options, max_tokens, short_first)?, Vec::new()))
        }
        Splitting::Reference => split_as_reference(codec, text, options, max_tokens),
    }
}

/// The reference's sentences, with their places in the text.
fn split_as_reference(
    codec: &impl Codec,
    text: &MappedText,
    options: &TextOptions,
    max_tokens: usize,
) -> Result<(Vec<ReadSentence>, Vec<String>), TextError> {
    let sentences = split(codec, text.text(), max_tokens, options)?;
    let CutText { sentences, overlong } = cut_overlong(codec, sentences, max_tokens)?;
    // Ranges of `text`, of which the white space tells where paragraphs end.
    let (prepared, _) = prepare_mapped(&MappedText::new(text.text()), options)?;
    let mut aligner = Aligner::new(&prepared);
    let places: Vec<MappedText> = sentences.iter().map(|sentence| aligner.find(&sentence.text)).collect();
    let start = |place: &MappedText| place.source_of(0..place.len()).start;
    let mut found = Vec::with_capacity(sentences.len());
    for (index, sentence) in sentences.iter().enumerate() {
        let end = places[index].source_of(0..places[index].len()).end;
        let next = places.get(index + 1).map_or(text.len(), start).max(end);
        let ending = if has_blank_line(&text.text()[end..next]) {
            Ending::Paragraph
        } else if sentence.text.trim_end_matches(CLOSERS).ends_with(SENTENCE_MARKS) {
            Ending::Sentence
        } else {
            Ending::Within
        };
        let text = in_original(&places[index], text);
        found.push(ReadSentence { text, token_count: sentence.token_count, ending });
    }
    Ok((found, overlong))
}

/// What ends at the end of a text.
fn end_of_text(text: &str) -> Ending {
    let space = &text[text.trim_end().len()..];
    if has_blank_line(space) { Ending::Paragraph } else { Ending::Sentence }
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
