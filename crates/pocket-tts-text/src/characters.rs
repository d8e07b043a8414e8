//! The replacements of single characters that a configuration names.
//!
//! Must not know when they are applied; [`crate::prepare`] decides that.

use std::collections::BTreeMap;

use thiserror::Error;

/// A map from single characters to their replacements. An empty replacement deletes the character.
///
/// Source: `pocket_tts/utils/config.py`, `Config.replace_characters`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CharacterMap {
    replacements: BTreeMap<char, String>,
}

/// A key of a character map that is not one character.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "replace_characters: the key {key:?} has {character_count} characters, but each key must be exactly \
     one; give each character a line of its own"
)]
pub struct CharacterMapError {
    /// The offending key.
    pub key: String,
    /// The number of Unicode characters in the key.
    pub character_count: usize,
}

impl CharacterMap {
    /// Builds the map from pairs of a key and its replacement. Of several equal keys the last one counts.
    ///
    /// # Errors
    /// [`CharacterMapError`] names the first key that is not exactly one character.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, CharacterMapError> {
        let mut replacements = BTreeMap::new();
        for (key, replacement) in pairs {
            let mut characters = key.chars();
            match (characters.next(), characters.next()) {
                (Some(character), None) => replacements.insert(character, replacement),
                _ => return Err(CharacterMapError { character_count: key.chars().count(), key }),
            };
        }
        Ok(Self { replacements })
    }

    /// Whether nothing is replaced.
    pub fn is_empty(&self) -> bool {
        self.replacements.is_empty()
    }

    /// The pairs in the order of their characters.
    pub fn iter(&self) -> impl Iterator<Item = (char, &str)> {
        self.replacements.iter().map(|(character, replacement)| (*character, replacement.as_str()))
    }

    /// The replacement of a character, if it has one.
    pub(crate) fn get(&self, character: char) -> Option<&str> {
        self.replacements.get(&character).map(String::as_str)
    }

    /// Replaces every mapped character of `text` once: replacements are not replaced again.
    pub fn apply(&self, text: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        for character in text.chars() {
            match self.replacements.get(&character) {
                Some(replacement) => replaced.push_str(replacement),
                None => replaced.push(character),
            }
        }
        replaced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn characters_are_replaced_once_and_deleted_by_an_empty_text() {
        let map = CharacterMap::new(pairs(&[("a", "bb"), ("b", "a"), ("«", "")])).unwrap();
        assert_eq!(map.apply("ab«c"), "bbac");
    }

    #[test]
    fn keys_of_no_or_several_characters_are_named_in_the_error() {
        for (key, character_count) in [("", 0), ("--", 2), ("e\u{301}", 2)] {
            let error = CharacterMap::new(pairs(&[("x", "y"), (key, "")])).unwrap_err();
            assert_eq!(error, CharacterMapError { key: key.to_owned(), character_count });
            assert!(error.to_string().contains(&format!("{key:?}")));
        }
    }

    #[test]
    fn all_replacements_are_listed() {
        let map = CharacterMap::new(pairs(&[("b", "a"), ("a", "bb"), ("«", "")])).unwrap();
        assert_eq!(map.iter().collect::<Vec<_>>(), [('a', "bb"), ('b', "a"), ('«', "")]);
    }
}
