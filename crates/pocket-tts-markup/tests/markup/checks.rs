//! What the tests of this crate share.

use pocket_tts_markup::{MappedText, MarkupError, Part, Script, Speech};

/// Checks that every piece of a text has a place in the original that is on character borders, and that places are in
/// order.
pub(crate) fn check_places(original: &str, text: &MappedText) {
    let mut last = 0..0;
    for (range, source) in text.pieces() {
        assert!(text.text().get(range.clone()).is_some(), "{range:?} cuts a character of {text:?}");
        assert!(original.get(source.clone()).is_some(), "{source:?} cuts a character of {original:?}");
        assert!(
            source.start >= last.start && source.end >= last.end,
            "{source:?} after {last:?}: {original:?}"
        );
        last = source;
    }
    for (at, character) in text.text().char_indices() {
        let source = text.source_of(at..at + character.len_utf8());
        assert!(
            original.get(source.clone()).is_some(),
            "{source:?} of {at} cuts a character of {original:?}"
        );
    }
}

/// Checks the promises of [`Script`].
pub(crate) fn check_script(original: &str, script: &Script) {
    for part in &script.parts {
        match part {
            Part::Pause(pause) => assert!(!pause.is_zero(), "{original:?}"),
            Part::Speech(speech) => check_speech(original, speech),
        }
    }
}

/// Checks the promises of [`Speech`].
pub(crate) fn check_speech(original: &str, speech: &Speech) {
    check_places(original, &speech.text);
    assert!(!speech.text.is_empty() && speech.text.text().trim() == speech.text.text(), "{original:?}");
    let mut last = 0;
    for hint in &speech.hints {
        assert!(hint.range.start >= last && !hint.range.is_empty(), "{:?} of {original:?}", speech.hints);
        assert!(speech.text.text().get(hint.range.clone()).is_some(), "{:?} of {original:?}", speech.hints);
        last = hint.range.end;
    }
}

/// Checks that an error has a place in the original and something to say.
pub(crate) fn check_error(original: &str, error: &MarkupError) {
    assert!(
        error.offset <= original.len() && original.is_char_boundary(error.offset),
        "{error:?} of {original:?}"
    );
    let line = original.split('\n').nth(error.line - 1);
    assert!(line.is_some_and(|line| error.column <= line.chars().count() + 1), "{error:?} of {original:?}");
    assert!(!error.problem.is_empty() && !error.help.is_empty(), "{error:?}");
}
