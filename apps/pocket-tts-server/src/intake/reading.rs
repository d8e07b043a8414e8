//! Fields that say how a text is read: normalization, mark-up, cleaning, pronunciation, splitting and pauses.

use std::{collections::BTreeMap, time::Duration};

use pocket_tts_core::{Dictionary, GenerateOptions, InputFormat, Language, Splitting, TextFormat};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{checking::SpeechCheck, fields::named};
use crate::api_error::ApiError;

/// The ways to split a text, by name.
pub(crate) const SPLITTINGS: [(&str, Splitting); 2] =
    [("natural", Splitting::Natural), ("reference", Splitting::Reference)];
/// The longest pause between sentences or paragraphs, in seconds.
const MAX_PAUSE_S: f64 = 60.0;
/// The most words of a request's dictionary.
const MOST_WORDS: usize = 1_000;

/// How the server reads texts unless a request says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    pub(crate) normalize: bool,
    pub(crate) markup: bool,
    pub(crate) dictionary: Option<Dictionary>,
    pub(crate) splitting: Splitting,
    pub(crate) sentence_pause: Duration,
    pub(crate) paragraph_pause: Duration,
    pub(crate) check: SpeechCheck,
}

/// Respellings of words: an object, or the text of a TOML file.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged, expecting = "`dictionary` must be an object of words and respellings, or a TOML text")]
pub(crate) enum DictionaryField {
    Words(BTreeMap<String, String>),
    Toml(String),
}

/// The fields of a request, each of which may be missing.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadingFields {
    pub(crate) normalize: Option<bool>,
    pub(crate) text_language: Option<String>,
    pub(crate) markup: Option<bool>,
    pub(crate) text_format: Option<String>,
    pub(crate) input_format: Option<String>,
    pub(crate) dictionary: Option<DictionaryField>,
    pub(crate) split: Option<String>,
    pub(crate) sentence_pause: Option<f64>,
    pub(crate) paragraph_pause: Option<f64>,
}

/// Moves the fields of a body into a [`ReadingFields`].
macro_rules! reading_of {
    ($body:expr) => {
        $crate::intake::reading::ReadingFields {
            normalize: $body.normalize,
            text_language: $body.text_language.take(),
            markup: $body.markup,
            text_format: $body.text_format.take(),
            input_format: $body.input_format.take(),
            dictionary: $body.dictionary.take(),
            split: $body.split.take(),
            sentence_pause: $body.sentence_pause,
            paragraph_pause: $body.paragraph_pause,
        }
    };
}
pub(crate) use reading_of;

impl ReadingFields {
    /// `options` with these fields, or what the server does without them.
    ///
    /// # Errors
    ///
    /// If a field has another value than the allowed ones.
    pub(crate) fn apply(
        &self,
        options: GenerateOptions,
        server: &Reading,
    ) -> Result<GenerateOptions, ApiError> {
        let format =
            named("text_format", self.text_format.as_deref(), &TextFormat::NAMES, TextFormat::from_name)?;
        let input =
            named("input_format", self.input_format.as_deref(), &InputFormat::NAMES, InputFormat::from_name)?;
        let names = Language::ALL.map(Language::name);
        let language = named("text_language", self.text_language.as_deref(), &names, Language::of_name)?;
        let splitting = |name: &str| {
            SPLITTINGS.into_iter().find(|(known, _)| *known == name).map(|(_, splitting)| splitting)
        };
        let splitting = named("split", self.split.as_deref(), &SPLITTINGS.map(|(name, _)| name), splitting)?;
        let markup = self.markup.unwrap_or(server.markup || format == Some(TextFormat::Ssml));
        let normalize = self.normalize.unwrap_or(server.normalize);
        Ok(options
            .normalize(normalize)
            .text_language(language)
            .markup(markup.then_some(format.unwrap_or(TextFormat::Auto)))
            // Without normalization the emoji of a plain text reach the model, as in the Python package.
            .input_format(input.or(normalize.then_some(InputFormat::Text)))
            .dictionary(self.dictionary(server)?)
            .splitting(splitting.unwrap_or(server.splitting))
            .sentence_pause(pause("sentence_pause", self.sentence_pause, server.sentence_pause)?)
            .paragraph_pause(pause("paragraph_pause", self.paragraph_pause, server.paragraph_pause)?))
    }

    /// The request's dictionary over the server's.
    fn dictionary(&self, server: &Reading) -> Result<Option<Dictionary>, ApiError> {
        let wrong = |problem: String| {
            ApiError::bad_request(format!("`dictionary` cannot be used: {problem}"))
                .param("dictionary")
                .code("invalid_value")
        };
        let own = match &self.dictionary {
            None => return Ok(server.dictionary.clone()),
            Some(DictionaryField::Toml(text)) => {
                Dictionary::parse(text).map_err(|error| wrong(format!("{error}; {}", error.help)))?
            }
            Some(DictionaryField::Words(words)) => Dictionary::parse(&to_toml(words)).map_err(|error| {
                // The client does not know the text that has these lines.
                let entry = error.word.map(|word| format!("entry `{word}`: ")).unwrap_or_default();
                wrong(format!("{entry}{}; {}", error.problem, error.help))
            })?,
        };
        if own.len() > MOST_WORDS {
            return Err(wrong(format!("it has {} words, but {MOST_WORDS} are allowed", own.len())));
        }
        Ok(Some(Dictionary::merged(server.dictionary.iter().chain([&own]))))
    }
}

/// Words and respellings as a TOML file.
fn to_toml(words: &BTreeMap<String, String>) -> String {
    // The escapes of JSON's texts are TOML's.
    let quoted = |text: &str| serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f");
    let lines = words.iter().map(|(word, say)| format!("{} = {}\n", quoted(word), quoted(say)));
    format!("[words]\n{}", lines.collect::<String>())
}

fn pause(field: &'static str, seconds: Option<f64>, default: Duration) -> Result<Duration, ApiError> {
    match seconds {
        None => Ok(default),
        Some(seconds) if (0.0..=MAX_PAUSE_S).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        Some(seconds) => {
            let message = format!("`{field}` is {seconds}, but must be from 0 to {MAX_PAUSE_S}");
            Err(ApiError::bad_request(message).param(field).code("invalid_value"))
        }
    }
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            normalize: true,
            markup: true,
            dictionary: None,
            splitting: Splitting::Natural,
            sentence_pause: Duration::ZERO,
            paragraph_pause: Duration::from_millis(400),
            check: SpeechCheck::Repeat,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(fields: &ReadingFields) -> String {
        fields.apply(GenerateOptions::default(), &Reading::default()).unwrap_err().to_string()
    }

    #[test]
    fn wrong_values_name_their_field_and_what_is_allowed() {
        let text = |text: &str| Some(text.to_owned());
        for (fields, part) in [
            (
                ReadingFields { text_format: text("xml"), ..ReadingFields::default() },
                "`text_format` is `xml`",
            ),
            (ReadingFields { input_format: text("pdf"), ..ReadingFields::default() }, "text, markdown, html"),
            (ReadingFields { text_language: text("klingon"), ..ReadingFields::default() }, "english, french"),
            (ReadingFields { split: text("no"), ..ReadingFields::default() }, "natural, reference"),
            (ReadingFields { sentence_pause: Some(-1.0), ..ReadingFields::default() }, "from 0 to 60"),
            (ReadingFields { paragraph_pause: Some(f64::NAN), ..ReadingFields::default() }, "from 0 to 60"),
            (
                ReadingFields {
                    dictionary: Some(DictionaryField::Toml("[wrds]".to_owned())),
                    ..ReadingFields::default()
                },
                "`dictionary` cannot be used",
            ),
        ] {
            assert!(message(&fields).contains(part), "{}", message(&fields));
        }
    }

    #[test]
    fn words_of_an_object_may_hold_any_character() {
        let words = BTreeMap::from([("a\"b\\c\u{7f}\t".to_owned(), "x\ny".to_owned())]);
        assert_eq!(
            Dictionary::parse(&to_toml(&words)).map_err(|error| error.to_string()).map(|read| read.len()),
            Ok(1)
        );
    }
}
