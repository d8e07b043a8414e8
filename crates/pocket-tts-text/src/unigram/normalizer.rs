//! Normalizes a text as SentencePiece does: replaces characters, and treats white space.
//!
//! Must not know scores or ids. Source: `normalizer.cc` of SentencePiece 0.2.1.

use super::trie::Trie;
use crate::charsmap::{HAS_VALUE_BIT, LABEL_BITS, VALUE_BITS, offset, parts};
use crate::model_file::NormalizerSpec;

/// Stands for a space inside pieces.
pub(super) const SPACE_MARK: char = '\u{2581}';

/// A normalizer, made from the settings of a model.
#[derive(Debug)]
pub(super) struct Normalizer {
    rules: Option<Rules>,
    /// User-defined symbols, which are not changed.
    symbols: Option<Trie>,
    add_dummy_prefix: bool,
    remove_extra_whitespaces: bool,
    whitespace_as_suffix: bool,
    /// What becomes of a space.
    space: char,
}

impl Normalizer {
    /// Builds the normalizer of a checked model. It keeps `symbols` as they are.
    ///
    /// # Errors
    /// If the normalization table has no valid layout.
    pub(super) fn new(spec: &NormalizerSpec<'_>, symbols: Option<Trie>) -> Result<Self, String> {
        Ok(Self {
            rules: if spec.table.is_empty() { None } else { Some(Rules::new(spec.table)?) },
            symbols,
            add_dummy_prefix: spec.add_dummy_prefix,
            remove_extra_whitespaces: spec.remove_extra_whitespaces,
            whitespace_as_suffix: spec.whitespace_as_suffix,
            space: if spec.escape_whitespaces { SPACE_MARK } else { ' ' },
        })
    }

    /// The normalized text; empty for a text of white space if extra white space is removed.
    pub(super) fn normalize(&self, text: &str) -> String {
        self.normalize_with_places(text, |_, _| {})
    }

    /// [`normalize`](Self::normalize), which calls `place` with offsets of the normalized text, in order, and for each
    /// with the offset of `text` that it comes from.
    pub(super) fn normalize_with_places(&self, text: &str, mut place: impl FnMut(usize, usize)) -> String {
        let mut rest = text;
        if self.remove_extra_whitespaces {
            while let (" ", length) = self.replacement(rest) {
                rest = &rest[length..];
            }
        }
        if rest.is_empty() {
            return String::new();
        }
        let mut normalized = String::with_capacity(rest.len() + rest.len() / 2 + SPACE_MARK.len_utf8());
        if self.add_dummy_prefix && !self.whitespace_as_suffix {
            place(0, text.len() - rest.len());
            normalized.push(self.space);
        }
        let mut follows_space = self.remove_extra_whitespaces;
        while !rest.is_empty() {
            let (mut replacement, length) = self.replacement(rest);
            place(normalized.len(), text.len() - rest.len());
            rest = &rest[length..];
            if follows_space {
                replacement = replacement.trim_start_matches(' ');
            }
            for character in replacement.chars() {
                normalized.push(if character == ' ' { self.space } else { character });
            }
            if !replacement.is_empty() {
                follows_space = self.remove_extra_whitespaces && replacement.ends_with(' ');
            }
        }
        if self.remove_extra_whitespaces {
            normalized.truncate(normalized.trim_end_matches(self.space).len());
        }
        if self.add_dummy_prefix && self.whitespace_as_suffix {
            normalized.push(self.space);
        }
        normalized
    }

    /// What replaces the beginning of `text`, and the length in bytes of what it replaces. Nothing replaces an empty
    /// text.
    fn replacement<'a>(&'a self, text: &'a str) -> (&'a str, usize) {
        if let Some(length) = self.symbols.as_ref().and_then(|symbols| symbols.longest_prefix(text)) {
            return (&text[..length], length);
        }
        if let Some(replaced) = self.rules.as_ref().and_then(|rules| rules.longest_match(text)) {
            return replaced;
        }
        let length = text.chars().next().map_or(0, char::len_utf8);
        (&text[..length], length)
    }
}

/// The rules of a normalization table.
#[derive(Debug)]
struct Rules {
    units: Vec<u32>,
    /// Each ends with a NUL character.
    replacements: String,
}

impl Rules {
    fn new(table: &[u8]) -> Result<Self, String> {
        let (units, replacements) = parts(table)?;
        Ok(Self { units, replacements: replacements.to_owned() })
    }

    /// The replacement of the longest rule that matches the beginning of `text`, and how many bytes the rule matches.
    ///
    /// The check of the model made sure that no path leaves the units, and that rules end between characters.
    fn longest_match(&self, text: &str) -> Option<(&str, usize)> {
        let mut base = offset(*self.units.first()?);
        let mut longest = None;
        for (index, byte) in text.bytes().enumerate() {
            let position = base ^ usize::from(byte);
            let unit = *self.units.get(position)?;
            if unit & LABEL_BITS != u32::from(byte) {
                break;
            }
            base = position ^ offset(unit);
            if unit & HAS_VALUE_BIT != 0 {
                longest = Some((self.units.get(base)? & VALUE_BITS, index + 1));
            }
        }
        let (start, length) = longest?;
        let replacement = self.replacements.get(start as usize..)?.split('\0').next()?;
        Some((replacement, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_file::ModelFile;
    use crate::test_support::golden_bytes;

    /// The normalizer of `nmt_nfkc` with other settings.
    fn nfkc(change: impl FnOnce(&mut NormalizerSpec<'_>)) -> Normalizer {
        let bytes = golden_bytes("tokenizer_b.model");
        let mut spec = ModelFile::parse(&bytes).unwrap().normalizer;
        change(&mut spec);
        Normalizer::new(&spec, None).unwrap()
    }

    #[test]
    fn characters_are_replaced_and_spaces_are_joined() {
        let normalizer = nfkc(|_| {});
        for (text, normalized) in [
            ("", ""),
            (" \u{3000}\n ", ""),
            ("  ﬁne\t½ ", "▁fine▁1⁄2"),
            ("ｶﾞ e\u{301}", "▁ガ▁é"),
            ("a\u{200b}b\0c", "▁a▁b\0c"),
            ("▁a▁▁", "▁a"),
        ] {
            assert_eq!(normalizer.normalize(text), normalized, "{text:?}");
        }
    }

    #[test]
    fn each_setting_changes_its_part() {
        let text = " a  b ";
        for (normalizer, normalized) in [
            (nfkc(|spec| spec.add_dummy_prefix = false), "a▁b"),
            (nfkc(|spec| spec.remove_extra_whitespaces = false), "▁▁a▁▁b▁"),
            (nfkc(|spec| spec.escape_whitespaces = false), " a b"),
            (nfkc(|spec| spec.whitespace_as_suffix = true), "a▁b▁"),
            (nfkc(|spec| spec.table = &[]), "▁a▁b"),
        ] {
            assert_eq!(normalizer.normalize(text), normalized, "{normalizer:?}");
        }
    }

    #[test]
    fn user_defined_symbols_are_not_changed() {
        let bytes = golden_bytes("tokenizer_b.model");
        let spec = ModelFile::parse(&bytes).unwrap().normalizer;
        let normalizer = Normalizer::new(&spec, Some(Trie::new([("½", 0), ("  ", 1)]))).unwrap();
        assert_eq!(normalizer.normalize("½ ¼  a"), "▁½▁1⁄4▁▁a");
    }

    #[test]
    fn a_value_is_not_taken_for_the_next_character() {
        // The rule's value is where a NUL after the `a` would lead.
        let mut units = vec![LABEL_BITS; 256];
        units[0] = 1 << 10;
        units[1 ^ 0x61] = HAS_VALUE_BIT | (2 << 10) | 0x61;
        units[0x60 ^ 2] = !VALUE_BITS | 256;
        let rules = Rules { units, replacements: format!("{}b\0", "\0".repeat(256)) };
        assert_eq!(rules.longest_match("a\0"), Some(("b", 1)));
    }
}
