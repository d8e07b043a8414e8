//! Which parts of a paragraph somebody says. It must not know voices.

use std::ops::Range;

/// Pairs of quotation marks that differ.
const PAIRS: [(char, &[char]); 5] =
    [('“', &['”']), ('„', &['“', '”']), ('«', &['»']), ('»', &['«']), ('‟', &['”'])];
/// The mark that opens and closes.
const STRAIGHT: char = '"';
/// Marks at the end of what is said.
const SPEECH_MARKS: [char; 9] = ['.', ',', '!', '?', '…', '—', '–', '-', ';'];

/// Cuts a paragraph into what is said, which is quoted, and the rest. The pieces, in order, have all words of
/// the paragraph.
///
/// A quotation is speech if a mark such as a comma or a period ends it, if a comma follows, or if it is all of the
/// paragraph: a single quoted word in a sentence is not. One that doesn't end goes on to the end of the paragraph, as in
/// books where the next paragraph continues it; a straight mark without a second one is none.
pub(super) fn pieces(paragraph: &str) -> Vec<(bool, &str)> {
    let mut pieces: Vec<(bool, &str)> = Vec::new();
    let mut done = 0;
    for range in quotations(paragraph) {
        if !is_speech(paragraph, &range) {
            continue;
        }
        push(&mut pieces, false, &paragraph[done..range.start]);
        push(&mut pieces, true, &paragraph[range.clone()]);
        done = range.end;
    }
    push(&mut pieces, false, &paragraph[done..]);
    pieces
}

/// Adds a piece that has words.
fn push<'a>(pieces: &mut Vec<(bool, &'a str)>, is_quoted: bool, piece: &'a str) {
    if !piece.chars().any(char::is_alphanumeric) {
        return;
    }
    // A comma after a quotation is not spoken.
    let is_between = |character: char| character.is_whitespace() || ",;.–—-".contains(character);
    let piece = if is_quoted { piece.trim() } else { piece.trim_start_matches(is_between).trim_end() };
    pieces.push((is_quoted, piece));
}

/// The quotations with their marks, in order and without the ones inside of others.
fn quotations(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, char, &[char])> = None;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        let end = at + character.len_utf8();
        match open {
            Some((start, _, closing)) if closing.contains(&character) => {
                found.push(start..end);
                open = None;
            }
            Some(_) => {}
            None if character == STRAIGHT && !before.is_alphanumeric() => {
                open = Some((at, character, &[STRAIGHT]));
            }
            None => {
                let pair = PAIRS.iter().find(|(opening, _)| *opening == character);
                open = pair.map(|(opening, closing)| (at, *opening, *closing));
            }
        }
        before = character;
    }
    if let Some((start, opening, _)) = open
        && opening != STRAIGHT
    {
        found.push(start..text.len());
    }
    found
}

fn is_speech(text: &str, range: &Range<usize>) -> bool {
    let is_mark = |character: char| {
        character == STRAIGHT
            || PAIRS.iter().any(|(opening, closing)| *opening == character || closing.contains(&character))
    };
    let inside = text[range.clone()].trim_matches(is_mark).trim_end();
    let is_alone = |rest: &str| !rest.chars().any(char::is_alphanumeric);
    let (before, after) = (&text[..range.start], &text[range.end..]);
    inside.ends_with(SPEECH_MARKS)
        || after.trim_start().starts_with(',')
        || (is_alone(before) && is_alone(after))
        || (after.is_empty() && !text[range.clone()].ends_with(is_mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn cut(paragraph: &str, expected: &[&str]) {
        let shown =
            |(is_quoted, piece): &(bool, &str)| format!("{}{piece}", if *is_quoted { "> " } else { "" });
        assert_eq!(pieces(paragraph).iter().map(shown).collect::<Vec<_>>(), expected, "{paragraph}");
    }

    #[test]
    fn speech_is_told_from_the_rest() {
        cut("“Hello,” he said. “How are you?”", &["> “Hello,”", "he said.", "> “How are you?”"]);
        cut("\"Yes.\" She left. \"No!\"", &["> \"Yes.\"", "She left.", "> \"No!\""]);
        cut("„Ja“, sagte er.", &["> „Ja“", "sagte er."]);
        cut("«Oui», dit-il. »Nein.«", &["> «Oui»", "dit-il.", "> »Nein.«"]);
        cut("“All of it”", &["> “All of it”"]);
        cut("He said: “It goes on", &["He said:", "> “It goes on"]);
    }

    #[test]
    fn other_quotation_marks_are_text() {
        for text in [
            "The “smart” phone rang.",
            "A 12\" pipe.",
            "The so-called \"end\" is near.",
            "It's fine.",
            "“”",
            "\"Open",
        ] {
            let expected: &[&str] = if text == "“”" { &[] } else { &[text] };
            cut(text, expected);
        }
    }

    #[test]
    fn pieces_have_all_words() {
        for text in ["«a «b» c» d “e.” \"f!\" g", "“a. „b” c.", "»x.« y »z", "\"\"a\"\""] {
            let words =
                |text: &str| text.chars().filter(|character| character.is_alphanumeric()).collect::<String>();
            let all: String = pieces(text).into_iter().map(|(_, piece)| piece).collect();
            assert_eq!(words(&all), words(text), "{text}");
        }
    }
}
