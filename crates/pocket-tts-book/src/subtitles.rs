//! Subtitles (SRT): the text of the cues, without numbers, times and formatting.

use crate::book::ParagraphKind;
use crate::cleaner::Cleaner;
use crate::html::Block;

/// A longer silence between two cues ends a paragraph, if a sentence ends there.
const PARAGRAPH_GAP_MS: u64 = 2_000;
/// A longer paragraph ends with the next sentence.
const LONG_PARAGRAPH_BYTES: usize = 600;
/// Marks that end a sentence.
const SENTENCE_MARKS: [char; 5] = ['.', '!', '?', '…', ':'];

/// The blocks of subtitles.
pub(crate) fn blocks(text: &str, cleaner: &Cleaner) -> Vec<Block> {
    let mut paragraphs: Vec<String> = Vec::new();
    let (mut current, mut end) = (String::new(), 0);
    for cue in cues(text) {
        let ends_sentence =
            current.trim_end_matches(['"', '”', '»', '“', ')', '\'', '’']).ends_with(SENTENCE_MARKS);
        let is_apart = cue.start_ms.saturating_sub(end) > PARAGRAPH_GAP_MS;
        if !current.is_empty() && ends_sentence && (is_apart || current.len() > LONG_PARAGRAPH_BYTES) {
            paragraphs.push(std::mem::take(&mut current));
        }
        end = cue.end_ms;
        for line in cue.lines {
            let line = without_tags(line);
            let line = line.trim();
            // A dash begins the words of another speaker.
            let line = line.strip_prefix('-').map_or(line, str::trim_start);
            if !line.is_empty() {
                current.push_str(if current.is_empty() { "" } else { " " });
                current.push_str(line);
            }
        }
    }
    paragraphs.push(current);
    let block = |text: String| {
        let text = cleaner.html(&text);
        let (kind, level) = (ParagraphKind::Text, 0);
        (!text.is_empty()).then(|| Block { kind, level, text, note_ids: Vec::new() })
    };
    paragraphs.into_iter().filter_map(block).collect()
}

struct Cue<'a> {
    start_ms: u64,
    end_ms: u64,
    lines: Vec<&'a str>,
}

fn cues(text: &str) -> Vec<Cue<'_>> {
    let mut cues: Vec<Cue<'_>> = Vec::new();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for (index, line) in lines.iter().enumerate() {
        if let Some((start_ms, end_ms)) = times(line) {
            cues.push(Cue { start_ms, end_ms, lines: Vec::new() });
            continue;
        }
        let is_number = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
        let is_counter = is_number && lines.get(index + 1).is_some_and(|next| times(next).is_some());
        if let Some(cue) = cues.last_mut().filter(|_| !is_counter && !line.is_empty()) {
            cue.lines.push(line);
        }
    }
    cues
}

/// The start and the end in a line such as `00:00:01,500 --> 00:00:04,000`, in milliseconds.
fn times(line: &str) -> Option<(u64, u64)> {
    let (start, rest) = line.split_once("-->")?;
    Some((time(start.trim())?, time(rest.split_whitespace().next()?)?))
}

fn time(text: &str) -> Option<u64> {
    let (clock, fraction) = text.split_once([',', '.']).unwrap_or((text, "0"));
    let mut seconds = 0_u64;
    for part in clock.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    let fraction: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    seconds.checked_mul(1_000)?.checked_add(fraction)
}

/// A line without marks such as `{\an8}`; the ones of HTML are removed with the rest.
fn without_tags(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{\\") {
        text.push_str(before);
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    text
}
