//! Problems of a text, before it is spoken. It must not change the text or refuse it.

use std::fmt;

use pocket_tts_text::{ReadText, TextError, UnknownCharacter, list_of_characters};

use crate::Error;

/// Problems of a text as a model reads it: see [`TtsModel::check_text`](crate::TtsModel::check_text).
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextReport {
    /// Characters that the tokenizer doesn't know, each once, in order of appearance, with how often: they are left
    /// out.
    pub unknown_characters: Vec<UnknownCharacter>,
    /// With [`Splitting::Reference`](crate::Splitting::Reference) the sentences with more tokens than `max_tokens` and no
    /// mark to cut them at: their text. Words may be skipped in them.
    pub overlong_sentences: Vec<String>,
    /// Tokens of the whole text.
    pub token_count: usize,
    /// The most tokens of a sentence that were asked for.
    max_tokens: usize,
}

/// A problem of a text. Its `Display` is a line for a person.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextWarning {
    /// Characters are left out.
    UnknownCharacters(Vec<UnknownCharacter>),
    /// Sentences are too long for the model.
    OverlongSentences {
        /// Their texts.
        sentences: Vec<String>,
        /// The most tokens of a sentence that were asked for.
        max_tokens: usize,
    },
}

impl TextReport {
    /// The report of no text.
    pub(crate) fn empty(max_tokens: usize) -> Self {
        Self { max_tokens, ..Self::default() }
    }

    /// Adds what is known of another text.
    pub(crate) fn add(&mut self, read: &ReadText) {
        self.add_unknown(&read.unknown_characters);
        self.overlong_sentences.extend_from_slice(&read.overlong_sentences);
        self.token_count += read.sentences.iter().map(|sentence| sentence.token_count).sum::<usize>();
    }

    /// Adds the problems of another text that the same model reads.
    pub fn merge(&mut self, other: &Self) {
        self.add_unknown(&other.unknown_characters);
        self.overlong_sentences.extend_from_slice(&other.overlong_sentences);
        self.token_count += other.token_count;
        self.max_tokens = other.max_tokens;
    }

    /// Adds the characters because of which a text couldn't be spoken, if `refusal` says so: it is left out with them.
    pub fn add_refusal(&mut self, refusal: &Error) {
        if let Error::Text(TextError::UnknownCharacters { characters, .. }) = refusal {
            self.add_unknown(characters);
        }
    }

    /// Adds characters that are left out.
    fn add_unknown(&mut self, characters: &[UnknownCharacter]) {
        for more in characters {
            let mut known = self.unknown_characters.iter_mut();
            match known.find(|known| known.character == more.character) {
                Some(known) => known.count += more.count,
                None => self.unknown_characters.push(more.clone()),
            }
        }
    }

    /// The problems as warnings, one of each kind.
    pub fn warnings(&self) -> Vec<TextWarning> {
        let mut warnings = Vec::new();
        if !self.unknown_characters.is_empty() {
            warnings.push(TextWarning::UnknownCharacters(self.unknown_characters.clone()));
        }
        if !self.overlong_sentences.is_empty() {
            let (sentences, max_tokens) = (self.overlong_sentences.clone(), self.max_tokens);
            warnings.push(TextWarning::OverlongSentences { sentences, max_tokens });
        }
        warnings
    }

    /// Whether there is no problem.
    pub fn is_empty(&self) -> bool {
        self.unknown_characters.is_empty() && self.overlong_sentences.is_empty()
    }
}

impl fmt::Display for TextWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCharacters(characters) => write!(
                formatter,
                "left out, as the model does not know these characters: {}; write numbers and signs in words",
                list_of_characters(characters)
            ),
            Self::OverlongSentences { sentences, max_tokens } => {
                let (count, more) = match sentences.len() {
                    1 => ("1 sentence is".to_owned(), String::new()),
                    count => (format!("{count} sentences are"), format!(" and {} more", count - 1)),
                };
                let first = sentences.first().map_or("", String::as_str);
                write!(
                    formatter,
                    "{count} longer than {max_tokens} token{}, without a mark to cut at; words may be skipped, so add \
                     commas or full stops: {:?}{more}",
                    if *max_tokens == 1 { "" } else { "s" },
                    beginning(first)
                )
            }
        }
    }
}

/// The first words of a sentence, of 60 characters at most.
fn beginning(sentence: &str) -> String {
    const MOST_CHARACTERS: usize = 60;
    match sentence.char_indices().nth(MOST_CHARACTERS) {
        None => sentence.to_owned(),
        Some((end, _)) => {
            let cut = &sentence[..end];
            let words = cut.rfind(' ').map_or(cut, |space| &cut[..space]);
            format!("{words} …")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_is_not_called_tokens() {
        let message = |max_tokens| {
            TextWarning::OverlongSentences { sentences: vec!["Hello.".to_owned()], max_tokens }.to_string()
        };
        assert!(message(1).starts_with("1 sentence is longer than 1 token, "), "{}", message(1));
        assert!(message(50).starts_with("1 sentence is longer than 50 tokens, "), "{}", message(50));
    }
}
