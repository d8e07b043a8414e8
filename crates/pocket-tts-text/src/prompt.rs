//! Prepares a text in the form that the model was trained on: white space, replaced characters, a capital at the start,
//! a sentence mark at the end.
//!
//! Must not know tokens or the model. Source: `pocket_tts/models/text_chunking.py`, `prepare_text_prompt`.

use std::ops::Range;

use pocket_tts_spans::{Edits, MappedText};
use thiserror::Error;

use crate::characters::CharacterMap;
use crate::known_text::{UnknownCharacter, list};
use crate::marks::{CLOSERS, COMMAS, PAUSE_MARKS, SENTENCE_MARKS};
use crate::python_text::{is_space, strip, words};
use crate::tokenizer::TokenizerError;

/// How a model's configuration wants its text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one independent switch per key of the configuration")]
pub struct TextOptions {
    /// Put eight spaces before texts of fewer than five words, for models that garble few tokens.
    pub pad_with_spaces_for_short_inputs: bool,
    /// Turn semicolons into commas.
    pub remove_semicolons: bool,
    /// Make the text end with a sentence mark.
    pub append_terminal_punctuation: bool,
    /// Make the first letter a capital. Off for models whose text is phonemes.
    pub capitalize_first_letter: bool,
    /// Characters that are replaced right after the outer white space is removed.
    pub replace_characters: CharacterMap,
}

/// A text that is ready for the tokenizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedText {
    /// The text; never empty.
    pub text: String,
    /// The number of frames to generate after the end of speech was detected, estimated from the number of words: short
    /// texts need more. The reference adds 2 to this estimate.
    pub frames_after_eos_guess: usize,
}

/// Why a text cannot be spoken.
#[derive(Debug, Error)]
pub enum TextError {
    /// The text has no characters, or only white space.
    #[error("the text is empty; give at least one word")]
    Empty,
    /// `replace_characters` deletes all of the text.
    #[error(
        "nothing is left of the text {excerpt:?} after the model's replace_characters were applied; give a \
         text with words in it"
    )]
    VanishedInPreparation {
        /// The start of the text that was given.
        excerpt: String,
    },
    /// The text has only marks: no letter, no digit and no sign that is read as a word.
    #[error("the text {excerpt:?} has no word to say; give at least one word")]
    NothingToSay {
        /// The start of the text that was given.
        excerpt: String,
    },
    /// The tokenizer has a token for no letter and no digit of the text.
    #[error(
        "the model knows no letter and no digit of the text {excerpt:?}{}; write numbers and signs in words, or use \
         a model of the text's language",
        listed(characters)
    )]
    UnknownCharacters {
        /// The start of the text that was given.
        excerpt: String,
        /// The characters without a token.
        characters: Vec<UnknownCharacter>,
    },
    /// The token limit is 0.
    #[error("max_tokens is 0, but every sentence has at least one token; use 1 or more (50 is usual)")]
    MaxTokensZero,
    /// The tokenizer failed on the text.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
}

fn listed(characters: &[UnknownCharacter]) -> String {
    if characters.is_empty() { String::new() } else { format!(" (unknown: {})", list(characters)) }
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            pad_with_spaces_for_short_inputs: false,
            remove_semicolons: false,
            append_terminal_punctuation: true,
            capitalize_first_letter: true,
            replace_characters: CharacterMap::default(),
        }
    }
}

/// Prepares `text` for the tokenizer. Takes time and memory in proportion to the length of the text.
///
/// # Errors
/// [`TextError::Empty`] for a text of white space only, [`TextError::VanishedInPreparation`] if
/// `options.replace_characters` deletes all of it.
pub fn prepare(text: &str, options: &TextOptions) -> Result<PreparedText, TextError> {
    let (text, frames_after_eos_guess) = prepare_mapped(&MappedText::new(text), options)?;
    Ok(PreparedText { text: text.text().to_owned(), frames_after_eos_guess })
}

/// [`prepare`] for a text that knows where in an original it came from.
pub(crate) fn prepare_mapped(
    text: &MappedText,
    options: &TextOptions,
) -> Result<(MappedText, usize), TextError> {
    let mut text = stripped(text);
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if !options.replace_characters.is_empty() {
        let excerpt = excerpt(text.text());
        text = with_single_spaces(&replaced(&text, &options.replace_characters));
        text = drop_pauses_after_sentence_marks(&text);
        if text.is_empty() {
            return Err(TextError::VanishedInPreparation { excerpt });
        }
    }
    text = with_each(&text, |text| text.match_indices(['\n', '\r']), " ");
    // One pass over the spaces, as in the reference: four spaces become two.
    text = with_each(&text, |text| text.match_indices("  "), " ");
    if options.remove_semicolons {
        text = with_each(&text, |text| text.match_indices(';'), ",");
    }
    let frames_after_eos_guess = if words(text.text()).count() <= 4 { 3 } else { 1 };
    if options.capitalize_first_letter {
        text = capitalize(&text);
    }
    if options.append_terminal_punctuation {
        text = end_with_sentence_mark(&text);
    }
    if options.pad_with_spaces_for_short_inputs && words(text.text()).count() < 5 {
        text = with_edit(&text, 0..0, "        ");
    }
    Ok((text, frames_after_eos_guess))
}

/// The text without white space at its ends.
fn stripped(text: &MappedText) -> MappedText {
    let start = text.len() - text.text().trim_start_matches(is_space).len();
    text.slice(start..start + strip(text.text()).len())
}

/// The text with the replacements of a configuration.
fn replaced(text: &MappedText, map: &CharacterMap) -> MappedText {
    let mut edits = Edits::new(text);
    for (at, character) in text.text().char_indices() {
        if let Some(replacement) = map.get(character) {
            edits.replace(at..at + character.len_utf8(), replacement);
        }
    }
    edits.finish()
}

/// The text with one space for each run of white space, and none at its ends.
pub(crate) fn with_single_spaces(text: &MappedText) -> MappedText {
    let mut edits = Edits::new(text);
    let text = text.text();
    let mut at = 0;
    while let Some(start) = text[at..].find(is_space) {
        let start = at + start;
        at = text[start..].find(|c| !is_space(c)).map_or(text.len(), |length| start + length);
        let is_outer = start == 0 || at == text.len();
        edits.replace(start..at, if is_outer { "" } else { " " });
    }
    edits.finish()
}

/// The text with a replacement in place of each match.
fn with_each<'a, M>(text: &'a MappedText, matches: impl Fn(&'a str) -> M, replacement: &str) -> MappedText
where
    M: Iterator<Item = (usize, &'a str)>,
{
    let mut edits = Edits::new(text);
    for (at, found) in matches(text.text()) {
        edits.replace(at..at + found.len(), replacement);
    }
    edits.finish()
}

fn with_edit(text: &MappedText, range: Range<usize>, replacement: &str) -> MappedText {
    let mut edits = Edits::new(text);
    edits.replace(range, replacement);
    edits.finish()
}

const EXCERPT_CHARACTERS: usize = 50;

/// The start of a text for an error message.
pub(crate) fn excerpt(text: &str) -> String {
    strip(text).chars().take(EXCERPT_CHARACTERS).collect()
}

/// Deletes one `,`, `;` or `:` after a sentence mark, with the white space between them. Without its quotes,
/// `"Who?", she said` would otherwise have a comma after the end of a sentence.
fn drop_pauses_after_sentence_marks(text: &MappedText) -> MappedText {
    let mut edits = Edits::new(text);
    let text = text.text();
    let mut at = 0;
    while let Some((mark, found)) = text[at..].match_indices(SENTENCE_MARKS).next() {
        let after_mark = at + mark + found.len();
        at = after_mark;
        if let Some(rest) = text[after_mark..].trim_start_matches(is_space).strip_prefix(COMMAS) {
            at = text.len() - rest.len();
            edits.replace(after_mark..at, "");
        }
    }
    edits.finish()
}

/// Python's `text[0].upper() + text[1:]`, unless the first character is a capital already; one
/// character may become several (`ß` gives `SS`).
fn capitalize(text: &MappedText) -> MappedText {
    match text.text().chars().next() {
        Some(first) if !first.is_uppercase() => {
            with_edit(text, 0..first.len_utf8(), &first.to_uppercase().to_string())
        }
        _ => text.clone(),
    }
}

/// Makes `text` end with a sentence mark, because models often garble or repeat the last word without one. Closing
/// quotes and brackets may follow the mark. A comma, colon or dash is replaced by a period; otherwise the period is
/// appended at the end, where the splitter finds it.
///
/// Source: `pocket_tts/models/text_chunking.py`, `_ensure_terminal_punctuation`.
fn end_with_sentence_mark(mapped: &MappedText) -> MappedText {
    let text = mapped.text();
    let core = text.trim_end_matches(|c| c == ' ' || CLOSERS.contains(&c));
    match core.chars().next_back() {
        None => mapped.clone(),
        Some(last) if SENTENCE_MARKS.contains(&last) => mapped.clone(),
        Some(last) if PAUSE_MARKS.contains(&last) => {
            let spoken = core.trim_end_matches(|c| c == ' ' || PAUSE_MARKS.contains(&c));
            let closers = text.len() - text[core.len()..].trim_start_matches(is_space).len();
            let closers = closers..closers + strip(&text[core.len()..]).len();
            let mut edits = Edits::new(mapped);
            edits.replace(spoken.len()..closers.start, ".");
            edits.replace(closers.end..text.len(), "");
            edits.finish()
        }
        Some(_) => with_edit(mapped, text.len()..text.len(), "."),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn replacing(pairs: &[(&str, &str)]) -> TextOptions {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        TextOptions { replace_characters: CharacterMap::new(pairs).unwrap(), ..TextOptions::default() }
    }

    fn prepared(text: &str, options: &TextOptions) -> String {
        prepare(text, options).unwrap().text
    }

    #[test]
    fn a_text_of_white_space_is_empty_and_a_deleted_one_has_vanished() {
        let options = replacing(&[("«", ""), ("»", "")]);
        assert!(matches!(prepare(" \u{1c}\u{85}\n", &options), Err(TextError::Empty)));
        let error = prepare(" «» ", &options).unwrap_err();
        assert!(matches!(&error, TextError::VanishedInPreparation { excerpt } if excerpt == "«»"), "{error}");
    }

    #[test]
    fn only_one_pause_mark_is_dropped_after_each_sentence_mark() {
        let options = replacing(&[("\"", "")]);
        assert_eq!(prepared("\"Who?\" , she said", &options), "Who? she said.");
        assert_eq!(prepared("Who?,: no.;", &options), "Who?: no.");
        assert_eq!(prepared("Who…,", &options), "Who…");
        assert_eq!(prepared("Who?, no", &TextOptions::default()), "Who?, no.");
    }

    #[test]
    fn white_space_collapses_fully_only_with_replacements() {
        assert_eq!(prepared("a\u{1c}b    c\r\nd", &replacing(&[("x", "y")])), "A b c d.");
        assert_eq!(prepared("a\u{1c}b    c\r\nd", &TextOptions::default()), "A\u{1c}b  c d.");
    }

    #[test]
    fn a_pause_at_the_end_becomes_a_period_inside_the_closers() {
        let options = TextOptions::default();
        assert_eq!(prepared("(so — ) »", &options), "(so.) »");
        assert_eq!(prepared("so (it is)", &options), "So (it is).");
        assert_eq!(prepared("—", &options), ".");
        assert_eq!(prepared("\")", &options), "\")");
        assert_eq!(prepared("said \"yes!\"", &options), "Said \"yes!\"");
    }

    #[test]
    fn texts_of_up_to_four_words_are_padded_and_have_more_frames_after_their_end() {
        let options = TextOptions { pad_with_spaces_for_short_inputs: true, ..TextOptions::default() };
        for (text, padding, frames) in
            [("One", 8, 3), ("One two three four", 8, 3), ("One two three four five", 0, 1)]
        {
            let prepared = prepare(text, &options).unwrap();
            assert_eq!(prepared.text, format!("{}{text}.", " ".repeat(padding)));
            assert_eq!(prepared.frames_after_eos_guess, frames, "{text}");
        }
    }

    #[test]
    fn the_first_letter_may_become_two() {
        assert_eq!(prepared("ßa", &TextOptions::default()), "SSa.");
        assert_eq!(prepared("ǆ", &TextOptions::default()), "Ǆ.");
    }

    proptest! {
        #[test]
        fn any_text_is_prepared_or_refused(
            text in any::<String>(),
            flags in any::<[bool; 4]>(),
            pairs in proptest::collection::vec((any::<char>(), any::<String>()), 0..4),
        ) {
            let replaced = pairs.into_iter().map(|(key, value)| (key.to_string(), value));
            let options = TextOptions {
                pad_with_spaces_for_short_inputs: flags[0],
                remove_semicolons: flags[1],
                append_terminal_punctuation: flags[2],
                capitalize_first_letter: flags[3],
                replace_characters: CharacterMap::new(replaced).unwrap(),
            };
            match prepare(&text, &options) {
                Ok(prepared) => prop_assert!(!strip(&prepared.text).is_empty()),
                Err(TextError::Empty) => prop_assert!(strip(&text).is_empty()),
                Err(TextError::VanishedInPreparation { .. }) => {
                    prop_assert!(strip(&options.replace_characters.apply(&text)).is_empty());
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
    }
}
