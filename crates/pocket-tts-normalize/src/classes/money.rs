//! Amounts of money, with the currency before or after the number.

use super::range_template::range_template;
use super::unit;
use super::{measure, old_money, scale::scale};
use crate::context::{Context, Match, fill};
use crate::lexer::{Kind, is_all_capitals};
use crate::number::Number;
use crate::table::{Currency, Found, Scale};

/// Reads an amount: `$12.50`, `12,50 €`, `£5 million`, `5 USD`.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    if !context.tokens.starts_word(at) {
        return None;
    }
    currency_first(context, at)
        .or_else(|| number_first(context, at))
        .or_else(|| old_money::read(context, at, false))
}

fn currency_first(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    // The sign may stand before the currency: `-$5`.
    let is_negative = matches!(tokens.kind(at), Some(Kind::Mark('-' | '−' | '–')))
        && tokens.before_space(at) != at.checked_sub(1)
        || matches!(tokens.kind(at), Some(Kind::Mark('-' | '−'))) && at == 0;
    let currency = context.table.money.currencies.at(tokens, if is_negative { at + 1 } else { at });
    currency.into_iter().find_map(|found| {
        let mut number = context.signed_number(tokens.after_space(found.end))?;
        if is_negative {
            number.sign = Some('-');
        }
        number.end = after_dash(context, &number);
        if let Some(second) = second_of_range(context, number.end) {
            let (scale, end) = scale(context, second.end);
            let first = context.say(&number, found.entry.gender.or(context.table.gender.default));
            let second = say(context, &second, scale, found.entry);
            let fields = [("first", first.as_str()), ("second", second.as_str())];
            return Some(Match::new(end, fill(range_template(context, at), &fields)));
        }
        // `$5,000 MXN`
        if let Some(code) =
            self::currency(context, number.end).filter(|code| tokens.word(code.end - 1).is_some())
        {
            let words = say(context, &number, None, code.entry);
            return Some(with_per(context, Match::new(code.end, words)));
        }
        if let Some(coins) = coins(context, &number, found.entry) {
            return Some(coins);
        }
        let (scale, end) = scale(context, number.end);
        if let Some(range) = range_of_scales(context, (at, end), &number, scale, found.entry) {
            return Some(range);
        }
        let words = attributive(context, (at, end), &number, scale, found.entry)
            .unwrap_or_else(|| say(context, &number, scale, found.entry));
        Some(with_per(context, Match::new(end, words + unit::period_after(context, end))))
    })
}

/// Pounds with shillings or pence after them: `£5 10s.`
fn coins(context: &Context<'_>, pounds: &Number<'_>, currency: &Currency) -> Option<Match> {
    let is_pound = currency.written.forms().iter().any(|form| form == "£") && pounds.decimals.is_none();
    let start = context.tokens.after_space(pounds.end);
    let coins = old_money::read(context, start, true).filter(|_| is_pound)?;
    Some(Match::new(coins.end, format!("{} {}", say(context, pounds, None, currency), coins.words)))
}

/// An amount that describes the noun after it: `a $20 bill`.
fn attributive(
    context: &Context<'_>,
    (at, end): (usize, usize),
    number: &Number<'_>,
    scale: Option<&Scale>,
    currency: &Currency,
) -> Option<String> {
    let is_meant = (number.decimals.is_none() || scale.is_some()) && context.is_attributive(at, end);
    is_meant.then(|| {
        let amount = context.say(number, None);
        let scale = scale.map_or(String::new(), |scale| format!(" {}", scale.one));
        format!("{amount}{scale} {}", currency.one)
    })
}

/// The second number of a range whose currency stands before the first: `$5-10`.
fn second_of_range<'a>(context: &Context<'a>, end: usize) -> Option<Number<'a>> {
    let tokens = &context.tokens;
    matches!(tokens.kind(end), Some(Kind::Mark('-' | '–' | '‑'))).then_some(())?;
    let second = context.number(end + 1)?;
    let goes_on = matches!(tokens.kind(second.end), Some(Kind::Mark('-' | '–' | '‑')));
    (!goes_on && currency(context, second.end).is_none()).then_some(second)
}

/// A range whose first number has a scale: `$5k-10k`.
fn range_of_scales(
    context: &Context<'_>,
    (at, end): (usize, usize),
    number: &Number<'_>,
    first_scale: Option<&Scale>,
    currency: &Currency,
) -> Option<Match> {
    let first_scale = first_scale.filter(|scale| scale.zeros.is_empty())?;
    let second = second_of_range(context, end)?;
    let (second_scale, end) = scale(context, second.end);
    let is_same = second_scale?.one == first_scale.one;
    let first = context.say(number, currency.gender.or(context.table.gender.default));
    let name = if context.is_singular(number) { &first_scale.one } else { first_scale.many() };
    let first = if is_same { first } else { format!("{first} {name}") };
    let second = say(context, &second, second_scale, currency);
    let fields = [("first", first.as_str()), ("second", second.as_str())];
    Some(Match::new(end, fill(range_template(context, at), &fields)))
}

/// The index after the dash for no cents: `5,-`.
fn after_dash(context: &Context<'_>, number: &Number<'_>) -> usize {
    let (tokens, end) = (&context.tokens, number.end);
    let has_dash = number.decimals.is_none()
        && tokens.is_mark(end, context.table.numbers.decimal_mark)
        && matches!(tokens.kind(end + 1), Some(Kind::Mark('-' | '–' | '—' | '‑')));
    if has_dash { end + 2 } else { end }
}

fn number_first(context: &Context<'_>, at: usize) -> Option<Match> {
    let mut number = context.signed_number(at)?;
    number.end = after_dash(context, &number);
    let (scale, end) = scale(context, number.end);
    if let Some(found) = currency_with_cents(context, end).filter(|_| number.decimals.is_none()) {
        number.decimals = context.tokens.digits(found.end);
        return Some(Match::new(found.end + 1, say(context, &number, scale, found.entry)));
    }
    let currency = currency(context, end)?;
    let words = say(context, &number, scale, currency.entry);
    Some(with_per(context, Match::new(currency.end, words)))
}

/// An amount with what it is for, if that follows after a slash: `3 €/kg`, `20 €/month`.
fn with_per(context: &Context<'_>, amount: Match) -> Match {
    let (tokens, start) = (&context.tokens, amount.end + 1);
    if !tokens.is_mark(amount.end, '/') || context.table.per.is_empty() {
        return amount;
    }
    // `4,44 €/100 ml`
    if let Some((end, per)) = measure::per_amount(context, amount.end) {
        return Match::new(end, format!("{} {per}", amount.words));
    }
    // The language may have other words for it: `/mese` is `al mese`.
    let is_listed = context
        .table
        .symbols
        .at(tokens, amount.end)
        .any(|found| found.end > start && found.entry.when.holds(tokens, amount.end, found.end));
    let unit = unit::unit(context, start).filter(|unit| !unit.is_symbol() && !is_listed);
    let is_word = |word: &&str| tokens.ends_word(start + 1) && !is_all_capitals(word) && !is_listed;
    let word = tokens.word(start).filter(is_word);
    let (end, name) = match (unit, word) {
        (Some(unit), _) => (unit.end, unit::name(context, true, &unit)),
        (None, Some(word)) => (start + 1, word.to_owned()),
        (None, None) => return amount,
    };
    let period = unit::period_after(context, end);
    Match::new(end, format!("{} {} {name}{period}", amount.words, context.table.per))
}

/// A currency between the amount and its cents: `12€50`.
fn currency_with_cents<'t>(context: &Context<'_>, end: usize) -> Option<Found<'t, Currency>> {
    let tokens = &context.tokens;
    let mut found = context.table.money.currencies.at(tokens, end);
    let is_cents = |at: usize| tokens.digits(at).is_some_and(|digits| digits.len() == 2);
    found.find(|found| is_cents(found.end) && tokens.ends_word(found.end + 1))
}

/// The currency after an amount that ends before `end`.
pub(crate) fn currency<'t>(context: &Context<'_>, end: usize) -> Option<Found<'t, Currency>> {
    let tokens = &context.tokens;
    let currencies = &context.table.money.currencies;
    let start = tokens.after_space(end);
    let is_whole =
        |found: &Found<'_, Currency>| tokens.word(found.end - 1).is_none() || tokens.ends_word(found.end);
    // `5 $3` is 5 and 3 dollars.
    currencies.at(tokens, start).find(|found| is_whole(found) && tokens.digits(found.end).is_none())
}

/// An amount in words.
pub(crate) fn say(
    context: &Context<'_>,
    number: &Number<'_>,
    scale: Option<&Scale>,
    currency: &Currency,
) -> String {
    let money = &context.table.money;
    let gender = currency.gender.or(context.table.gender.default);
    let counted = |number: &Number<'_>| {
        let name = if context.is_singular(number) { currency.one.as_str() } else { currency.many() };
        context.say_before(number, gender, name) + name
    };
    if let Some(number) = scale.and_then(|scale| number.with_zeros(&scale.zeros)) {
        return say(context, &number, None, currency);
    }
    if let Some(scale) = scale {
        let amount = context.say(number, scale.gender.or(context.table.gender.default));
        let name = if context.is_singular_scale(number) { scale.one.as_str() } else { scale.many() };
        let unit = currency.many();
        let of = context.of_noun(unit);
        return fill(
            scale.say.as_ref().unwrap_or(&money.with_scale),
            &[("number", amount.as_str()), ("scale", name), ("unit", unit), ("of", of)],
        );
    }
    let (Some(decimals), Some(cent)) =
        (number.decimals.filter(|decimals| decimals.len() == 2), &currency.cent)
    else {
        return counted(number);
    };
    let whole = Number { decimals: None, ..number.clone() };
    let is_whole_zero = whole.whole.bytes().all(|digit| digit == b'0');
    // The sign is said once.
    let sign = whole.sign.filter(|_| is_whole_zero);
    let cents = Number { sign, whole: decimals.trim_start_matches('0').into(), ..whole.clone() };
    let whole = counted(&whole);
    if cents.whole.is_empty() {
        return whole;
    }
    let cent_name = if cents.is_one() { cent } else { currency.cents.as_ref().unwrap_or(cent) };
    let cents_gender = currency.cent_gender.or(context.table.gender.default);
    let cents = context.say_before(&cents, cents_gender, cent_name) + cent_name;
    if is_whole_zero {
        return cents;
    }
    let bare = context.spell(&context.table.cardinal.bare, decimals.trim_start_matches('0'));
    fill(&money.with_cents, &[("whole", whole.as_str()), ("cents", cents.as_str()), ("bare", bare.as_str())])
}
