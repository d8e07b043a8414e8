//! Finds where the sentences of a text end, while the text arrives.
//!
//! The finder looks at one character at a time and decides about an end once the next word tells, so that the ends don't
//! depend on how the text is cut. In doubt a sentence goes on: two sentences together are spoken well, and a sentence
//! torn apart is not. Must not know tokens or a model.

mod characters;
mod judgement;
mod languages;
mod word;

use characters::{
    CLOSING_BRACKETS, OPENING_BRACKETS, goes_on, is_bullet, is_closer, is_mark, is_quote, is_wide_mark,
};
pub(crate) use judgement::may_end;
use judgement::{Candidate, Mark, ends_sentence};
pub(crate) use word::belongs_to_next;

/// The most characters after a possible end that are waited for.
const MOST_AHEAD: usize = 48;
/// How much of a sentence is remembered, in bytes; twice as much at times.
const REMEMBERED_BYTES: usize = 256;
/// Brackets that are open for longer than this many characters are not waited for.
const LONGEST_BRACKETS: usize = 200;
/// The characters of a sentence's start that are remembered.
const HEAD_CHARACTERS: usize = 4;

/// The end of a sentence that has a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Boundary {
    /// Where the next sentence begins, in bytes from the start of the text. White space before it belongs to the
    /// sentence that ends.
    pub(crate) offset: usize,
    /// Whether a blank line follows the sentence.
    pub(crate) ends_paragraph: bool,
}

/// Finds the ends of sentences in a text that arrives in pieces.
#[derive(Clone, Debug, Default)]
pub(crate) struct BoundaryFinder {
    /// The bytes that are read, without `ahead`.
    offset: usize,
    /// The end of the sentence so far.
    recent: String,
    /// Whether `recent` is not all of the sentence.
    is_cut: bool,
    /// The first characters of the sentence.
    head: String,
    /// The number of characters of the sentence.
    characters: usize,
    has_words: bool,
    position: Position,
    marks: Marks,
    line_ends: LineEnds,
    brackets: Brackets,
    /// The angle quotation mark that is open.
    quote: Option<char>,
    /// Whether a capital has been seen in the text.
    has_capitals: bool,
    /// The characters after a possible end that is not decided; else empty.
    ahead: String,
}

/// The position of the next character in its sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Position {
    #[default]
    Inside,
    /// After sentence marks and what belongs to them.
    AfterMark,
    /// In a note such as `[1]` after a mark.
    InNote,
    /// After the white space that follows a mark.
    AfterSpace,
}

/// A run of sentence marks and the closing quotation marks and brackets after it.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one run of marks")]
struct Marks {
    periods: usize,
    is_strong: bool,
    is_wide: bool,
    is_apart: bool,
    has_quote: bool,
    /// Whether a bracket closed after the marks that opened inside the sentence.
    has_bracket: bool,
}

impl Marks {
    fn add(&mut self, mark: char) {
        match mark {
            '.' => self.periods += 1,
            '…' => self.periods += 3,
            _ if is_wide_mark(mark) => self.is_wide = true,
            _ => self.is_strong = true,
        }
    }

    fn kind(&self) -> Mark {
        match self.periods {
            _ if self.is_wide => Mark::Wide,
            _ if self.is_strong => Mark::Strong,
            0 => Mark::Line,
            1 => Mark::Period,
            _ => Mark::Ellipsis { is_apart: self.is_apart },
        }
    }
}

/// The line ends in the white space that was read last.
#[derive(Clone, Copy, Debug, Default)]
struct LineEnds {
    count: usize,
    after_return: bool,
}

impl LineEnds {
    fn add(&mut self, space: char) {
        let is_second_half = self.after_return && space == '\n';
        self.after_return = space == '\r';
        match space {
            '\n' | '\r' | '\u{85}' | '\u{2028}' if !is_second_half => self.count += 1,
            '\u{2029}' => self.count += 2,
            _ => {}
        }
    }
}

/// The brackets of a sentence that are open.
#[derive(Clone, Copy, Debug, Default)]
struct Brackets {
    depth: usize,
    /// Whether the outermost opened after the first word.
    is_inside: bool,
    /// Where the outermost opened, in characters of the sentence.
    start: usize,
}

/// Whether `text` has a blank line.
pub(crate) fn has_blank_line(text: &str) -> bool {
    let mut line_ends = LineEnds::default();
    text.chars().any(|character| {
        if character.is_whitespace() {
            line_ends.add(character);
        } else {
            line_ends = LineEnds::default();
        }
        line_ends.count > 1
    })
}

impl BoundaryFinder {
    /// Reads `text`, which continues the text so far, and returns the ends that are decided.
    pub(crate) fn push(&mut self, text: &str) -> Vec<Boundary> {
        let mut found = Vec::new();
        for character in text.chars() {
            self.take(character, &mut found);
        }
        found
    }

    /// Whether a possible end waits for more text.
    pub(crate) fn is_undecided(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// Ends the text and returns the ends that were not decided. The finder then starts again.
    pub(crate) fn finish(&mut self) -> Vec<Boundary> {
        let mut found = Vec::new();
        while !self.ahead.is_empty() {
            self.decide(true, &mut found);
        }
        *self = Self::default();
        found
    }

    fn take(&mut self, character: char, found: &mut Vec<Boundary>) {
        if self.ahead.is_empty() {
            if !character.is_whitespace() && self.line_ends.count > 1 && self.has_words {
                self.end_sentence(true, found);
            }
            if !self.may_end_before(character) {
                self.advance(character);
                return;
            }
        }
        self.ahead.push(character);
        // A word is looked at when it begins and when it ends.
        let count = self.ahead.chars().count();
        if count <= 2 || !character.is_alphanumeric() || count >= MOST_AHEAD {
            self.decide(count >= MOST_AHEAD, found);
        }
    }

    /// Whether the sentence may end if `next` follows.
    fn may_end_before(&self, next: char) -> bool {
        if next.is_whitespace() || !self.has_words {
            return false;
        }
        match self.position {
            Position::Inside => {
                let may_be_item = is_bullet(next) || next.is_ascii_alphanumeric();
                self.line_ends.count == 1 && may_be_item
            }
            Position::InNote => false,
            Position::AfterMark => !(is_mark(next) || is_closer(next) || goes_on(next) || next == '['),
            Position::AfterSpace => !(is_mark(next) || goes_on(next) || self.closes_quote(next)),
        }
    }

    fn decide(&mut self, is_final: bool, found: &mut Vec<Boundary>) {
        let recent = self.recent.trim_end();
        let candidate = Candidate {
            mark: self.marks.kind(),
            sentence: recent,
            is_all: !self.is_cut,
            is_spaced: recent.len() < self.recent.len(),
            is_line_end: self.line_ends.count > 0,
            has_quote: self.marks.has_quote,
            is_in_brackets: self.marks.has_bracket || self.has_open_brackets(),
            is_small_text: !self.has_capitals,
            item: self.item(),
        };
        let Some(is_end) = ends_sentence(&candidate, &self.ahead, is_final) else { return };
        if is_end {
            self.end_sentence(false, found);
        }
        let ahead = std::mem::take(&mut self.ahead);
        let mut characters = ahead.chars();
        if let Some(first) = characters.next() {
            self.advance(first);
        }
        for character in characters {
            self.take(character, found);
        }
    }

    /// The number of the list item that the sentence is.
    fn item(&self) -> Option<u32> {
        let digits = &self.head[..self.head.find(|c: char| !c.is_ascii_digit())?];
        self.head[digits.len()..].starts_with(['.', ')']).then(|| digits.parse().ok())?
    }

    fn has_open_brackets(&self) -> bool {
        let Brackets { depth, is_inside, start } = self.brackets;
        depth > 0 && is_inside && self.characters - start <= LONGEST_BRACKETS
    }

    /// Whether `next` closes the angle quotation mark that is open, as after a French space.
    fn closes_quote(&self, next: char) -> bool {
        matches!((self.quote, next), (Some('«'), '»') | (Some('»'), '«'))
    }

    fn end_sentence(&mut self, ends_paragraph: bool, found: &mut Vec<Boundary>) {
        found.push(Boundary { offset: self.offset, ends_paragraph });
        let quote = self.quote.filter(|_| !ends_paragraph);
        let (offset, has_capitals) = (self.offset, self.has_capitals);
        let ahead = std::mem::take(&mut self.ahead);
        *self = Self { offset, quote, has_capitals, ahead, ..Self::default() };
    }

    /// Reads a character that begins no sentence, or is the first of one.
    fn advance(&mut self, character: char) {
        if character.is_whitespace() {
            self.line_ends.add(character);
            if self.position == Position::AfterMark {
                self.position = Position::AfterSpace;
            }
        } else {
            self.line_ends = LineEnds::default();
            if self.head.chars().count() < HEAD_CHARACTERS {
                self.head.push(character);
            }
            self.read_mark(character);
            self.has_capitals |= character.is_uppercase();
            self.has_words |= character.is_alphanumeric();
        }
        self.characters += 1;
        self.offset += character.len_utf8();
        self.recent.push(character);
        if self.recent.len() > 2 * REMEMBERED_BYTES {
            let start = self.recent.floor_char_boundary(self.recent.len() - REMEMBERED_BYTES);
            self.recent.drain(..start);
            self.is_cut = true;
        }
    }

    fn read_mark(&mut self, character: char) {
        let closes_bracket = self.read_bracket(character);
        let closes_quote = self.read_quote(character);
        self.position = match self.position {
            _ if is_mark(character) => {
                if self.position == Position::Inside || self.marks.has_bracket {
                    let is_apart = self.recent.ends_with(char::is_whitespace);
                    self.marks = Marks { is_apart, ..Marks::default() };
                }
                self.marks.add(character);
                Position::AfterMark
            }
            Position::AfterMark if character == '[' => Position::InNote,
            Position::InNote if character == ']' => Position::AfterMark,
            Position::InNote if character.is_ascii_alphanumeric() || character == ',' => Position::InNote,
            Position::AfterMark if is_closer(character) => {
                self.marks.has_quote |= is_quote(character);
                self.marks.has_bracket |= closes_bracket;
                Position::AfterMark
            }
            Position::AfterSpace if closes_quote => {
                self.marks.has_quote = true;
                Position::AfterMark
            }
            _ => {
                self.marks = Marks::default();
                Position::Inside
            }
        };
    }

    /// Follows the brackets. Returns whether `character` closes a bracket that opened inside the sentence.
    fn read_bracket(&mut self, character: char) -> bool {
        let is_note = self.position == Position::AfterMark || self.position == Position::InNote;
        if OPENING_BRACKETS.contains(&character) && !is_note {
            // `:(` is a face.
            if !self.recent.ends_with([':', ';', '-']) {
                if self.brackets.depth == 0 {
                    self.brackets = Brackets { depth: 0, is_inside: self.has_words, start: self.characters };
                }
                self.brackets.depth += 1;
            }
        } else if CLOSING_BRACKETS.contains(&character) && self.brackets.depth > 0 {
            self.brackets.depth -= 1;
            return self.brackets.depth == 0 && self.brackets.is_inside;
        }
        false
    }

    /// Follows the angle quotation marks. Returns whether `character` closes the open one.
    fn read_quote(&mut self, character: char) -> bool {
        let closes = self.closes_quote(character);
        if closes {
            self.quote = None;
        } else if matches!(character, '«' | '»') {
            self.quote = Some(character);
        }
        closes
    }
}

#[cfg(test)]
mod tests;
