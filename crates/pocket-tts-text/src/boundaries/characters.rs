//! The characters that may end a sentence, follow its end or begin the next one.

/// Marks that end a sentence.
pub(super) fn is_mark(character: char) -> bool {
    matches!(character, '.' | '!' | '?' | '…' | '‼' | '⁇' | '⁈' | '⁉' | '‽' | '؟') || is_wide_mark(character)
}

/// Full stops of Chinese and Japanese, which no space follows.
pub(super) fn is_wide_mark(character: char) -> bool {
    matches!(character, '。' | '！' | '？' | '｡')
}

/// Quotation marks. Most open in one language and close in another.
pub(super) fn is_quote(character: char) -> bool {
    matches!(
        character,
        '"' | '\''
            | '“'
            | '”'
            | '„'
            | '‟'
            | '‘'
            | '’'
            | '‚'
            | '«'
            | '»'
            | '‹'
            | '›'
            | '「'
            | '」'
            | '『'
            | '』'
    )
}

/// The apostrophes.
pub(super) const APOSTROPHES: [char; 2] = ['\'', '’'];

/// Brackets that open.
pub(super) const OPENING_BRACKETS: [char; 3] = ['(', '[', '（'];
/// Brackets that close.
pub(super) const CLOSING_BRACKETS: [char; 4] = [')', ']', '}', '）'];

/// Characters that belong to the sentence before them if they follow its mark directly: quotation marks, brackets,
/// emphasis, emoji, and the small digits of footnotes.
pub(super) fn is_closer(character: char) -> bool {
    let is_symbol = || !character.is_ascii() && !character.is_alphanumeric() && !is_dash(character);
    !opens(character)
        && (is_quote(character)
            || CLOSING_BRACKETS.contains(&character)
            || matches!(character, '*' | '_' | '²' | '³' | '¹' | '⁰'..='⁹')
            || is_symbol())
}

/// Openers that close nothing.
fn opens(character: char) -> bool {
    OPENING_BRACKETS.contains(&character)
        || is_inverted(character)
        || matches!(character, '„' | '‚' | '「' | '『')
}

/// The marks that open a Spanish question or exclamation.
pub(super) fn is_inverted(character: char) -> bool {
    matches!(character, '¿' | '¡')
}

/// Dashes; a hyphen between spaces is one, too.
pub(super) fn is_dash(character: char) -> bool {
    matches!(character, '-' | '–' | '—' | '―')
}

/// Marks with which a sentence goes on.
pub(super) fn goes_on(character: char) -> bool {
    matches!(character, ',' | ';' | ':' | '，' | '；' | '：' | '、') || CLOSING_BRACKETS.contains(&character)
}

/// Signs at the start of the lines of a list.
pub(super) fn is_bullet(character: char) -> bool {
    matches!(character, '-' | '*' | '•' | '·' | '‣' | '◦' | '▪' | '●')
}
