//! Numbers of paragraphs with parts in brackets: `12(b)(6)`, `501(c)(3)`.

use super::range_template::range_template;
use super::{code, spell_letters};
use crate::context::{Context, Match, fill};
use crate::lexer::Kind;
use crate::roman_numeral;

/// The most parts.
const MOST_PARTS: usize = 6;
/// The most letters of a part.
const MOST_LETTERS: usize = 5;

/// Reads a number with parts in brackets right after it.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    if context.table.codes.after.is_empty() || !tokens.starts_word(at) {
        return None;
    }
    let number = context.number(at)?;
    let mut words = match number.decimals {
        None if number.is_plain() => code::say(context, &number.whole),
        _ => context.say(&number, None),
    };
    // `§ 2000e-2(a)`
    let start = match letter(context, number.end) {
        Some((end, letter)) => {
            words = format!("{words} {letter}");
            end
        }
        None => number.end,
    };
    let mut end = start;
    for _ in 0..MOST_PARTS {
        let Some(part) = part(context, end) else { break };
        words = format!("{words} {part}");
        end += 3;
    }
    // `4(1)–(3)`
    let is_dash = matches!(tokens.kind(end), Some(Kind::Mark('-' | '–' | '‑')));
    if end > start
        && let Some(last) = part(context, end + 1).filter(|_| is_dash)
    {
        let fields = [("first", words.as_str()), ("second", last.as_str())];
        return Some(Match::new(end + 4, fill(range_template(context, at), &fields)));
    }
    // `book(s)` has a word before it, but so has `2(s)` a plural.
    let is_plural = end == start + 3 && tokens.text(start + 1) == "s";
    (end > start && !is_plural && tokens.ends_word(end)).then(|| Match::new(end, words))
}

/// A small letter right after a number and a number after a hyphen, in words, and the index after them.
fn letter(context: &Context<'_>, at: usize) -> Option<(usize, String)> {
    let tokens = &context.tokens;
    let letter = tokens.word(at).filter(|word| word.len() == 1 && word.starts_with(char::is_lowercase))?;
    let letter = spell_letters(context, &letter.to_uppercase());
    let part = tokens.digits(at + 2).filter(|digits| tokens.is_mark(at + 1, '-') && digits.len() <= 2);
    match part {
        Some(part) => {
            Some((at + 3, format!("{letter} {}", context.spell(&context.table.cardinal.bare, part))))
        }
        None => Some((at + 1, letter)),
    }
}

/// A part in brackets at `at`, in words: a number, a letter, or a Roman numeral in small letters.
fn part(context: &Context<'_>, at: usize) -> Option<String> {
    let tokens = &context.tokens;
    (tokens.is_mark(at, '(') && tokens.is_mark(at + 2, ')')).then_some(())?;
    if let Some(digits) = tokens.digits(at + 1) {
        return (digits.len() <= 2).then(|| context.spell(&context.table.cardinal.bare, digits));
    }
    let letters = tokens.word(at + 1).filter(|word| word.len() <= MOST_LETTERS)?;
    let value = roman_numeral::value(&letters.to_uppercase()).filter(|_| letters.len() > 1);
    match value {
        Some(value) => Some(context.spell(&context.table.cardinal.bare, &value.to_string())),
        None => (letters.len() <= 2).then(|| spell_letters(context, &letters.to_uppercase())),
    }
}
