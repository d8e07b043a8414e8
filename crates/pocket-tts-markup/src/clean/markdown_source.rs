//! Prepares Markdown for its parser.

use pocket_tts_spans::{Edits, MappedText};

use crate::marks;

/// The most lists and quotations that one line may begin. The parser's time grows with the depth of these for every
/// line, so the signs of further ones are left out.
const DEEPEST: usize = 16;

/// Markdown that the parser reads in linear time, in which marks at the start of a line are no definitions of links.
pub(super) fn prepared(source: &MappedText) -> MappedText {
    let text = source.text();
    let mut edits = Edits::new(source);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((from, to)) = excessive_signs(line) {
            edits.replace(start + from..start + to, "");
        } else if let Some(at) = defining_colon(line) {
            edits.replace(start + at..start + at, " ");
        }
        start += line.len();
    }
    edits.finish()
}

/// The range of the signs of containers at the start of a line that are too many.
fn excessive_signs(line: &str) -> Option<(usize, usize)> {
    let bytes = line.as_bytes();
    let (mut at, mut count, mut from) = (0, 0, 0);
    loop {
        while matches!(bytes.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        if count == DEEPEST {
            from = at;
        }
        let Some(length) = sign_len(&bytes[at..]) else { break };
        count += 1;
        at += length;
    }
    (count > DEEPEST).then_some((from, at))
}

/// The length of the sign of a container with which a line begins.
fn sign_len(line: &[u8]) -> Option<usize> {
    let is_end = |at: usize| line.get(at).is_none_or(u8::is_ascii_whitespace);
    match line.first()? {
        b'>' => Some(1),
        b'-' | b'*' | b'+' if is_end(1) => Some(1),
        b'0'..=b'9' => {
            let digits = line.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
            (matches!(line.get(digits), Some(b'.' | b')')) && is_end(digits + 1)).then_some(digits + 1)
        }
        _ => None,
    }
}

/// The place of the colon after a mark at the start of a line: `[voice:alba]: Hello` would define a link.
fn defining_colon(line: &str) -> Option<usize> {
    let start = line.len() - line.trim_start_matches([' ', '>']).len();
    if !marks::begins_with_mark(&line[start..]) {
        return None;
    }
    let end = start + line[start..].find(']')? + 1;
    line[end..].starts_with(':').then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_excessive_signs_are_left_out() {
        let deep = format!("{}a\n> b\n", "> ".repeat(1000));
        assert_eq!(prepared(&MappedText::new(&deep)).text(), format!("{}a\n> b\n", "> ".repeat(DEEPEST)));
        for text in ["> - 1. a\n", "* * *\n", "---\n", "-a\n12) b\n", "[voice: alba] a: b", "[a]: b"] {
            assert_eq!(prepared(&MappedText::new(text)).text(), text);
        }
        assert_eq!(prepared(&MappedText::new("[voice:a]: b")).text(), "[voice:a] : b");
    }
}
