//! The marks in square brackets: `[pause:500ms]`, `[voice:NAME]`.

use std::ops::Range;
use std::time::Duration;

use crate::duration::parse_duration;
use crate::error::{Fault, shown};

/// The length of `[pause]`.
const DEFAULT_PAUSE: Duration = Duration::from_millis(500);

/// A mark.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mark<'a> {
    Pause(Duration),
    /// From here on, the voice with this name, or the request's.
    Voice(Option<&'a str>),
    /// A backslash before a mark, which is thereby text up to `end`.
    Escape {
        end: usize,
    },
}

/// The first mark of `text` at or after `from`, with its range.
pub(crate) fn next_mark(text: &str, from: usize) -> Option<Result<(Range<usize>, Mark<'_>), Fault>> {
    let mut brackets = text[from..].match_indices('[').map(|(at, _)| from + at);
    let (at, name) = brackets.find_map(|at| Some((at, Name::at(&text[at..])?)))?;
    if at > from && text.as_bytes()[at - 1] == b'\\' {
        return Some(Ok((at - 1..at, Mark::Escape { end: at + name.mark_start_len() })));
    }
    Some(read_mark(text, at, name))
}

/// Whether a mark begins at the bracket with which `text` begins, be it correct or not.
pub(crate) fn begins_with_mark(text: &str) -> bool {
    Name::at(text).is_some()
}

/// The name of a mark.
#[derive(Clone, Copy, Debug)]
enum Name {
    Pause,
    Voice,
}

impl Name {
    /// The name of the mark with which `text` begins. Other brackets are text.
    fn at(text: &str) -> Option<Self> {
        let name = text.strip_prefix('[')?.as_bytes();
        let names = [("pause", Self::Pause), ("voice", Self::Voice)];
        let (_, found) = names.into_iter().find(|(known, _)| {
            name.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known.as_bytes()))
        })?;
        matches!(name.get(found.text().len()), Some(b']' | b':')).then_some(found)
    }

    fn text(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Voice => "voice",
        }
    }

    /// The length of the bracket, the name and the character after it.
    fn mark_start_len(self) -> usize {
        self.text().len() + 2
    }
}

fn read_mark(text: &str, at: usize, name: Name) -> Result<(Range<usize>, Mark<'_>), Fault> {
    let body_start = at + name.mark_start_len();
    let Some(body_end) = text[body_start - 1..].find([']', '\n', '[']).map(|length| body_start - 1 + length)
    else {
        return Err(unclosed(at, name));
    };
    if text.as_bytes()[body_end] != b']' {
        return Err(unclosed(at, name));
    }
    // `[pause]` has no body.
    let body = text.get(body_start..body_end).map(str::trim);
    let mark = match (name, body) {
        (Name::Pause, None) => Mark::Pause(DEFAULT_PAUSE),
        (Name::Pause, Some(body)) => Mark::Pause(parse_duration(body, false).ok_or_else(|| {
            let problem = format!("`{}` is not a length of time", shown(body));
            Fault::new(at, problem, "write [pause], [pause:500ms] or [pause:1.5s]")
        })?),
        (Name::Voice, Some("")) => {
            let help = "write the name of a voice as in [voice:NAME], or [voice] for the first voice";
            return Err(Fault::new(at, "[voice:] names no voice", help));
        }
        (Name::Voice, None) => Mark::Voice(None),
        (Name::Voice, Some(body)) if body.eq_ignore_ascii_case("default") => Mark::Voice(None),
        (Name::Voice, Some(body)) => Mark::Voice(Some(body)),
    };
    Ok((at..body_end + 1, mark))
}

fn unclosed(at: usize, name: Name) -> Fault {
    let name = name.text();
    let problem = format!("[{name}: has no closing bracket on its line");
    Fault::new(at, problem, format!("close it with ], or write \\[{name}: to have it spoken"))
}

/// The length of the part of a growing text that can be read: all of it, unless its end may be the beginning of a mark
/// that more text completes.
///
/// ```
/// use pocket_tts_markup::complete_len;
///
/// assert_eq!(complete_len("Wait. [pau"), 6);
/// assert_eq!(complete_len("Wait. [pause:1s]"), 16);
/// assert_eq!(complete_len("Wait [sic"), 9);
/// ```
pub fn complete_len(text: &str) -> usize {
    let Some(at) = text.rfind('[') else {
        return if text.ends_with('\\') { text.len() - 1 } else { text.len() };
    };
    let rest = &text[at..];
    let can_grow = |name: &str| {
        let start = format!("[{name}");
        rest.len() <= start.len() && start.as_bytes()[..rest.len()].eq_ignore_ascii_case(rest.as_bytes())
    };
    let is_open = begins_with_mark(rest) && !rest.contains([']', '\n']);
    if !is_open && !can_grow("pause") && !can_grow("voice") {
        return if text.ends_with('\\') { text.len() - 1 } else { text.len() };
    }
    let is_escaped = text[..at].ends_with('\\');
    at - usize::from(is_escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> Vec<(Range<usize>, Mark<'_>)> {
        let (mut from, mut marks) = (0, Vec::new());
        while let Some(found) = next_mark(text, from) {
            let (range, mark) = found.expect("correct marks");
            from = match mark {
                Mark::Escape { end } => end,
                _ => range.end,
            };
            marks.push((range, mark));
        }
        marks
    }

    fn problem(text: &str) -> String {
        next_mark(text, 0).expect("a mark").expect_err("a fault").problem
    }

    #[test]
    fn marks_are_found_in_any_case() {
        let pause = |milliseconds| Mark::Pause(Duration::from_millis(milliseconds));
        assert_eq!(
            marks(
                "a [pause] b [Pause:1.5s][VOICE:alba]c[voice: Jean Paul ] [pause:2] [voice] [voice:default]"
            ),
            [
                (2..9, pause(500)),
                (12..24, pause(1500)),
                (24..36, Mark::Voice(Some("alba"))),
                (37..56, Mark::Voice(Some("Jean Paul"))),
                (57..66, pause(2000)),
                (67..74, Mark::Voice(None)),
                (75..90, Mark::Voice(None)),
            ]
        );
    }

    #[test]
    fn other_brackets_are_text() {
        let text =
            "[sic] [1] [pauses] [pause for effect] [voice over] [voiceover:x] [ pause] [pausé] [ [[] [paus";
        assert!(marks(text).is_empty());
    }

    #[test]
    fn a_backslash_makes_a_mark_text() {
        assert_eq!(marks(r"\[pause:abc] \[sic]"), [(0..1, Mark::Escape { end: 8 })]);
    }

    #[test]
    fn malformed_marks_are_faults() {
        assert_eq!(problem("[pause:abc]"), "`abc` is not a length of time");
        assert_eq!(problem("[pause:]"), "`` is not a length of time");
        assert_eq!(problem("[pause:1s"), "[pause: has no closing bracket on its line");
        assert_eq!(problem("[voice:a\n]"), "[voice: has no closing bracket on its line");
        assert_eq!(problem("[voice:a [pause]"), "[voice: has no closing bracket on its line");
        assert_eq!(problem("[voice: ]"), "[voice:] names no voice");
    }

    #[test]
    fn a_growing_text_is_complete_up_to_a_mark_that_can_grow() {
        for (text, complete) in [
            ("", 0),
            ("Hello", 5),
            ("a [", 2),
            ("a [voice:al", 2),
            ("a [voice:al]", 12),
            ("a [Pause", 2),
            ("a \\[pause:", 2),
            ("a \\", 2),
            ("a [b", 4),
            ("a [pauses", 9),
            ("[pause:1s] [x] \\", 15),
            ("[voice:a\nb", 10),
        ] {
            assert_eq!(complete_len(text), complete, "{text}");
        }
    }
}
