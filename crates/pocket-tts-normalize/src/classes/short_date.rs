//! Whether two numbers with a slash are month and day rather than a fraction: `12/25`, `7/1 to 7/15`.

use super::unit;
use crate::context::{Context, contains};
use crate::lexer::Kind;
use crate::table::Order;

/// Whether month and day with a slash are no fraction, since its denominator would be an unusual one: `3/14`.
pub(super) fn is_rather_date(context: &Context<'_>, (month, day): (&str, &str), end: usize) -> bool {
    let is_unusual = matches!(
        day,
        "13" | "14" | "15" | "17" | "18" | "19" | "21" | "22" | "23" | "26" | "27" | "28" | "29" | "31"
    );
    let counts = unit::unit(context, end).is_some();
    let (Some(month), Some(day)) = (within(month, 12).filter(|month| *month > 1), within(day, 31)) else {
        return false;
    };
    // `12/25` and `10/12` could be fractions of what a noun after them names.
    let could_be = || matches!(day, 24 | 25 | 30) || day >= 12 && has_common_divisor(month, day) && day != 20;
    context.table.dates.order == Order::MonthDay
        && !counts
        && (is_unusual || could_be() && !is_before_noun(context, end))
}

/// Whether the name of a day of the week with a comma stands before `at`, or an abbreviation of it: `terça, 4/3`.
pub(super) fn follows_weekday_and_comma(context: &Context<'_>, at: usize) -> bool {
    let (tokens, dates) = (&context.tokens, &context.table.dates);
    let mark =
        tokens.before_space(at).filter(|mark| matches!(tokens.kind(*mark), Some(Kind::Mark(',' | '.'))));
    let word = mark.and_then(|mark| tokens.word(mark.checked_sub(1)?));
    let is_short =
        |word: &str| dates.short_weekdays.iter().any(|short| short.iter().any(|short| short == word));
    word.is_some_and(|word| {
        let is_full = || contains(&dates.weekdays, word) || contains(&dates.short_after, word);
        is_short(word) || mark.is_some_and(|mark| tokens.is_mark(mark, ',')) && is_full()
    })
}

/// Whether a word follows at `end` that could be counted.
pub(super) fn is_before_noun(context: &Context<'_>, end: usize) -> bool {
    let noun = context.tokens.next_word(end);
    noun.is_some_and(|word| !context.table.gender.function_words.contains(&word.to_lowercase()))
}

/// Whether a time follows at `end`: `10/3 at 9:00`.
pub(super) fn is_before_time(context: &Context<'_>, end: usize) -> bool {
    let (tokens, dates) = (&context.tokens, &context.table.dates);
    let word = tokens.after_space(end);
    let is_listed =
        tokens.word(word).is_some_and(|word| dates.short_before_time.iter().any(|known| known == word));
    is_listed && tokens.digits(tokens.after_space(word + 1)).is_some()
}

fn has_common_divisor(first: u32, second: u32) -> bool {
    (2..=first).any(|divisor| first.is_multiple_of(divisor) && second.is_multiple_of(divisor))
}

/// Whether month and day at `at` are the first or last of a range whose other one is no fraction: `from 7/1 to 7/15`.
pub(super) fn is_paired(context: &Context<'_>, at: usize) -> bool {
    let tokens = &context.tokens;
    let is_date = |at: usize| {
        let month = tokens.digits(at).filter(|_| tokens.is_mark(at + 1, '/'));
        let day = tokens.digits(at + 2);
        month.zip(day).is_some_and(|pair| is_rather_date(context, pair, at + 3))
    };
    // A word with a space at each side, or a dash.
    let next = |end: usize| match tokens.kind(end)? {
        Kind::Mark('-' | '–') => Some(end + 1),
        Kind::Space => tokens
            .word(end + 1)
            .filter(|word| context.table.dates.range_words.iter().any(|known| known == word))
            .map(|_| tokens.after_space(end + 2)),
        _ => None,
    };
    let before = at.checked_sub(6).filter(|before| next(before + 3) == Some(at));
    let before = before.or_else(|| at.checked_sub(4).filter(|before| next(before + 3) == Some(at)));
    next(at + 3).is_some_and(is_date) || before.is_some_and(is_date)
}

/// Whether one of several pairs of words stands before `at`: `as of`.
pub(super) fn follows_pair(context: &Context<'_>, at: usize, pairs: &[[String; 2]]) -> bool {
    let tokens = &context.tokens;
    let words = tokens
        .before_space(at)
        .and_then(|second| Some((tokens.word(second)?, tokens.previous_word(second)?)));
    words.is_some_and(|(second, first)| pairs.iter().any(|pair| pair[0] == first && pair[1] == second))
}

/// Whether the name of a day of the week stands right before `at`: `Fri 5/3`.
pub(super) fn follows_short_weekday(context: &Context<'_>, at: usize) -> bool {
    let dates = &context.table.dates;
    dates.order == Order::MonthDay
        && (context.follows(at, &dates.weekdays)
            || dates.short_weekdays.iter().any(|names| context.follows(at, names)))
}

/// A number of one or two digits from 1 to `most`.
pub(super) fn within(digits: &str, most: u32) -> Option<u32> {
    let number = digits.parse().ok()?;
    (digits.len() <= 2 && (1..=most).contains(&number)).then_some(number)
}
