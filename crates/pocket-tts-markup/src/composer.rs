//! Puts a text together from pieces: white space becomes single spaces, sentences get an end, emoji are left out.

use std::ops::Range;

use pocket_tts_spans::{Edits, MappedText};

use crate::punctuation::{ends_with_mark, is_closing_punctuation};
use crate::{emoji, marks};

/// What is between two words, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

impl Gap {
    fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Space => " ",
            Self::Line => "\n",
            Self::Paragraph => "\n\n",
        }
    }
}

/// A text that is being put together from pieces of one original, in order.
#[derive(Debug, Default)]
pub(crate) struct Composer {
    text: MappedText,
    /// What comes before the next word.
    next: Next,
    /// Whether the sentence has ended.
    has_ended: bool,
    /// Where the text so far ends in the original.
    source_end: usize,
    keeps_emoji: bool,
}

/// What comes before the next word.
#[derive(Clone, Copy, Debug, Default)]
struct Next {
    gap: Gap,
    /// Whether the gap is where an emoji was, so that "Great 🎉!" becomes "Great!".
    is_emoji: bool,
    /// Whether a comma comes first.
    comma: bool,
}

/// What a piece is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A character of a word.
    Word,
    /// One space, which stays inside a piece, be it one that breaks or one that doesn't.
    SingleSpace,
    /// Other white space.
    Space,
    /// An emoji that is left out.
    Emoji,
    /// A character that only changes how others look, such as a soft hyphen.
    Invisible,
}

impl Composer {
    pub(crate) fn new(keeps_emoji: bool) -> Self {
        Self { keeps_emoji, ..Self::default() }
    }

    /// The text so far, without the gap after it.
    pub(crate) fn text(&self) -> &MappedText {
        &self.text
    }

    /// Takes the text.
    pub(crate) fn take(&mut self) -> MappedText {
        let next = Self { source_end: self.source_end, ..Self::new(self.keeps_emoji) };
        std::mem::replace(self, next).text
    }

    /// Appends a piece as it is.
    pub(crate) fn push_unchanged(&mut self, piece: &MappedText) {
        self.text.push(piece);
        self.source_end = self.source_end.max(piece.source_of(0..piece.len()).end);
    }

    /// Appends words that stand for `source` of the original.
    pub(crate) fn push_words(&mut self, words: &str, source: Range<usize>) {
        let start = source.start.max(self.source_end);
        let mut piece = MappedText::default();
        piece.push_replacement(words, start..source.end.max(start));
        self.push(&piece);
    }

    /// Appends a piece. Its white space becomes single spaces.
    pub(crate) fn push(&mut self, piece: &MappedText) {
        let text = piece.text();
        let (mut start, mut at) = (0, 0);
        while at < text.len() {
            let (kind, length) = self.kind_at_start(&text[at..]);
            let end = at + length;
            let is_inside = at > start && self.kind_at_start(&text[end..]).0 == Kind::Word;
            if kind == Kind::Word || (kind == Kind::SingleSpace && is_inside) {
                at = end;
                continue;
            }
            self.push_stretch(piece, start..at);
            match kind {
                Kind::Word | Kind::Invisible => {}
                Kind::SingleSpace | Kind::Space => self.gap(Gap::Space),
                Kind::Emoji => {
                    self.next.is_emoji |= self.next.gap <= Gap::Space;
                    self.gap(Gap::Space);
                }
            }
            (start, at) = (end, end);
        }
        self.push_stretch(piece, start..at);
    }

    /// What a text begins with, and its length in bytes.
    fn kind_at_start(&self, text: &str) -> (Kind, usize) {
        let Some(first) = text.chars().next() else { return (Kind::Space, 0) };
        let length = first.len_utf8();
        if first.is_whitespace() {
            let run = text.len() - text.trim_start().len();
            let is_single = run == length && matches!(first, ' ' | '\u{A0}' | '\u{2009}' | '\u{202F}');
            return (if is_single { Kind::SingleSpace } else { Kind::Space }, run);
        }
        if matches!(first, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}') {
            return (Kind::Invisible, length);
        }
        match if self.keeps_emoji { 0 } else { emoji::len_at_start(text) } {
            0 => (Kind::Word, length),
            length if emoji::is_selector(first) => (Kind::Invisible, length),
            length => (Kind::Emoji, length),
        }
    }

    /// Appends a piece of code, in which a backslash makes marks text if `has_marks`.
    pub(crate) fn push_code(&mut self, piece: &MappedText, has_marks: bool) {
        let mut edits = Edits::new(piece);
        for (at, _) in piece.text().match_indices('[') {
            if has_marks && marks::begins_with_mark(&piece.text()[at..]) {
                edits.replace(at..at + 1, "\\[");
            }
        }
        self.push(&edits.finish());
    }

    /// Appends text that begins and ends with a character of a word.
    fn push_stretch(&mut self, piece: &MappedText, range: Range<usize>) {
        let Some(first) = piece.text()[range.clone()].chars().next() else { return };
        let stretch = piece.slice(range);
        let source = stretch.source_of(0..stretch.len());
        self.push_gap(source.start, first);
        self.text.push(&stretch);
        self.source_end = self.source_end.max(source.end);
        self.has_ended = false;
    }

    /// Writes the gap before a word that begins at `source_start` of the original.
    fn push_gap(&mut self, source_start: usize, first: char) {
        let Next { gap, is_emoji, comma } = std::mem::take(&mut self.next);
        if self.text.is_empty() {
            return;
        }
        if comma && !ends_with_mark(self.text.text()) {
            self.text.push_replacement(",", self.source_end..self.source_end);
        }
        let is_left_out = is_emoji && gap == Gap::Space && is_closing_punctuation(first);
        if !is_left_out {
            // The next word begins earlier if it and the last one stand for the same piece of the original.
            let source = self.source_end.min(source_start)..self.source_end.max(source_start);
            self.text.push_replacement(gap.text(), source);
        }
    }

    /// Makes the gap before the next word at least `gap`.
    pub(crate) fn gap(&mut self, gap: Gap) {
        self.next.gap = self.next.gap.max(gap);
    }

    /// Puts a comma before the next word of the sentence, if there is one.
    pub(crate) fn comma(&mut self) {
        self.next.comma = true;
        self.gap(Gap::Space);
    }

    /// Ends the sentence with a period, if it has no mark.
    pub(crate) fn end_sentence(&mut self) {
        self.next.comma = false;
        if self.has_ended || self.text.is_empty() {
            return;
        }
        self.has_ended = true;
        if !ends_with_mark(self.text.text()) {
            self.text.push_replacement(".", self.source_end..self.source_end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(text: &str) -> String {
        let mut composer = Composer::default();
        composer.push(&MappedText::new(text));
        composer.take().text().to_owned()
    }

    #[test]
    fn white_space_becomes_single_spaces() {
        assert_eq!(composed("  a b \n c\u{a0}\u{a0}d  e \t"), "a b c d e");
        assert_eq!(composed("10\u{202f}000\u{a0}€ hy\u{ad}phen"), "10\u{202f}000\u{a0}€ hyphen");
    }

    #[test]
    fn emoji_are_left_out_with_their_space() {
        assert_eq!(composed("🎉 Great 🎉! wow🎉great 🎉 (yes 👍🏽) ©️ 1️⃣ go🎉"), "Great! wow great (yes) © go");
    }

    #[test]
    fn sentences_end_once() {
        for (text, ended) in
            [("a", "a."), ("a!", "a!"), ("(a?)", "(a?)"), ("“a”", "“a”."), ("a:", "a:"), ("", "")]
        {
            let mut composer = Composer::default();
            composer.push(&MappedText::new(text));
            composer.end_sentence();
            composer.end_sentence();
            assert_eq!(composer.take().text(), ended);
        }
    }

    #[test]
    fn pieces_know_where_they_come_from() {
        let original = MappedText::new("ab   c 🎉 d");
        let mut composer = Composer::default();
        composer.push(&original);
        composer.end_sentence();
        let text = composer.take();
        let pieces: Vec<_> = text.pieces().map(|(range, source)| (&text.text()[range], source)).collect();
        assert_eq!(
            pieces,
            [("ab", 0..2), (" ", 2..5), ("c", 5..6), (" ", 6..12), ("d", 12..13), (".", 13..13)]
        );
    }
}
