//! Reads the file of a dictionary.

use std::collections::HashMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::entry::{Entry, LONGEST_RESPELLING, LONGEST_WORD, Language, MOST_WORDS};
use super::error::DictionaryError;
use super::fold::folded;
use crate::error::{line_and_column, shown};

const FORM: &str = "write \"word\" = \"respelling\" or \"word\" = { say = \"respelling\", case = true, whole-word = false, languages = [\"english\"] }";

/// The most respellings of one word, and the most languages of one respelling.
const MOST_OF_A_WORD: usize = 100;

/// Reads all entries.
pub(super) fn read(text: &str) -> Result<Vec<Entry>, DictionaryError> {
    let reader = FileReader { text };
    let file = DeTable::parse(text).map_err(|error| {
        let problem = error.message().lines().next().unwrap_or_default().to_owned();
        reader.error(error.span(), None, problem, FORM)
    })?;
    let mut entries = Vec::new();
    let mut seen = Seen::default();
    for (key, value) in file.get_ref() {
        let name: &str = key.get_ref();
        if name != "words" {
            let problem = format!("`{}` is not known here", shown(name));
            return Err(reader.error(
                Some(key.span()),
                None,
                problem,
                "write the words below a line [words]",
            ));
        }
        let DeValue::Table(words) = value.get_ref() else {
            return Err(reader.error(
                Some(value.span()),
                None,
                "`words` is not a table",
                "write a line [words]",
            ));
        };
        for (word, value) in words {
            reader.word(word, value, &mut entries, &mut seen)?;
        }
    }
    Ok(entries)
}

/// The words that have an entry: folded, with their languages.
type Seen = HashMap<String, Vec<(String, bool, Vec<Language>)>>;

struct FileReader<'a> {
    text: &'a str,
}

/// The key of an entry.
type Word<'a, 'b> = &'a Spanned<std::borrow::Cow<'b, str>>;

impl FileReader<'_> {
    fn error(
        &self,
        span: Option<Range<usize>>,
        word: Option<&str>,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> DictionaryError {
        let (line, column) = line_and_column(self.text, span.map_or(0, |span| span.start));
        DictionaryError { line, column, word: word.map(shown), problem: problem.into(), help: help.into() }
    }

    fn word(
        &self,
        word: Word<'_, '_>,
        value: &Spanned<DeValue<'_>>,
        entries: &mut Vec<Entry>,
        seen: &mut Seen,
    ) -> Result<(), DictionaryError> {
        let name: &str = word.get_ref();
        let error = |problem: String, help: &str| self.error(Some(word.span()), Some(name), problem, help);
        if name.trim().is_empty() {
            return Err(error("the word is empty".to_owned(), "write a word between the quotation marks"));
        }
        if name.len() > LONGEST_WORD {
            let problem = format!("the word is longer than {LONGEST_WORD} bytes");
            return Err(error(problem, "write single words or short phrases"));
        }
        let first = entries.len();
        match value.get_ref() {
            DeValue::Array(values) if !values.is_empty() => {
                for value in values {
                    entries.push(self.entry(name, value)?);
                }
            }
            _ => entries.push(self.entry(name, value)?),
        }
        if entries.len() > MOST_WORDS {
            let problem = format!("the dictionary has more than {MOST_WORDS} words");
            return Err(error(problem, "remove words"));
        }
        for entry in &entries[first..] {
            let same = seen.entry(folded(&entry.word)).or_default();
            if let Some((other, ..)) = same.iter().find(|(other, has_case, languages)| {
                let is_same_word = if *has_case && entry.has_case {
                    *other == entry.word
                } else {
                    *has_case == entry.has_case
                };
                is_same_word && share_language(languages, &entry.languages)
            }) {
                let problem = format!("the word stands twice for one language, also as `{}`", shown(other));
                return Err(error(problem, "remove one of the two"));
            }
            same.push((entry.word.clone(), entry.has_case, entry.languages.clone()));
            if same.len() > MOST_OF_A_WORD {
                let problem = format!("the word has more than {MOST_OF_A_WORD} respellings");
                return Err(error(problem, "remove some of them"));
            }
        }
        Ok(())
    }

    fn entry(&self, word: &str, value: &Spanned<DeValue<'_>>) -> Result<Entry, DictionaryError> {
        let mut entry = Entry {
            word: word.trim().to_owned(),
            say: String::new(),
            has_case: false,
            is_whole_word: true,
            languages: Vec::new(),
            layer: 0,
        };
        match value.get_ref() {
            DeValue::String(say) => entry.say = self.respelling(word, say, value.span())?,
            DeValue::Table(table) => self.table(table, value.span(), &mut entry)?,
            other => {
                let problem = format!("a respelling is not {}", type_of(other));
                return Err(self.error(Some(value.span()), Some(word), problem, FORM));
            }
        }
        Ok(entry)
    }

    fn table(
        &self,
        table: &DeTable<'_>,
        span: Range<usize>,
        entry: &mut Entry,
    ) -> Result<(), DictionaryError> {
        let mut has_say = false;
        for (key, value) in table {
            let name: &str = key.get_ref();
            let word = entry.word.clone();
            let wrong = |wanted: &str| {
                let problem = format!("`{}` is not {wanted}", shown(name));
                self.error(Some(value.span()), Some(&word), problem, FORM)
            };
            match (name, value.get_ref()) {
                ("say", DeValue::String(say)) => {
                    entry.say = self.respelling(&word, say, value.span())?;
                    has_say = true;
                }
                ("say", _) => return Err(wrong("a text in quotation marks")),
                ("case", DeValue::Boolean(case)) => entry.has_case = *case,
                ("whole-word", DeValue::Boolean(whole)) => entry.is_whole_word = *whole,
                ("case" | "whole-word", _) => return Err(wrong("true or false")),
                ("languages", DeValue::Array(names)) => {
                    entry.languages =
                        names.iter().map(|name| self.language(&word, name)).collect::<Result<_, _>>()?;
                    if entry.languages.is_empty() || entry.languages.len() > MOST_OF_A_WORD {
                        return Err(wrong("a list of some languages"));
                    }
                }
                ("languages", _) => return Err(wrong("a list of languages")),
                _ => {
                    let problem = format!("`{}` is not known here", shown(name));
                    return Err(self.error(Some(key.span()), Some(&word), problem, FORM));
                }
            }
        }
        if !has_say {
            return Err(self.error(Some(span), Some(&entry.word), "`say` is missing", FORM));
        }
        Ok(())
    }

    fn respelling(&self, word: &str, say: &str, span: Range<usize>) -> Result<String, DictionaryError> {
        if say.len() > LONGEST_RESPELLING {
            let problem = format!("the respelling is longer than {LONGEST_RESPELLING} bytes");
            return Err(self.error(Some(span), Some(word), problem, "shorten it"));
        }
        Ok(say.trim().to_owned())
    }

    fn language(&self, word: &str, name: &Spanned<DeValue<'_>>) -> Result<Language, DictionaryError> {
        let known = match name.get_ref() {
            DeValue::String(name) => Language::from_name(name),
            _ => None,
        };
        known.ok_or_else(|| {
            let problem = match name.get_ref() {
                DeValue::String(name) => format!("the language `{}` is unknown", shown(name)),
                other => format!("a language is not {}", type_of(other)),
            };
            let help =
                "write english, french, german, spanish, italian, portuguese, dutch, or a code such as pt-BR";
            self.error(Some(name.span()), Some(word), problem, help)
        })
    }
}

fn share_language(left: &[Language], right: &[Language]) -> bool {
    (left.is_empty() && right.is_empty()) || left.iter().any(|language| right.contains(language))
}

fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(DeInteger { .. }) | DeValue::Float(_) => "a number without quotation marks",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date without quotation marks",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
