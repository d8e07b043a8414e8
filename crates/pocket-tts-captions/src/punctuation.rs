//! Punctuation between words, without the mark-up around it.

/// Punctuation that is shown.
const SHOWN: &str = ".,;:!?…-–—'\"‘’‚“”„«»‹›()¡¿%&/";
/// Punctuation that belongs to the word after it.
const OPENING: &str = "(¡¿„«‹“‘";
/// Signs of Markdown that are not shown.
const FORMATTING: &str = "*_~`#";
/// Entities of HTML and what they stand for. The last one makes no entity of what follows it.
const ENTITIES: [(&str, &str); 7] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// Whether the character is shown between words.
pub(crate) fn is_shown(character: char) -> bool {
    SHOWN.contains(character)
}

/// What is shown between two words: after the first, by itself, and before the second.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Gap {
    pub(crate) closing: String,
    pub(crate) apart: Vec<String>,
    pub(crate) opening: String,
}

impl Gap {
    /// Divides what the original has between two words.
    pub(crate) fn of(text: &str) -> Self {
        let text = visible(text);
        let mut tokens = text.split(char::is_whitespace);
        let first = tokens.next().unwrap_or_default();
        let mut rest: Vec<&str> = tokens.collect();
        let Some(last) = rest.pop() else {
            // Nothing but punctuation between the words.
            let opening = first.find(|character| OPENING.contains(character)).unwrap_or(first.len());
            let (closing, opening) = first.split_at(opening);
            return Self { closing: closing.to_owned(), apart: Vec::new(), opening: opening.to_owned() };
        };
        let apart = rest.into_iter().filter(|token| !token.is_empty()).map(str::to_owned).collect();
        Self { closing: first.to_owned(), apart, opening: last.to_owned() }
    }
}

/// A text with entities decoded.
pub(crate) fn decoded(text: &str) -> String {
    let mut decoded = text.to_owned();
    if text.contains('&') {
        for (entity, meaning) in ENTITIES {
            decoded = decoded.replace(entity, meaning);
        }
    }
    decoded
}

/// White space and shown punctuation of a text, without marks (`[pause]`), tags and the targets of links.
fn visible(text: &str) -> String {
    let text = decoded(text);
    let mut visible = String::with_capacity(text.len());
    let mut rest = text.as_str();
    // Where the last of each closing sign is, so that nothing is searched for again and again.
    let last = |sign: char| text.rfind(sign).map_or(0, |at| text.len() - at);
    let (bracket, angle, parenthesis) = (last(']'), last('>'), last(')'));
    let end_of = |rest: &str, sign: char, left: usize| {
        let found = if rest.len() >= left && left > 0 { rest.find(sign) } else { None };
        found.map_or(1, |end| end + 1)
    };
    while let Some(character) = rest.chars().next() {
        let hidden = match character {
            '[' => end_of(rest, ']', bracket),
            '<' => end_of(rest, '>', angle),
            ']' if rest.starts_with("](") => end_of(rest, ')', parenthesis),
            '!' if rest.starts_with("![") => 2,
            character if FORMATTING.contains(character) => 1,
            _ => 0,
        };
        if hidden > 0 {
            rest = &rest[hidden..];
            continue;
        }
        if is_shown(character) || character.is_whitespace() {
            visible.push(character);
        }
        rest = &rest[character.len_utf8()..];
    }
    visible
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(text: &str) -> (String, String, String) {
        let Gap { closing, apart, opening } = Gap::of(text);
        (closing, apart.join(" "), opening)
    }

    #[test]
    fn punctuation_belongs_to_the_word_that_it_touches() {
        for (text, closing, apart, opening) in [
            ("”, “", "”,", "", "“"),
            (" – ", "", "–", ""),
            (" (", "", "", "("),
            (";\n\n* ", ";", "", ""),
            ("", "", "", ""),
            (": «", ":", "", "«"),
            ("”(", "”", "", "("),
        ] {
            assert_eq!(gap(text), (closing.to_owned(), apart.to_owned(), opening.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn mark_up_is_not_shown() {
        for (text, closing, opening) in [
            ("**, ", ",", ""),
            ("](https://example.com/x). ", ".", ""),
            (" ![", "", ""),
            (",[pause:1s] ", ",", ""),
            (".</p>\n<p>", ".", ""),
            ("~~ ", "", ""),
            ("&quot; ", "\"", ""),
            ("](", "", "("),
            ("&amp;lt;", "&;", ""),
        ] {
            assert_eq!(gap(text), (closing.to_owned(), String::new(), opening.to_owned()), "{text:?}");
        }
    }
}
