//! The text of HTML with its place in the source.

use std::ops::Range;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};
use pocket_tts_spans::MappedText;

/// The text that `range` of the source stands for, each piece with its own place.
pub(super) fn mapped(source: &MappedText, range: Range<usize>, text: &str) -> MappedText {
    let Some(written) = source.text().get(range.clone()) else {
        return replacement(text, source.source_of(range));
    };
    if written == text {
        return source.slice(range);
    }
    // Between two signs & at most one character is written as an entity, at the start.
    let mut mapped = MappedText::default();
    let mut at = range.start;
    while at < range.end {
        let rest = &source.text()[at..range.end];
        let skipped = usize::from(rest.starts_with('&'));
        let next = rest[skipped..].find('&').map_or(rest.len(), |found| found + skipped);
        if rest.starts_with('&') {
            push_decoded(&mut mapped, source, at..at + next);
        } else {
            mapped.push(&source.slice(at..at + next));
        }
        at += next;
    }
    if mapped.text() == text { mapped } else { replacement(text, source.source_of(range)) }
}

/// Appends what begins with `&` at the start of the range.
fn push_decoded(mapped: &mut MappedText, source: &MappedText, range: Range<usize>) {
    let written = &source.text()[range.clone()];
    let decoded = decode(written);
    let same =
        written.bytes().rev().zip(decoded.bytes().rev()).take_while(|(left, right)| left == right).count();
    // Whole characters of both.
    let same = (0..=same).rev().find(|same| {
        written.is_char_boundary(written.len() - same) && decoded.is_char_boundary(decoded.len() - same)
    });
    let same = same.unwrap_or(0);
    let middle = range.end - same;
    mapped.push_replacement(&decoded[..decoded.len() - same], source.source_of(range.start..middle));
    mapped.push(&source.slice(middle..range.end));
}

/// Text without tags, its entities decoded.
fn decode(written: &str) -> String {
    let mut decoded = String::new();
    let emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| -> Option<()> {
        if let CallbackEvent::String { value } = event {
            decoded.push_str(&String::from_utf8_lossy(value));
        }
        None
    });
    Tokenizer::new_with_emitter(written, emitter).for_each(drop);
    decoded
}

fn replacement(text: &str, source: Range<usize>) -> MappedText {
    let mut mapped = MappedText::default();
    mapped.push_replacement(text, source);
    mapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_decoded_in_their_place() {
        let source = MappedText::new("a &amp; b&eacute;c &lt;d &#x41;&nosuch; & &ampx é&uuml;ü");
        let text = "a & béc <d A&nosuch; & &x éüü";
        let mapped = mapped(&source, 0..source.len(), text);
        assert_eq!(mapped.text(), text);
        let place = |words: &str| mapped.text().find(words).map(|at| mapped.source_of(at..at + words.len()));
        assert_eq!(place("&"), Some(2..7));
        assert_eq!(place("bé"), Some(8..17));
        assert_eq!(place("d"), Some(23..24));
        assert_eq!(place("A"), Some(25..31));
    }
}
