//! Cuts a text into words, digits, white space and marks.

use std::ops::Range;

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters with their accents.
    Word,
    /// Digits `0` to `9`.
    Digits,
    /// White space.
    Space,
    /// One other character.
    Mark(char),
}

#[derive(Clone, Copy, Debug)]
struct Token {
    kind: Kind,
    /// Where it begins. It ends where the next one begins.
    start: usize,
    /// Whether it is white space with a paragraph end.
    ends_paragraph: bool,
}

/// A text and its tokens. Indices count tokens; beyond the end there is nothing.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 3);
        let mut line_ends = 0;
        for (start, character) in text.char_indices() {
            let before = tokens.last_mut();
            let kind = kind(character, before.as_ref().map(|token| token.kind));
            line_ends = if kind == Kind::Space { line_ends + usize::from(character == '\n') } else { 0 };
            let ends_paragraph = line_ends >= 2;
            match before {
                Some(last) if last.kind == kind && !matches!(kind, Kind::Mark(_)) => {
                    last.ends_paragraph = ends_paragraph;
                }
                _ => tokens.push(Token { kind, start, ends_paragraph }),
            }
        }
        Self { text, tokens }
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// The text of a token; empty beyond the end.
    pub(crate) fn text(&self, at: usize) -> &'a str {
        let Some(token) = self.tokens.get(at) else { return "" };
        let end = self.tokens.get(at + 1).map_or(self.text.len(), |next| next.start);
        &self.text[token.start..end]
    }

    /// The text of several tokens.
    pub(crate) fn text_of(&self, tokens: Range<usize>) -> &'a str {
        &self.text[self.bytes(tokens)]
    }

    /// The bytes of several tokens.
    pub(crate) fn bytes(&self, tokens: Range<usize>) -> Range<usize> {
        let offset = |at: usize| self.tokens.get(at).map_or(self.text.len(), |token| token.start);
        offset(tokens.start)..offset(tokens.end)
    }

    pub(crate) fn word(&self, at: usize) -> Option<&'a str> {
        (self.kind(at) == Some(Kind::Word)).then(|| self.text(at))
    }

    pub(crate) fn digits(&self, at: usize) -> Option<&'a str> {
        (self.kind(at) == Some(Kind::Digits)).then(|| self.text(at))
    }

    pub(crate) fn is_mark(&self, at: usize, mark: char) -> bool {
        self.kind(at) == Some(Kind::Mark(mark))
    }

    pub(crate) fn is_space(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::Space)
    }

    /// The index after white space at `at` without a paragraph end, or `at` itself.
    pub(crate) fn after_space(&self, at: usize) -> usize {
        if self.is_space_in_paragraph(at) { at + 1 } else { at }
    }

    /// The index of the token before `at` and before white space without a paragraph end.
    pub(crate) fn before_space(&self, at: usize) -> Option<usize> {
        let before = at.checked_sub(1)?;
        if self.is_space_in_paragraph(before) { before.checked_sub(1) } else { Some(before) }
    }

    fn is_space_in_paragraph(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == Kind::Space && !token.ends_paragraph)
    }

    /// The word after `at` and white space.
    pub(crate) fn next_word(&self, at: usize) -> Option<&'a str> {
        self.word(self.after_space(at))
    }

    /// The word before `at` and white space. A period between the two is skipped, as in `St. Paul`, and so is an
    /// apostrophe without a space, as in `l'11`.
    pub(crate) fn previous_word(&self, at: usize) -> Option<&'a str> {
        let mut before = self.before_space(at)?;
        let is_glued = before + 1 == at;
        if self.is_mark(before, '.') || is_glued && (self.is_mark(before, '\'') || self.is_mark(before, '’'))
        {
            before = before.checked_sub(1)?;
        }
        self.word(before)
    }

    /// Whether a word, number or unit that begins at `at` is not glued to a word or number before it.
    pub(crate) fn starts_word(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.kind(before));
        !matches!(before, Some(Kind::Word | Kind::Digits))
    }

    /// Whether a word, number or unit that ends before `at` is not glued to a word or number after it.
    pub(crate) fn ends_word(&self, at: usize) -> bool {
        !matches!(self.kind(at), Some(Kind::Word | Kind::Digits))
    }
}

/// Whether a word begins with a capital letter.
pub(crate) fn is_capitalized(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

/// Whether a word consists of capital letters.
pub(crate) fn is_all_capitals(word: &str) -> bool {
    !word.is_empty() && word.chars().all(char::is_uppercase)
}

/// The value of a subscript digit: `H₂O`.
pub(crate) fn subscript(mark: char) -> Option<u32> {
    ('₀'..='₉').contains(&mark).then(|| u32::from(mark) - u32::from('₀'))
}

/// The kind of a character after a token of kind `before`.
fn kind(character: char, before: Option<Kind>) -> Kind {
    if character.is_ascii_digit() {
        Kind::Digits
    } else if character.is_whitespace() {
        Kind::Space
    } else if character.is_alphabetic() || (is_accent(character) && before == Some(Kind::Word)) {
        Kind::Word
    } else {
        Kind::Mark(character)
    }
}

/// Whether a character is a combining accent or a soft hyphen, which belong to the word before.
fn is_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_cover_the_text() {
        let text = "At 12h30, I paid $3.50 for 2 e\u{301}clairs.";
        let tokens = Tokens::new(text);
        let cut: Vec<&str> = (0..tokens.len()).map(|at| tokens.text(at)).collect();
        assert_eq!(cut.concat(), text);
        assert_eq!(cut[..6], ["At", " ", "12", "h", "30", ","]);
        assert!(cut.contains(&"e\u{301}clairs"));
        assert_eq!((tokens.text(99), tokens.kind(99)), ("", None));
    }

    #[test]
    fn neighbours_are_found_over_spaces_but_not_over_paragraphs() {
        let tokens = Tokens::new("St. Paul\n\n12 eggs");
        assert_eq!(tokens.previous_word(3), Some("St"));
        assert_eq!(tokens.next_word(6), Some("eggs"));
        assert_eq!((tokens.next_word(4), tokens.previous_word(5)), (None, None));
    }
}
