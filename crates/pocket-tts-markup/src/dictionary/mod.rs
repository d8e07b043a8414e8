//! How words are pronounced: a dictionary of respellings.

mod entry;
mod error;
mod file;
mod fold;
mod index;
mod lookup;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use pocket_tts_spans::{Edits, MappedText};

use crate::script::{Hint, HintKind, Speech};

pub use error::DictionaryError;

use entry::{Entry, Language};
use lookup::Lookup;

/// How words are pronounced: words and what to say in their place.
///
/// A clone shares the words.
///
/// ```
/// use pocket_tts_markup::{Dictionary, MappedText};
///
/// let dictionary = Dictionary::parse(
///     r#"
///     [words]
///     "Nginx" = "engine x"
///     "GIF" = { say = "jiff", case = true, whole-word = false, languages = ["english"] }
///     "#,
/// )?;
/// let text = MappedText::new("nginx serves GIFs.");
/// let (spoken, replaced) = dictionary.apply(&text, Some("en"));
/// assert_eq!(spoken.text(), "engine x serves jiffs.");
/// assert_eq!(replaced, [0..8, 16..20]);
/// # Ok::<(), pocket_tts_markup::DictionaryError>(())
/// ```
#[derive(Clone, Default)]
pub struct Dictionary {
    entries: Arc<[Entry]>,
    lookup: Arc<Lookup>,
}

impl fmt::Debug for Dictionary {
    /// The entries. The lookup is made of them.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Dictionary").field("entries", &self.entries).finish_non_exhaustive()
    }
}

impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Dictionary {
    /// The longest word in bytes.
    pub const LONGEST_WORD: usize = entry::LONGEST_WORD;
    /// The longest respelling in bytes.
    pub const LONGEST_RESPELLING: usize = entry::LONGEST_RESPELLING;
    /// The most words.
    pub const MOST_WORDS: usize = entry::MOST_WORDS;

    /// Reads the text of a TOML file, which has a table `words`:
    ///
    /// - `"Nginx" = "engine x"` replaces the whole word in any case, in all languages.
    /// - `"GIF" = { say = "jiff", case = true, whole-word = false, languages = ["english"] }` only if its letters are
    ///   upper case, inside other words too, and only in these languages, which are names or codes such as `pt-BR`.
    /// - A list of such tables in `[…]` is for a word that differs between languages.
    ///
    /// A word may be several words. An empty respelling leaves the word out.
    ///
    /// # Errors
    ///
    /// If the text is not TOML, has other keys or types, an empty or too long word, a word twice or an unknown
    /// language. The error has the line and the word.
    pub fn parse(text: &str) -> Result<Self, DictionaryError> {
        Ok(Self::new(file::read(text)?))
    }

    /// All words of several dictionaries. A word of several of them holds as in the last.
    pub fn merged<'a>(dictionaries: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut merged: Vec<Entry> = Vec::new();
        for dictionary in dictionaries {
            let first = merged.last().map_or(0, |entry| entry.layer + 1);
            let entries = dictionary.entries.iter();
            merged.extend(entries.map(|entry| Entry { layer: first + entry.layer, ..entry.clone() }));
        }
        Self::new(merged)
    }

    fn new(entries: Vec<Entry>) -> Self {
        Self { lookup: Arc::new(Lookup::new(&entries)), entries: entries.into() }
    }

    /// The number of words.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Replaces the words of a text in a language, which is a name, a code or the name of a model. Returns the new text
    /// and the ranges of it that stand for words, in order.
    ///
    /// From left to right, the longest word is replaced. Any white space in the text stands for a space in a word, but
    /// not the end of a paragraph.
    pub fn apply(&self, text: &MappedText, language: Option<&str>) -> (MappedText, Vec<Range<usize>>) {
        let (text, hints) = self.replace(text, &[], language);
        (text, hints.into_iter().map(|hint| hint.range).collect())
    }

    /// Replaces the words of a speech, except where it has hints. The new words become hints that they are
    /// [verbatim](HintKind::Verbatim). `language` is the one of speech that has none of its own.
    #[must_use]
    pub fn apply_to_speech(&self, speech: &Speech, language: Option<&str>) -> Speech {
        let language = speech.style.language.as_deref().or(language);
        let (text, hints) = self.replace(&speech.text, &speech.hints, language);
        Speech { text, style: speech.style.clone(), hints }
    }

    fn replace(&self, text: &MappedText, hints: &[Hint], language: Option<&str>) -> (MappedText, Vec<Hint>) {
        let language = language.and_then(Language::from_name);
        let found = self.lookup.find(text.text(), &self.entries, language.as_ref());
        let mut edits = Edits::new(text);
        let mut all = Vec::with_capacity(hints.len() + found.len());
        let mut hints = hints.iter().peekable();
        for (range, entry) in found {
            while let Some(hint) = hints.next_if(|hint| hint.range.end <= range.start) {
                all.push(moved(hint, &edits));
            }
            if hints.peek().is_some_and(|hint| hint.range.start < range.end) {
                continue;
            }
            let range = edits.replace(range, &self.entries[entry].say);
            if !range.is_empty() {
                all.push(Hint { range, kind: HintKind::Verbatim });
            }
        }
        all.extend(hints.map(|hint| moved(hint, &edits)));
        (edits.finish(), all)
    }
}

/// The hint in the new text.
fn moved(hint: &Hint, edits: &Edits<'_>) -> Hint {
    Hint { range: edits.len_at(hint.range.start)..edits.len_at(hint.range.end), kind: hint.kind }
}
