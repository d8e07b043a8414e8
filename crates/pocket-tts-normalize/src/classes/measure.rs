//! Numbers with a unit, a percent sign or a temperature.

use super::{length_mark, scale::scale, unit};
use crate::context::{Context, Match, fill};
use crate::lexer::{Kind, is_all_capitals};
use crate::number::Number;
use crate::table::Gender;

/// Reads a number and its unit: `5 km`, `20 °C`, `50%`.
pub(super) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    read_with(context, at, |_, _| None)
}

/// As [`read`], but `continued` may read more: it gets the unit and the amount in words.
pub(super) fn read_with(
    context: &Context<'_>,
    at: usize,
    continued: impl FnOnce(&unit::WrittenUnit<'_>, &str) -> Option<Match>,
) -> Option<Match> {
    if !context.tokens.starts_word(at) {
        return None;
    }
    if let Some(length) = angle(context, at).or_else(|| length_mark::read(context, at)) {
        return Some(length);
    }
    let mut number = context.signed_number(at)?;
    if let Some(words) = part_of_word(context, &number).or_else(|| with_parts(context, &number)) {
        return Some(words);
    }
    let Some(unit) = unit::unit(context, number.end) else {
        return with_scale(context, &number).or_else(|| density(context, &number));
    };
    if is_word(context, at, &unit) || context.follows(at, &unit.unit.not_after) {
        return None;
    }
    // `2 h 05 min`
    if number.whole.len() == 2 && number.whole.starts_with('0') {
        number.whole = number.whole[1..].to_owned().into();
    }
    // `exit 12A`, `Gleis 3 A`
    let tokens = &context.tokens;
    let is_letter = unit.end == tokens.after_space(number.end) + 1
        && is_all_capitals(tokens.text(unit.end - 1))
        && tokens.text(unit.end - 1).len() == 1
        && context.follows(at, &context.table.gender.labels);
    let is_long = unit.unit.glued == Some(true) && number.whole.len() >= 3;
    let is_clear = !is_letter
        && (!number.is_plain()
            || is_long
            || unit.unit.after.is_empty()
            || context.follows(at, &unit.unit.after));
    is_clear.then_some(())?;
    let is_one = context.is_singular(&number) || context.is_attributive(at, unit.end);
    let dative = unit.unit.many_dative.as_ref().filter(|_| !is_one);
    let dative = dative.filter(|_| context.follows(at, &context.table.cardinal.dative.after));
    let name = dative.cloned().unwrap_or_else(|| unit::name(context, is_one, &unit));
    let gender = unit.gender().or(context.table.gender.default).filter(|_| !unit.unit.uncounted);
    let amount = context.say_before(&number, gender, &name);
    if unit.unit.compound {
        return Some(Match::new(unit.end, context.say(&number, gender) + &name));
    }
    if let Some(whole) = continued(&unit, &format!("{amount}{name}")) {
        return Some(whole);
    }
    // `54° N`
    let letter = tokens.after_space(unit.end);
    let point =
        context.table.angle_points.get(tokens.text(letter)).filter(|_| tokens.is_mark(unit.end - 1, '°'));
    if let Some(point) = point.filter(|_| tokens.ends_word(letter + 1)) {
        return Some(Match::new(letter + 1, format!("{amount}{name} {point}")));
    }
    if let Some((end, amount_per)) = per_amount(context, unit.end) {
        return Some(Match::new(end, format!("{amount}{name} {amount_per}")));
    }
    if unit.per.is_none()
        && let Some((end, word)) = per_word(context, unit.end)
    {
        return Some(Match::new(end, format!("{amount}{name} {} {word}", context.table.per)));
    }
    let words = format!("{amount}{name}");
    if let Some(whole) = inches_after_feet(context, &unit, &words) {
        return Some(whole);
    }
    Some(Match::new(unit.end, words + unit::period_after(context, unit.end)))
}

/// Inches after feet, whose name is also a word: `6 ft 9 in`.
fn inches_after_feet(context: &Context<'_>, feet: &unit::WrittenUnit<'_>, words: &str) -> Option<Match> {
    let tokens = &context.tokens;
    (feet.unit.one == "foot" && context.table.feet_and_inches.is_some()).then_some(())?;
    let number = context.number(tokens.after_space(feet.end))?;
    let end = tokens.after_space(number.end) + 1;
    let name = if context.is_singular(&number) { "inch" } else { "inches" };
    // `6 ft 3 in his socks`
    let is_measure = tokens.next_word(end).is_none_or(|word| {
        context.table.attributive_not_before.contains(word) || matches!(word, "and" | "or" | "by")
    });
    (tokens.text(end - 1) == "in" && !tokens.is_mark(end, '.') && is_measure)
        .then(|| Match::new(end, format!("{words} {} {name}", context.say(&number, None))))
}

/// A unit in the plural after words for an amount: `millions de km`.
pub(super) fn after_quantity(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let of = tokens.before_space(at).filter(|of| of + 1 < at && !context.table.quantities.is_empty())?;
    tokens.word(of)?;
    let quantity = tokens.before_space(of)?;
    // `1/8 de l`
    let is_fraction = matches!(tokens.kind(quantity), Some(Kind::Mark('½' | '¼' | '¾' | '⅓' | '⅔')))
        || tokens.digits(quantity).is_some() && quantity > 0 && tokens.is_mark(quantity - 1, '/');
    let is_of = || matches!(tokens.text(of), "de" | "di");
    let is_quantity = context.table.quantities.iter().any(|known| known == tokens.text(quantity));
    (is_quantity || is_fraction && is_of()).then_some(())?;
    let unit = unit::unit(context, at).filter(|unit| !unit.is_symbol())?;
    Some(Match::new(
        unit.end,
        unit::name(context, is_fraction, &unit) + unit::period_after(context, unit.end),
    ))
}

/// A word after a slash, and the index after it: `3 g/Tag`.
pub(super) fn per_word<'a>(context: &Context<'a>, at: usize) -> Option<(usize, &'a str)> {
    let tokens = &context.tokens;
    let is_known = !context.table.per.is_empty() && tokens.is_mark(at, '/');
    // The language may have other words for it: `/mese` is `al mese`.
    let is_listed = context
        .table
        .symbols
        .at(tokens, at)
        .any(|found| found.end > at + 1 && found.entry.when.holds(tokens, at, found.end));
    let is_before_number = tokens.is_space(at + 2) && tokens.digits(at + 3).is_some();
    let word = tokens.word(at + 1).filter(|word| {
        let is_label = tokens.is_mark(at + 2, ':');
        is_known
            && !is_before_number
            && !is_listed
            && !is_label
            && tokens.ends_word(at + 2)
            && !is_all_capitals(word)
            && word.len() > 2
    })?;
    Some((at + 2, word))
}

/// Whether a unit after the number at `at` is another word, as in `articolo 134 ha luogo` and `art. 70 l. 633`.
fn is_word(context: &Context<'_>, at: usize, unit: &unit::WrittenUnit<'_>) -> bool {
    let tokens = &context.tokens;
    let is_noun = |word: &str| {
        word.starts_with(char::is_lowercase)
            && word.chars().count() > 1
            && !context.table.gender.function_words.contains(word)
    };
    let follows_label = || context.follows(at, &context.table.gender.labels);
    unit.unit.is_word && (follows_label() || tokens.next_word(unit.end).is_some_and(is_noun))
}

/// A number and a unit with a hyphen between them: `10-km`, and `100-m` in `100-m-Lauf`.
fn part_of_word(context: &Context<'_>, number: &Number<'_>) -> Option<Match> {
    let tokens = &context.tokens;
    let is_hyphen = |at: usize| matches!(tokens.kind(at), Some(Kind::Mark('-' | '‑')));
    let symbol = tokens.word(number.end + 1).filter(|_| is_hyphen(number.end))?;
    // `a 1-in-100-year flood`
    let unit = unit::unit(context, number.end + 1)
        .filter(|unit| !(is_hyphen(unit.end) && tokens.digits(unit.end + 1).is_some()))?;
    // A single letter could be anything.
    let is_before_noun = || {
        tokens.is_space(unit.end)
            && tokens.next_word(unit.end).is_some_and(|word| word.starts_with(char::is_lowercase))
            && context.table.attributive_letters.contains(symbol)
    };
    let is_clear = symbol.chars().count() > 1
        || is_before_noun()
        || is_hyphen(unit.end) && tokens.word(unit.end + 1).is_some();
    let gender = unit.gender().or(context.table.gender.default);
    // "24-Stunden-Dienst", where German has the plural.
    let is_one = !(context.table.gender.nouns_are_capitalized && unit.gender() == Some(Gender::Feminine));
    let words = format!("{}-{}", context.say(number, gender), unit::name(context, is_one, &unit));
    is_clear.then(|| Match::new(unit.end, words))
}

/// A unit with digits right after it that are parts of it: `1m80`.
fn with_parts(context: &Context<'_>, number: &Number<'_>) -> Option<Match> {
    let tokens = &context.tokens;
    let table = context.table.unit_parts.as_ref().filter(|_| number.decimals.is_none())?;
    let symbol = tokens.word(number.end).filter(|word| table.units.iter().any(|unit| unit == word))?;
    let parts = tokens.digits(number.end + 1).filter(|digits| matches!(digits.len(), 2 | 3))?;
    let unit = unit::WrittenUnit {
        end: number.end + 2,
        unit: context.table.units.of_form(symbol)?,
        times: None,
        per: None,
    };
    let unit_words = unit::say(context, number, &unit);
    let parts = context.spell(&context.table.cardinal.bare, parts.trim_start_matches('0'));
    let fields = [("unit", unit_words.as_str()), ("parts", parts.as_str())];
    tokens.ends_word(unit.end).then(|| Match::new(unit.end, fill(&table.say, &fields)))
}

/// A slash, a number and a unit: the second part of `6 l/100 km`.
pub(super) fn per_amount(context: &Context<'_>, at: usize) -> Option<(usize, String)> {
    let is_known = !context.table.per.is_empty() && context.tokens.is_mark(at, '/');
    // `230V/50Hz` is no rate.
    let is_rate = |number: &Number<'_>| {
        context.table.range.alternative.is_none() || matches!(&*number.whole, "1" | "10" | "100" | "1000")
    };
    let number = context.number(at + 1).filter(|number| is_known && is_rate(number))?;
    let unit = unit::unit(context, number.end)?;
    Some((unit.end, format!("{} {}", context.table.per, unit::say(context, &number, &unit))))
}

/// A number for each unit: `1,240/km²`.
fn density(context: &Context<'_>, number: &Number<'_>) -> Option<Match> {
    let per = unit::per(context, number.end).filter(|per| per.end > number.end + 2)?;
    let words = format!("{} {} {}", context.say(number, None), context.table.per, per.entry.one);
    context.table.range.alternative.as_ref().map(|_| Match::new(per.end, words))
}

/// Millions of a unit: `150 million km`.
fn with_scale(context: &Context<'_>, number: &Number<'_>) -> Option<Match> {
    let (scale, end) = scale(context, number.end);
    let (scale, unit) = (scale?, unit::unit(context, end)?);
    let amount = context.say(number, scale.gender.or(context.table.gender.default));
    let many = if context.is_singular_scale(number) { &scale.one } else { scale.many() };
    let unit_name = unit::name(context, false, &unit);
    let of = context.of_noun(&unit_name);
    let fields = [("number", amount.as_str()), ("scale", many), ("unit", &unit_name), ("of", of)];
    let template = scale.say.as_ref().unwrap_or(&context.table.money.with_scale);
    Some(Match::new(unit.end, fill(template, &fields)))
}

/// `40°26′46″N`, without a letter too.
fn angle(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let (template, seconds_template) = (context.table.angle.as_ref()?, context.table.angle_seconds.as_ref()?);
    let spell = |digits: &str| context.spell(&context.table.cardinal.bare, digits);
    let degrees = tokens.digits(at).filter(|_| tokens.is_mark(at + 1, '°'))?;
    let at = tokens.after_space(at + 2) - 2;
    let minutes = tokens.digits(at + 2)?;
    matches!(tokens.kind(at + 3), Some(Kind::Mark('′' | '\'' | '’'))).then_some(())?;
    let (degrees, minutes) = (spell(degrees), spell(minutes));
    let fields = [("degrees", degrees.as_str()), ("minutes", minutes.as_str())];
    let mut words = fill(template, &fields);
    let seconds = context.number(tokens.after_space(at + 4));
    let seconds = seconds.filter(|seconds| matches!(tokens.kind(seconds.end), Some(Kind::Mark('″' | '"'))));
    let end = seconds.as_ref().map_or(at + 4, |seconds| seconds.end + 1);
    if let Some(seconds) = seconds {
        words.push(' ');
        words += &fill(seconds_template, &[("seconds", context.say(&seconds, None).as_str())]);
    }
    // `48° 8′ N`
    let letter = tokens.after_space(end);
    let point = context.table.angle_points.get(tokens.text(letter)).filter(|_| tokens.ends_word(letter + 1));
    if let Some(point) = point {
        return Some(Match::new(letter + 1, format!("{words} {point}")));
    }
    Some(Match::new(end, words))
}
