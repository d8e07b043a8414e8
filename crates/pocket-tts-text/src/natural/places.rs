//! The places at which a sentence that is too long may be cut. Must not know tokens.

use std::ops::Range;

use unicode_normalization_alignments::char::is_combining_mark;

use crate::boundaries::{belongs_to_next, may_end};
use crate::marks::{CLOSERS, SENTENCE_MARKS};

/// Spaces at which a line is not broken.
const NO_BREAK_SPACES: [char; 3] = ['\u{a0}', '\u{2007}', '\u{202f}'];

/// A kind of place, the best one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// After a mark that ends a sentence in doubt only.
    SentenceMark,
    Semicolon,
    Colon,
    /// After a comma or a dash.
    Comma,
    /// Before or after brackets.
    Bracket,
    /// Between words, except after articles, prepositions and the like, and after abbreviations.
    Phrase,
    Word,
    Character,
}

impl Place {
    /// All kinds, the best one first.
    pub(super) const ALL: [Self; 8] = [
        Self::SentenceMark,
        Self::Semicolon,
        Self::Colon,
        Self::Comma,
        Self::Bracket,
        Self::Phrase,
        Self::Word,
        Self::Character,
    ];

    /// Whether a sentence pauses here when it is read.
    pub(super) fn is_pause(self) -> bool {
        self <= Self::Comma
    }

    /// Whether a cut at `at` of `text` is of this kind. `at` is inside `text`, and any characters may be beside it.
    fn is_at(self, text: &str, at: usize) -> bool {
        let (before, after) = text.split_at(at);
        let Some(next) = after.chars().next() else { return false };
        if self == Self::Character {
            return !is_combining_mark(next) && next != '\u{200d}' && !before.ends_with('\u{200d}');
        }
        let Some(last) = before.chars().next_back() else { return false };
        // The first character of a word, or the one after a mark of a script without spaces.
        let is_wide = matches!(last, '；' | '：' | '，' | '、' | '—');
        if next.is_whitespace() || !(last.is_whitespace() || is_wide) {
            return false;
        }
        let spoken = before.trim_end();
        let marked = spoken.trim_end_matches(CLOSERS);
        match self {
            Self::SentenceMark => marked.ends_with(SENTENCE_MARKS) && may_end(marked, after),
            Self::Semicolon => marked.ends_with([';', '；']),
            Self::Colon => marked.ends_with([':', '：']),
            Self::Comma => marked.ends_with([',', '，', '、', '–', '—']) || marked.ends_with(" -"),
            Self::Bracket => matches!(next, '(' | '[' | '{') || spoken.ends_with([')', ']', '}']),
            Self::Phrase => !before.ends_with(NO_BREAK_SPACES) && !belongs_to_next(spoken),
            Self::Word => !before.ends_with(NO_BREAK_SPACES),
            Self::Character => true,
        }
    }

    /// The parts of `range` of `text` between the places of this kind, without white space at their ends. At least
    /// one, unless all is white space.
    pub(super) fn parts(self, text: &str, range: Range<usize>) -> Vec<Range<usize>> {
        let sentence = &text[range.clone()];
        let mut parts = Vec::new();
        let mut start = 0;
        for at in self.cuts(sentence).chain([sentence.len()]) {
            let part = trimmed(sentence, start..at);
            if !part.is_empty() {
                parts.push(range.start + part.start..range.start + part.end);
            }
            start = at;
        }
        parts
    }

    /// The places of this kind in `text`, in order.
    pub(super) fn cuts(self, text: &str) -> impl Iterator<Item = usize> {
        text.char_indices().map(|(at, _)| at).filter(move |at| *at > 0 && self.is_at(text, *at))
    }
}

/// `range` of `text` without white space at its ends.
pub(super) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_place_is_found_and_no_other() {
        for (place, text) in [
            (Place::SentenceMark, "He had 3. |Tom had 5 at Dr. Hill's, i.e. 2.5 more!\" |\"Why?\" he asked"),
            (Place::Semicolon, "one; |two;three;\" |four: five, six"),
            (Place::Colon, "he said: |at 12:30: |\"go\", so"),
            (Place::Comma, "one, |two – |three - |four—|five 1,5 a-b 3–4"),
            (Place::Bracket, "one |(two) |three |[four]. five"),
            (Place::Phrase, "One |saw |the man in Dr. Hill's |car, |No. 5"),
            (Place::Word, "one  |two\n|10\u{a0}000"),
            (Place::Character, "a|b|e\u{301}|c"),
        ] {
            let plain = text.replace('|', "");
            let mut marked = String::new();
            let mut start = 0;
            for cut in place.cuts(&plain) {
                marked.push_str(&plain[start..cut]);
                marked.push('|');
                start = cut;
            }
            marked.push_str(&plain[start..]);
            assert_eq!(marked, text);
        }
    }

    #[test]
    fn parts_have_no_white_space_at_their_ends() {
        let text = " a,  b , ";
        let parts: Vec<&str> =
            Place::Comma.parts(text, 0..text.len()).into_iter().map(|part| &text[part]).collect();
        assert_eq!(parts, ["a,", "b ,"]);
        assert!(Place::Word.parts("  ", 0..2).is_empty());
    }
}
