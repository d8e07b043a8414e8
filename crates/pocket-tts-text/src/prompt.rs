//! Prepares a text in the form that the model was trained on: white space, replaced characters, a capital at the start,
//! a sentence mark at the end.
//!
//! Must not know tokens or the model. Source: `pocket_tts/models/text_chunking.py`, `prepare_text_prompt`.

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
    let given = strip(text);
    if given.is_empty() {
        return Err(TextError::Empty);
    }
    let mut text = given.to_owned();
    if !options.replace_characters.is_empty() {
        let replaced = options.replace_characters.apply(&text);
        text = drop_pauses_after_sentence_marks(&words(&replaced).collect::<Vec<_>>().join(" "));
        if text.is_empty() {
            return Err(TextError::VanishedInPreparation { excerpt: excerpt(given) });
        }
    }
    // One pass over the spaces, as in the reference: four spaces become two.
    text = text.replace(['\n', '\r'], " ").replace("  ", " ");
    if options.remove_semicolons {
        text = text.replace(';', ",");
    }
    let frames_after_eos_guess = if words(&text).count() <= 4 { 3 } else { 1 };
    if options.capitalize_first_letter {
        text = capitalize(&text);
    }
    if options.append_terminal_punctuation {
        text = end_with_sentence_mark(text);
    }
    if options.pad_with_spaces_for_short_inputs && words(&text).count() < 5 {
        text.insert_str(0, "        ");
    }
    Ok(PreparedText { text, frames_after_eos_guess })
}

const EXCERPT_CHARACTERS: usize = 50;

/// The start of a text for an error message.
pub(crate) fn excerpt(text: &str) -> String {
    strip(text).chars().take(EXCERPT_CHARACTERS).collect()
}

/// Deletes one `,`, `;` or `:` after a sentence mark, with the white space between them. Without its quotes,
/// `"Who?", she said` would otherwise have a comma after the end of a sentence.
fn drop_pauses_after_sentence_marks(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(mark) = rest.find(SENTENCE_MARKS) {
        let (up_to_mark, after) = rest.split_at(mark + rest[mark..].chars().next().map_or(0, char::len_utf8));
        result.push_str(up_to_mark);
        rest = after.trim_start_matches(is_space).strip_prefix(COMMAS).unwrap_or(after);
    }
    result.push_str(rest);
    result
}

/// Python's `text[0].upper() + text[1:]`, unless the first character is a capital already; one
/// character may become several (`ß` gives `SS`).
fn capitalize(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if !first.is_uppercase() => first.to_uppercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}

/// Makes `text` end with a sentence mark, because models often garble or repeat the last word without one. Closing
/// quotes and brackets may follow the mark. A comma, colon or dash is replaced by a period; otherwise the period is
/// appended at the end, where the splitter finds it.
///
/// Source: `pocket_tts/models/text_chunking.py`, `_ensure_terminal_punctuation`.
fn end_with_sentence_mark(mut text: String) -> String {
    let core = text.trim_end_matches(|c| c == ' ' || CLOSERS.contains(&c));
    match core.chars().next_back() {
        None => text,
        Some(last) if SENTENCE_MARKS.contains(&last) => text,
        Some(last) if PAUSE_MARKS.contains(&last) => {
            let closers = strip(&text[core.len()..]);
            let spoken = core.trim_end_matches(|c| c == ' ' || PAUSE_MARKS.contains(&c));
            format!("{spoken}.{closers}")
        }
        Some(_) => {
            text.push('.');
            text
        }
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
