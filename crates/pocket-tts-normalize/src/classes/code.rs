//! Numbers that name something and count nothing, said in pairs of digits: `Flight 370`, `Room 204`, `Boeing 747-400`.

use super::range_template::range_template;
use super::unit;
use crate::context::{Context, Match, contains, fill};
use crate::lexer::Kind;
use crate::table::Condition;

/// Reads a number after a word such as `Flight`, before one such as `error`, or before the name of a street.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let (tokens, codes) = (&context.tokens, &context.table.codes);
    if codes.after.is_empty() || !tokens.starts_word(at) {
        return None;
    }
    let digits = tokens.digits(at).filter(|digits| matches!(digits.len(), 3 | 4))?;
    if let Some(words) = spelled(context, at, digits).or_else(|| hours(context, at, digits)) {
        return Some(Match::new(at + 1, words));
    }
    let is_plain = context.number(at)?.end == at + 1;
    let is_after = context.follows(at, &codes.after) && unit::unit(context, at + 1).is_none();
    let is_before = digits.len() == 3
        && (tokens.next_word(at + 1).is_some_and(|word| contains(&codes.before, word))
            || Condition::BeforeAddress.holds(tokens, at, at + 1));
    if !is_plain || !(is_after || is_before) || !tokens.ends_word(at + 1) {
        return None;
    }
    let words = say(context, digits);
    let is_hyphen = matches!(tokens.kind(at + 1), Some(Kind::Mark('-' | '‑')));
    let part = tokens.digits(at + 2).filter(|part| is_hyphen && part.len() <= 4 && tokens.ends_word(at + 3));
    let Some(part) = part else { return (!is_hyphen).then(|| Match::new(at + 1, words)) };
    let part_words = say(context, part);
    let is_plural = tokens.previous_word(at).is_some_and(|word| word.ends_with('s'));
    let is_range = is_plural && part.len() == digits.len() && part > digits;
    let template = if is_range { range_template(context, at) } else { "{first} {second}" };
    let fields = [("first", words.as_str()), ("second", part_words.as_str())];
    Some(Match::new(at + 3, fill(template, &fields)))
}

/// A number that is dialed, digit by digit: `call 999`.
fn spelled(context: &Context<'_>, at: usize, digits: &str) -> Option<String> {
    let codes = &context.table.codes;
    let is_listed = codes.spelled.iter().any(|listed| listed == digits);
    (is_listed && context.follows(at, &codes.spelled_after)).then(|| context.spell_digits(digits))
}

/// A time of day before a word such as `hours`: `0830 hours`, `at 1900 hrs`.
fn hours(context: &Context<'_>, at: usize, digits: &str) -> Option<String> {
    let (tokens, codes) = (&context.tokens, &context.table.codes);
    let (hour, minute) = digits.split_at_checked(2).filter(|_| digits.len() == 4)?;
    let word = tokens.next_word(at + 1)?;
    let is_zoned = context.table.times.zones.iter().any(|zone| zone == word);
    let is_time = hour < "24" && minute < "60" && (is_zoned || contains(&codes.hours, word));
    let is_clear =
        is_zoned || digits.starts_with('0') || context.follows(at, &context.table.times.clock_after);
    (is_time && is_clear).then_some(())?;
    let spell = |pair: &str| match pair.strip_prefix('0') {
        Some(digit) => format!("{} {}", codes.zero, context.spell(&context.table.cardinal.bare, digit)),
        None => context.spell(&context.table.cardinal.bare, pair),
    };
    Some(format!("{} {}", spell(hour), if minute == "00" { codes.hundred.clone() } else { spell(minute) }))
}

/// Three digits as one and two, four as two pairs: `two oh four`, `twelve thirty-four`.
pub(super) fn say(context: &Context<'_>, digits: &str) -> String {
    let bare = &context.table.cardinal.bare;
    let zero = &context.table.codes.zero;
    match digits.len() {
        3 | 4 if digits.starts_with('0') => context.spell_digits(digits),
        3 if digits.ends_with("00") => context.spell(bare, digits),
        3 => {
            let (first, rest) = digits.split_at(1);
            let rest = match rest.strip_prefix('0') {
                Some(digit) => format!("{zero} {}", context.spell(bare, digit)),
                None => context.spell(bare, rest),
            };
            format!("{} {rest}", context.spell(bare, first))
        }
        4 => context.spell(&context.table.years.rule_set, digits),
        _ if digits.len() > 4 || digits.len() > 1 && digits.starts_with('0') => context.spell_digits(digits),
        _ => context.spell(bare, digits),
    }
}
