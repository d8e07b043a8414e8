//! Abbreviated days of the week beside a date, a time or each other: `Mon-Fri`, `Sat 10-4`.

use super::date;
use super::range_template::range_template;
use super::unit::period_after;
use crate::context::{Context, Match, contains, fill};
use crate::lexer::{Kind, is_capitalized};

/// Reads two days of the week with a dash between them, or one before a date or time or beside another one.
pub(super) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let first = weekday(context, at).filter(|first| first.is_short)?;
    if let Some((second, end)) = second_of_range(context, &first) {
        let fields = [("first", first.name), ("second", second)];
        let template = context.table.dates.weekday_range.as_deref();
        let words = fill(template.unwrap_or_else(|| range_template(context, at)), &fields);
        return Some(Match::new(end, words + period_after(context, end)));
    }
    if is_listed(context, at, &first) {
        return Some(Match::new(first.end, format!("{}{}", first.name, period_after(context, first.end))));
    }
    let is_before_date = date::is_date(context, date_at(context, first.end));
    let is_whole = is_before_date || !tokens.is_mark(first.end - 1, '.') || tokens.is_mark(first.end, ',');
    let dates = &context.table.dates;
    let is_before_word = tokens
        .next_word(first.end)
        .is_some_and(|word| dates.after_weekdays.iter().any(|listed| listed == word));
    let is_meant = is_before_date || is_before_word || is_before_time(context, at, first.end);
    (is_whole && is_meant).then(|| Match::new(first.end, first.name))
}

/// Words between the abbreviations of two days.
const JOINERS: [&str; 20] = [
    "and", "u", "or", "und", "oder", "en", "of", "e", "et", "y", "o", "ou", "al", "a", "au", "à", "bis",
    "tot", "to", "till",
];

/// Whether another abbreviated day stands before or after `day`, which is at `at`: `Sa. und So.`
fn is_listed(context: &Context<'_>, at: usize, day: &Weekday) -> bool {
    let tokens = &context.tokens;
    // "ma" and "zo" before a comma are other words.
    let is_clear = tokens.is_mark(day.end - 1, '.') || tokens.text(at).len() > 2;
    let is_joiner = |at: usize| {
        matches!(tokens.kind(at), Some(Kind::Mark('/' | '&')))
            || is_clear && tokens.is_mark(at, ',')
            || tokens.word(at).is_some_and(|word| JOINERS.contains(&word))
    };
    let is_other = |other: Weekday| other.is_short && other.name != day.name;
    let next = tokens.after_space(day.end);
    let is_holiday = |at: usize| {
        tokens.word(at).is_some_and(|word| context.table.dates.holidays.iter().any(|listed| listed == word))
    };
    let after_joiner = if tokens.is_mark(next + 1, '.') { next + 2 } else { next + 1 };
    if is_joiner(next) && is_holiday(tokens.after_space(after_joiner)) {
        return true;
    }
    if is_joiner(next) && weekday(context, tokens.after_space(next + 1)).is_some_and(is_other) {
        return true;
    }
    let joiner = tokens.before_space(at).filter(|joiner| is_joiner(*joiner));
    let before = joiner.and_then(|joiner| tokens.before_space(joiner));
    let before =
        before.map(|before| if tokens.is_mark(before, '.') { before.saturating_sub(1) } else { before });
    before.and_then(|before| weekday(context, before)).is_some_and(is_other)
}

/// The index after a comma and a space, or after a space alone.
fn date_at(context: &Context<'_>, end: usize) -> usize {
    context.tokens.after_space(if context.tokens.is_mark(end, ',') { end + 1 } else { end })
}

struct Weekday {
    name: &'static str,
    is_short: bool,
    end: usize,
}

/// The day of the week at `at`, with the period of its abbreviation.
fn weekday(context: &Context<'_>, at: usize) -> Option<Weekday> {
    let (tokens, dates) = (&context.tokens, &context.table.dates);
    let word = tokens.word(at).filter(|_| tokens.starts_word(at) && tokens.ends_word(at + 1))?;
    dates.weekdays.iter().zip(&dates.short_weekdays).find_map(|(name, short)| {
        if contains(std::slice::from_ref(name), word) {
            return Some(Weekday { name, is_short: false, end: at + 1 });
        }
        let end = if tokens.is_mark(at + 1, '.') { at + 2 } else { at + 1 };
        short.iter().any(|short| short == word).then_some(Weekday { name, is_short: true, end })
    })
}

fn second_of_range(context: &Context<'_>, first: &Weekday) -> Option<(&'static str, usize)> {
    let tokens = &context.tokens;
    let dash = tokens.after_space(first.end);
    matches!(tokens.kind(dash), Some(Kind::Mark('-' | '–' | '‑'))).then_some(())?;
    let second_at = tokens.after_space(dash + 1);
    let is_even = (dash > first.end) == (second_at > dash + 1);
    let second = weekday(context, second_at).filter(|second| is_even && second.name != first.name)?;
    Some((second.name, second.end))
}

/// Whether a time or a range of hours follows an abbreviation with a capital letter.
fn is_before_time(context: &Context<'_>, at: usize, end: usize) -> bool {
    let tokens = &context.tokens;
    let hour = tokens.after_space(end);
    let after = tokens.after_space(hour + 1);
    is_capitalized(tokens.text(at))
        && hour > end
        && tokens.digits(hour).is_some_and(|digits| digits.len() <= 2)
        && (matches!(tokens.kind(hour + 1), Some(Kind::Mark('-' | '–' | ':')))
            || context.table.times.halves.whole_at(tokens, after).is_some()
            || tokens.word(after).is_some_and(|word| contains(&context.table.times.words, word)))
}
