//! Minutes and seconds that are written with marks, as in sport: `26'17"53`, `9"58`, `90'`.

use crate::context::{Context, Match, fill};
use crate::lexer::Kind;
use crate::number::Number;
use crate::table::Unit;

/// The most digits of minutes.
const MOST_DIGITS: usize = 3;
/// The most tokens before an apostrophe among which an opening one is looked for.
const MOST_QUOTED: usize = 60;

/// Reads minutes, seconds and hundredths.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let marks = context.table.times.marks.as_ref()?;
    let first = tokens.digits(at).filter(|digits| digits.len() <= MOST_DIGITS)?;
    let before = at.checked_sub(1).and_then(|before| tokens.kind(before));
    // The apostrophe of `all'81'` belongs to an article.
    let is_elided = || at.checked_sub(2).is_some_and(|before| tokens.word(before).is_some());
    let is_inside = match before {
        Some(Kind::Mark('\'' | '’')) => !is_elided(),
        _ => matches!(before, Some(Kind::Word | Kind::Mark('.' | ',' | ':' | '/' | '°'))),
    };
    if is_inside {
        return None;
    }
    if let Some(words) = with_letters(context, at, first) {
        return Some(words);
    }
    if let Some(end) = second_mark(context, at + 1) {
        let hundredths = hundredths(context, end)?;
        let seconds = say(context, first, &marks.second_unit)?;
        return Some(with_hundredths(context, &seconds, hundredths, end + 1));
    }
    if !is_minute_mark(context, at + 1) {
        return None;
    }
    let seconds = tokens.digits(at + 2).filter(|digits| digits.len() == 2 && *digits < "60");
    let Some(seconds) = seconds else { return minutes_alone(context, at, first) };
    let minutes = say(context, first, &marks.minute_unit)?;
    let seconds = say(context, seconds, &marks.second_unit)?;
    let end = second_mark(context, at + 3).unwrap_or(at + 3);
    if let Some(hundredths) = hundredths(context, end).filter(|_| end > at + 3) {
        return Some(with_hundredths(context, &format!("{minutes}, {seconds}"), hundredths, end + 1));
    }
    let fields = [("minutes", minutes.as_str()), ("seconds", seconds.as_str())];
    tokens.ends_word(end).then(|| Match::new(end, fill(&marks.minutes_seconds, &fields)))
}

/// `1m45,88s`, `1m45s`, `1:45.88`.
fn with_letters(context: &Context<'_>, at: usize, first: &str) -> Option<Match> {
    let tokens = &context.tokens;
    let marks = context.table.times.marks.as_ref()?;
    let seconds = tokens.digits(at + 2).filter(|digits| digits.len() == 2 && *digits < "60")?;
    let has_letter = matches!(tokens.text(at + 1), "m" | "min");
    let fraction = tokens.digits(at + 4).filter(|_| matches!(tokens.text(at + 3), "." | ","));
    let has_unit = |at: usize| tokens.text(at) == "s" && tokens.ends_word(at + 1);
    let (hundredths, end) = match fraction {
        Some(fraction) if fraction.len() <= 3 && has_letter => {
            (Some(fraction), at + 5 + usize::from(has_unit(at + 5)))
        }
        Some(fraction) if fraction.len() == 2 && tokens.is_mark(at + 1, ':') => (Some(fraction), at + 5),
        None if has_letter && has_unit(at + 3) => (None, at + 4),
        _ => return None,
    };
    let goes_on =
        matches!(tokens.kind(end), Some(Kind::Mark(':' | '.' | ','))) && tokens.digits(end + 1).is_some();
    if !tokens.ends_word(end) || goes_on {
        return None;
    }
    let minutes = say(context, first, &marks.minute_unit)?;
    let seconds = say(context, seconds, &marks.second_unit)?;
    if let Some(hundredths) = hundredths {
        return Some(with_hundredths(context, &format!("{minutes}, {seconds}"), hundredths, end));
    }
    let fields = [("minutes", minutes.as_str()), ("seconds", seconds.as_str())];
    Some(Match::new(end, fill(&marks.minutes_seconds, &fields)))
}

/// `90'`, which is not the end of a quotation.
fn minutes_alone(context: &Context<'_>, at: usize, digits: &str) -> Option<Match> {
    let tokens = &context.tokens;
    let marks = context.table.times.marks.as_ref()?;
    let is_apostrophe = |at: &usize| matches!(tokens.kind(*at), Some(Kind::Mark('\'' | '‘' | '’')));
    let is_opening =
        |at: usize| is_apostrophe(&at) && at.checked_sub(1).is_none_or(|before| tokens.ends_word(before));
    let is_quoted = (at.saturating_sub(MOST_QUOTED)..at).any(is_opening);
    if is_quoted || !tokens.ends_word(at + 2) || is_apostrophe(&(at + 2)) {
        return None;
    }
    let unit = context.table.units.of_form(&marks.minute_unit)?;
    let words = if context.follows(at, &marks.ordinal_after) {
        let ordinal = context.spell(context.table.ordinal.forms.of(unit.gender), digits);
        fill(&marks.ordinal, &[("ordinal", ordinal.as_str())])
    } else if context.follows(at, std::slice::from_ref(&unit.one)) {
        context.spell(&context.table.cardinal.bare, digits)
    } else {
        say(context, digits, &marks.minute_unit)?
    };
    Some(Match::new(at + 2, words))
}

/// A number of minutes or seconds with their name.
pub(super) fn say(context: &Context<'_>, digits: &str, unit: &str) -> Option<String> {
    let unit: &Unit = context.table.units.of_form(unit)?;
    let whole = digits.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole }.into();
    let number =
        Number { sign: None, whole, decimals: None, has_foreign_mark: false, has_groups: false, end: 0 };
    let name = if context.is_singular(&number) { &unit.one } else { unit.many() };
    let gender = unit.gender.or(context.table.gender.default);
    Some(context.say_before(&number, gender, name) + name)
}

fn with_hundredths(context: &Context<'_>, time: &str, digits: &str, end: usize) -> Match {
    let hundredths = match digits.trim_start_matches('0') {
        number if number.len() == digits.len() => context.spell(&context.table.cardinal.bare, number),
        _ => context.spell_digits(digits),
    };
    let template = context.table.times.marks.as_ref().map_or("", |marks| match digits.len() {
        3 => &marks.thousandths,
        _ => &marks.hundredths,
    });
    Match::new(end, fill(template, &[("time", time), ("hundredths", hundredths.as_str())]))
}

fn hundredths<'a>(context: &Context<'a>, at: usize) -> Option<&'a str> {
    context.tokens.digits(at).filter(|digits| digits.len() <= 3 && context.tokens.ends_word(at + 1))
}

fn is_minute_mark(context: &Context<'_>, at: usize) -> bool {
    matches!(context.tokens.kind(at), Some(Kind::Mark('\'' | '’' | '′')))
}

/// The index after the mark of seconds at `at`: `"` or two apostrophes.
fn second_mark(context: &Context<'_>, at: usize) -> Option<usize> {
    match context.tokens.kind(at) {
        Some(Kind::Mark('"' | '″' | '”')) => Some(at + 1),
        _ if is_minute_mark(context, at) && is_minute_mark(context, at + 1) => Some(at + 2),
        _ => None,
    }
}
