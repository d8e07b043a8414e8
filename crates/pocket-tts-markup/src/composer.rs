//! Puts a text together from pieces: white space becomes single spaces, sentences get an end, emoji are left out.

use std::ops::Range;

use pocket_tts_spans::MappedText;

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
        let mut start = 0;
        let mut at = 0;
        while let Some(character) = text[at..].chars().next() {
            let next = at + character.len_utf8();
            if character.is_whitespace() {
                let end = next + text[next..].len() - text[next..].trim_start().len();
                let is_single_space = character == ' ' && end == next;
                // A single space in the midst is part of the stretch.
                let goes_on = at > start && end < text.len() && self.emoji_len(&text[end..]) == 0;
                if !(is_single_space && goes_on) {
                    self.push_stretch(piece, start..at);
                    self.next.gap = self.next.gap.max(Gap::Space);
                    start = end;
                }
                at = end;
                continue;
            }
            let emoji = self.emoji_len(&text[at..]);
            if emoji > 0 {
                self.push_stretch(piece, start..at);
                if !emoji::is_selector(character) {
                    self.next.is_emoji |= self.next.gap <= Gap::Space;
                    self.next.gap = self.next.gap.max(Gap::Space);
                }
                at += emoji;
                start = at;
                continue;
            }
            at = next;
        }
        self.push_stretch(piece, start..at);
    }

    /// Appends a piece of code, in which a backslash makes marks text if `has_marks`.
    pub(crate) fn push_code(&mut self, piece: &MappedText, has_marks: bool) {
        let mut done = 0;
        for (at, _) in piece.text().match_indices('[') {
            if has_marks && marks::begins_with_mark(&piece.text()[at..]) {
                self.push(&piece.slice(done..at));
                let source = piece.source_of(at..at + 1).start;
                self.push_words("\\", source..source);
                done = at;
            }
        }
        self.push(&piece.slice(done..piece.len()));
    }

    /// The length of the emoji with which the text begins, if it is to be left out.
    fn emoji_len(&self, text: &str) -> usize {
        if self.keeps_emoji { 0 } else { emoji::len_at_start(text) }
    }

    /// Appends text that begins and ends with a character of a word.
    fn push_stretch(&mut self, piece: &MappedText, range: Range<usize>) {
        let Some(first) = piece.text()[range.clone()].chars().next() else { return };
        let stretch = piece.slice(range);
        let source = stretch.source_of(0..stretch.len());
        self.push_gap(source.start, Some(first));
        self.text.push(&stretch);
        self.source_end = self.source_end.max(source.end);
        self.has_ended = false;
    }

    /// Writes the gap before a word that begins at `source_start` of the original.
    fn push_gap(&mut self, source_start: usize, first: Option<char>) {
        let Next { gap, is_emoji, comma } = std::mem::take(&mut self.next);
        if self.text.is_empty() {
            return;
        }
        if comma && !ends_with_mark(self.text.text()) {
            self.text.push_replacement(",", self.source_end..self.source_end);
        }
        let is_left_out = is_emoji && gap == Gap::Space && first.is_some_and(is_closing_punctuation);
        if !is_left_out && !self.text.text().ends_with(char::is_whitespace) {
            self.text.push_replacement(gap.text(), self.source_end..source_start.max(self.source_end));
        }
    }

    /// Makes the gap before the next word at least `gap`.
    pub(crate) fn gap(&mut self, gap: Gap) {
        self.next.gap = self.next.gap.max(gap);
    }

    /// Writes the gap, and returns where the next word will begin. `source` is where in the original it begins.
    pub(crate) fn settle(&mut self, source: usize) -> usize {
        self.push_gap(source, None);
        self.text.len()
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
