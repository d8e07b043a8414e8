//! Marks of sentences.

/// Whether a text ends with a mark that makes a reader stop, perhaps inside brackets or quotation marks.
pub(crate) fn ends_with_mark(text: &str) -> bool {
    let is_closing =
        |character: &char| matches!(character, ')' | ']' | '}' | '"' | '\'' | '”' | '’' | '»' | '›');
    let last = text.chars().rev().take(8).find(|character| !is_closing(character));
    last.is_some_and(|character| ".!?…:;,—–。！？：；，、؟،؛।".contains(character))
}

/// Whether a character belongs to the word before it.
pub(crate) fn is_closing_punctuation(character: char) -> bool {
    ".,!?;:…)]}”»。！？，、".contains(character)
}
