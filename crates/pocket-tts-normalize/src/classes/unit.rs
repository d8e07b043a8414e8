//! Units as they are written after a number, and their names.

use super::length_mark::MOST_QUOTED;
use crate::context::{Context, contains};
use crate::lexer::{Kind, is_all_capitals, is_capitalized};
use crate::number::Number;
use crate::table::{Condition, Found, Gender, Unit};

/// The unit after a number, with what it is divided by.
pub(crate) struct WrittenUnit<'t> {
    pub(crate) end: usize,
    pub(super) unit: &'t Unit,
    /// A second factor: `J·s`.
    pub(super) times: Option<&'t Unit>,
    pub(super) per: Option<&'t Unit>,
}

impl WrittenUnit<'_> {
    pub(crate) fn gender(&self) -> Option<Gender> {
        self.unit.gender
    }

    /// Whether it is written as a mark, as a percent sign.
    pub(crate) fn is_symbol(&self) -> bool {
        self.unit.written.forms().iter().all(|form| !form.starts_with(char::is_alphabetic))
    }
}

/// Whether two units measure the same thing.
pub(super) fn are_alike(context: &Context<'_>, first: &WrittenUnit<'_>, second: &WrittenUnit<'_>) -> bool {
    let kinds = &context.table.range.alternative_units;
    kinds.iter().any(|kind| kind.contains(&first.unit.one) && kind.contains(&second.unit.one))
}

/// The unit after a number that ends before `end`.
pub(crate) fn unit<'t>(context: &Context<'_>, end: usize) -> Option<WrittenUnit<'t>> {
    let (tokens, units) = (&context.tokens, &context.table.units);
    let start = tokens.after_space(end);
    let fits = |found: &Found<'_, Unit>| {
        found.entry.glued.is_none_or(|glued| glued == (start == end))
            && !is_continued(context, found.end)
            && !is_excluded(context, found)
            && (start == end || !is_part_of_name(context, start, found.end))
    };
    let found = units.at(tokens, start).find(fits)?;
    let times = times(context, found.end);
    let end = times.as_ref().map_or(found.end, |times| times.end);
    let per = per(context, end);
    Some(WrittenUnit {
        end: per.as_ref().map_or(end, |per| per.end),
        unit: found.entry,
        times: times.map(|times| times.entry),
        per: per.map(|per| per.entry),
    })
}

/// The unit after a dot at `at`, in languages where a product is said as its factors.
fn times<'t>(context: &Context<'_>, at: usize) -> Option<Found<'t, Unit>> {
    context.table.range.alternative.as_ref()?;
    matches!(context.tokens.kind(at), Some(Kind::Mark('·' | '⋅'))).then_some(())?;
    context.table.units.at(&context.tokens, at + 1).find(|unit| !is_continued(context, unit.end))
}

/// Whether a unit is none before the word after it, or is the letter `x` of a formula: `2x + 1`.
fn is_excluded(context: &Context<'_>, found: &Found<'_, Unit>) -> bool {
    let tokens = &context.tokens;
    let is_operator = |at: usize| {
        matches!(tokens.kind(at), Some(Kind::Mark('+' | '=' | '−' | '²' | '³' | '^' | '<' | '>')))
    };
    let is_factor = || {
        let number = found.end.checked_sub(2).and_then(|number| tokens.before_space(number));
        matches!(tokens.text(found.end - 1), "x" | "X")
            && (is_operator(tokens.after_space(found.end))
                || number
                    .is_some_and(|before| matches!(tokens.kind(before), Some(Kind::Mark('+' | '=' | '−')))))
    };
    // `F-150`
    let is_code = || {
        tokens.text(found.end - 1).len() == 1
            && is_all_capitals(tokens.text(found.end - 1))
            && tokens.is_mark(found.end, '-')
            && tokens.digits(found.end + 1).is_some()
    };
    let is_quotation_mark = || tokens.is_mark(found.end - 1, '"') && is_quoted(context, found.end - 1);
    let not_before = &found.entry.not_before;
    !not_before.is_empty() && tokens.next_word(found.end).is_some_and(|word| contains(not_before, word))
        || is_factor()
        || is_code()
        || is_quotation_mark()
}

/// Whether the quotation mark at `at` ends a quotation that begins on its line.
fn is_quoted(context: &Context<'_>, at: usize) -> bool {
    let tokens = &context.tokens;
    let is_line_end = |before: &usize| tokens.is_space(*before) && tokens.text(*before).contains('\n');
    let mut line = (at.saturating_sub(MOST_QUOTED)..at).rev().take_while(|before| !is_line_end(before));
    // A mark after a digit is one of inches.
    line.any(|mark| {
        let follows_digit = || mark.checked_sub(1).is_some_and(|before| tokens.digits(before).is_some());
        matches!(tokens.kind(mark), Some(Kind::Mark('"' | '“' | '„'))) && !follows_digit()
    })
}

/// Whether tokens `start..end` are a single capital letter of an address or name: `10 K Street`, `500 W 42nd St`.
fn is_part_of_name(context: &Context<'_>, start: usize, end: usize) -> bool {
    let tokens = &context.tokens;
    let is_capital = end == start + 1 && tokens.text(start).len() == 1 && is_all_capitals(tokens.text(start));
    // "VUELO 12 A MADRID"
    let is_before_capital = tokens.is_space(end) && tokens.next_word(end).is_some_and(is_capitalized);
    if is_capital && matches!(tokens.text(start), "A" | "N") && is_before_capital {
        return !context.table.gender.nouns_are_capitalized;
    }
    // `© 2024 A. Writer`
    let next = tokens.next_word(end + 1).unwrap_or_default();
    let is_initial =
        tokens.is_mark(end, '.') && next.starts_with(char::is_uppercase) && tokens.is_space(end + 1);
    let follows_year = start >= 2 && tokens.digits(start - 2).is_some_and(|digits| digits.len() == 4);
    if is_capital && is_initial && follows_year && !context.table.gender.nouns_are_capitalized {
        return !context.at_sentence_start_word(end + 1);
    }
    is_capital
        && !context.table.gender.nouns_are_capitalized
        && !context.at_sentence_start_word(if tokens.is_mark(end, '.') { end + 1 } else { end })
        && Condition::BeforeAddress.holds(tokens, start, if tokens.is_mark(end, '.') { end + 1 } else { end })
}

/// The unit after a slash at `at`.
pub(crate) fn per<'t>(context: &Context<'_>, at: usize) -> Option<Found<'t, Unit>> {
    let is_known = !context.table.per.is_empty() && context.tokens.is_mark(at, '/');
    let mut units = context.table.units.at(&context.tokens, at + 1).filter(|_| is_known);
    units.find(|per| !is_continued(context, per.end))
}

/// A period, if the one of the unit before `end` also ends the sentence: `It weighs 3 lbs.`
pub(crate) fn period_after(context: &Context<'_>, end: usize) -> &'static str {
    if context.tokens.is_mark(end - 1, '.') && context.at_sentence_end(end) { "." } else { "" }
}

/// A number and its unit in words.
pub(crate) fn say(context: &Context<'_>, number: &Number<'_>, unit: &WrittenUnit<'_>) -> String {
    let name = name(context, context.is_singular(number), unit);
    let gender = unit.unit.gender.or(context.table.gender.default).filter(|_| !unit.unit.uncounted);
    context.say_before(number, gender, &name) + &name
}

/// The name of a unit in the singular or plural.
pub(crate) fn name(context: &Context<'_>, is_one: bool, unit: &WrittenUnit<'_>) -> String {
    let of = |unit: &Unit| if is_one { unit.one.clone() } else { unit.many().to_owned() };
    let name = match unit.times {
        Some(times) => format!("{} {}", unit.unit.one, of(times)),
        None => of(unit.unit),
    };
    match unit.per {
        None => name,
        Some(per) => format!("{name} {} {}", context.table.per, per.one),
    }
}

/// Whether a unit's last letters are the beginning of a longer word, or a word with an apostrophe: `21 s'arrête`.
pub(super) fn is_continued(context: &Context<'_>, end: usize) -> bool {
    let tokens = &context.tokens;
    let is_elided =
        matches!(tokens.kind(end), Some(Kind::Mark('\'' | '’'))) && tokens.word(end + 1).is_some();
    tokens.word(end - 1).is_some() && (is_elided || !tokens.ends_word(end))
}
