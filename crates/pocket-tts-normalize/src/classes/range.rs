//! Ranges, scores and ratios: `1990–1995`, `3-1`, `16:9`.

use super::length_mark;
use super::range_template::range_template;
use super::unit;
use super::{code, mixed, money, scale, year};
use crate::context::{Context, Match, fill};
use crate::lexer::{Kind, Tokens, is_capitalized};
use crate::number::Number;

/// Reads two numbers with a hyphen, dash or colon between them, and the unit or currency after them.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    if !tokens.starts_word(at) || is_part_of_code(context, at) {
        return None;
    }
    let first = context.signed_number(at)?;
    if let Some(dimension) = dimension(context, at, &first) {
        return Some(dimension);
    }
    if let Some(range) = thousands(context, at, &first) {
        return Some(range);
    }
    let is_spaced = tokens.after_space(first.end) > first.end;
    let mark_at = tokens.after_space(first.end);
    let Some(Kind::Mark(mark)) = tokens.kind(mark_at) else { return None };
    let second_at = tokens.after_space(mark_at + 1);
    if is_spaced != (second_at > mark_at + 1) {
        return None;
    }
    let is_range = match mark {
        '-' | '‑'
            if !is_spaced
                || is_spaced_range(context, &first, second_at)
                || is_between_names(context, at, second_at + 1) =>
        {
            true
        }
        '–' | '—' => true,
        ':' if first.is_plain() => false,
        ':' if (first.decimals.is_some() || first.has_groups) && first.sign.is_none() && !is_spaced => false,
        '/' if !is_spaced => return rating(context, at, &first, second_at),
        _ => return None,
    };
    let second = context.number(second_at)?;
    let end = second.end;
    if is_range && is_code(context, at, &first, &second) {
        let words = format!("{} {}", code::say(context, &first.whole), code::say(context, &second.whole));
        return Some(Match::new(end, words));
    }
    // `10 – 3 = 7` is a difference.
    if is_spaced && tokens.is_mark(tokens.after_space(end), '=') {
        return None;
    }
    let continues = matches!(tokens.kind(end), Some(Kind::Mark('-' | '–' | ':' | '/')))
        && tokens.digits(end + 1).is_some();
    if continues || tokens.word(end).is_some() && unit::unit(context, end).is_none() {
        return triple(context, at).filter(|_| is_range);
    }
    let table = &context.table.range;
    if mark == '-' && !is_spaced && second.decimals.is_none() && follows_reference(context, at) {
        return Some(join(context, &table.reference, (&first, &second), (at, end)));
    }
    // `2024-0815`
    if mark == '-' && !is_spaced && is_part_of_number(&first, &second) {
        let words = format!("{} {}", context.say(&first, None), context.spell_digits(&second.whole));
        return Some(Match::new(end, words));
    }
    // `artikel 6:162`
    if !is_range {
        let is_name = !table.label_ratio.is_empty() && context.follows(at, &context.table.gender.labels);
        let template = if is_name { &table.label_ratio } else { &table.ratio };
        return Some(join(context, template, (&first, &second), (at, end)));
    }
    let is_descending = value(&first) >= value(&second) && second.decimals.is_none();
    // `69–30 v. Chr.`
    let is_before_christ = tokens.next_word(end).is_some_and(|word| {
        context.table.years.before.iter().any(|listed| listed.split('.').next() == Some(word))
    });
    let is_score = first.whole.len() < 4
        && !is_before_christ
        && (is_descending
            || context.follows(at, &table.score_after)
            || is_beside_score(context, (at, end))
            || is_between_names(context, at, end));
    if is_score {
        return Some(join(context, &table.score, (&first, &second), (at, end)));
    }
    Some(join(context, range_template(context, at), (&first, &second), (at, end)))
}

/// Whether two numbers with a hyphen count nothing: `2024-0117`, `62368-1`, `No. 21-1234`.
fn is_code(context: &Context<'_>, at: usize, first: &Number<'_>, second: &Number<'_>) -> bool {
    let (length, second_length) = (first.whole.len(), second.whole.len());
    let has_zero = second_length > 2 && second.whole.starts_with('0');
    let is_part = length >= 5 && second_length <= 2;
    let follows_label =
        || (length > 2 || second_length > 2) && context.follows(at, &context.table.codes.hyphen_after);
    first.is_plain()
        && second.is_plain()
        && !context.table.codes.after.is_empty()
        && (has_zero || is_part || follows_label())
}

/// Whether a word stands before `at` after which two numbers with a hyphen name something, maybe with a sign as in `n°`.
fn follows_reference(context: &Context<'_>, at: usize) -> bool {
    let tokens = &context.tokens;
    let is_sign = |at: usize| matches!(tokens.kind(at), Some(Kind::Mark('°' | 'º')));
    let sign = tokens.before_space(at).filter(|sign| is_sign(*sign));
    context.follows(sign.unwrap_or(at), &context.table.range.reference_after)
}

/// The fewest digits by which the second part of a number that names something is longer than the first.
const LONGER_PART: usize = 3;

/// Whether the numbers beside a hyphen are one that names something: `2024-0815`, `302-1234567`.
fn is_part_of_number(first: &Number<'_>, second: &Number<'_>) -> bool {
    let has_zero = |number: &Number<'_>| number.whole.len() > 2 && number.whole.starts_with('0');
    let is_longer = second.whole.len() >= first.whole.len() + LONGER_PART;
    first.is_plain() && second.is_plain() && !has_zero(first) && (has_zero(second) || is_longer)
}

/// Three numbers with hyphens, as a record or a formation: `24-3-1`.
fn triple(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let end = at + 5;
    let goes_on = matches!(tokens.kind(end), Some(Kind::Mark('-' | '–' | '/' | '.' | ',')))
        && tokens.digits(end + 1).is_some();
    let has_hyphens = tokens.is_mark(at + 1, '-') && tokens.is_mark(at + 3, '-');
    if !has_hyphens || goes_on || !tokens.ends_word(end) {
        return None;
    }
    let numbers = [at, at + 2, at + 4].map(|at| {
        let digits = tokens
            .digits(at)
            .filter(|digits| digits.len() <= 3 && (*digits == "0" || !digits.starts_with('0')));
        digits.map(|digits| context.spell(&context.table.cardinal.bare, digits))
    });
    let [Some(first), Some(second), Some(third)] = numbers else { return None };
    Some(Match::new(end, format!("{first} {second} {third}")))
}

/// Whether a score stands before or after a comma, as in `6-4, 3-6`.
fn is_beside_score(context: &Context<'_>, (at, end): (usize, usize)) -> bool {
    let tokens = &context.tokens;
    let short = |at: usize| {
        let digits = tokens.digits(at).filter(|digits| digits.len() <= 2);
        digits.and_then(|digits| digits.parse::<u8>().ok())
    };
    let is_score = |at: usize| {
        matches!(tokens.kind(at + 1), Some(Kind::Mark('-' | '–')))
            && short(at).zip(short(at + 2)).is_some_and(|(first, second)| first > second)
            && tokens.starts_word(at)
    };
    let is_after = tokens.is_mark(end, ',') && is_score(tokens.after_space(end + 1));
    let comma = tokens.before_space(at).filter(|comma| tokens.is_mark(*comma, ','));
    is_after || comma.and_then(|comma| comma.checked_sub(3)).is_some_and(is_score)
}

/// Two numbers with a glued scale, after the second or after both: `20-30k`, `20k-30k`.
fn thousands(context: &Context<'_>, at: usize, first: &Number<'_>) -> Option<Match> {
    let tokens = &context.tokens;
    let scale_at = |end: usize| {
        let scale = context.table.money.scales.whole_at(tokens, end);
        scale.filter(|scale| {
            let entry = scale.entry;
            let is_usual = entry.glued && !entry.money_only && entry.zeros.is_empty();
            is_usual
                && (scale::fits(context, at, entry, scale.end)
                    || matches!(tokens.kind(scale.end), Some(Kind::Mark('-' | '–'))))
        })
    };
    let dash = scale_at(first.end).map_or(first.end, |scale| scale.end);
    matches!(tokens.kind(dash), Some(Kind::Mark('-' | '–' | '‑'))).then_some(())?;
    let second = context.number(dash + 1)?;
    let scale = scale_at(second.end)?;
    let second = format!("{} {}", context.say(&second, None), scale.entry.many());
    let first = context.say(first, None);
    let fields = [("first", first.as_str()), ("second", second.as_str())];
    Some(Match::new(scale.end, fill(range_template(context, at), &fields)))
}

/// A rating with decimals: `4.5/5`.
fn rating(context: &Context<'_>, at: usize, first: &Number<'_>, second_at: usize) -> Option<Match> {
    let table = &context.table.range;
    let most = context.number(second_at).filter(Number::is_plain)?;
    let is_usual = matches!(&*most.whole, "5" | "10" | "20" | "100");
    let is_rating = is_usual && (first.decimals.is_some() || context.follows(at, &table.rating_after));
    // Odds: `5/1`
    let are_odds = &*most.whole == "1" && first.is_plain() && &*first.whole != "1";
    let value = |number: &Number<'_>| number.whole.parse().unwrap_or(0);
    let are_wickets = first.is_plain() && are_wickets(value(first), value(&most));
    let template = match (&table.rating, &table.wickets) {
        (Some(rating), _) if is_rating => rating,
        _ if are_odds => &table.ratio,
        (_, Some(wickets)) if are_wickets => wickets,
        _ => return None,
    };
    let (rating, most_words) = (context.say(first, None), context.say(&most, None));
    let fields = [("first", rating.as_str()), ("second", most_words.as_str())];
    context.tokens.ends_word(most.end).then(|| Match::new(most.end, fill(template, &fields)))
}

/// The fewest runs in cricket that could be no numerator.
const FEWEST_RUNS: u64 = 40;

/// Whether two numbers with a slash are runs and wickets: `287/6`.
pub(super) fn are_wickets(runs: u64, wickets: u64) -> bool {
    runs >= FEWEST_RUNS && (2..=10).contains(&wickets)
}

/// Whether spaces around a hyphen stand in a range and not around a minus sign: `94 - 347 m`.
fn is_spaced_range(context: &Context<'_>, first: &Number<'_>, second_at: usize) -> bool {
    let rises = context.number(second_at).is_some_and(|second| value(first) < value(&second));
    rises && first.sign.is_none() || is_pair_of_years(context, first, second_at)
}

/// Whether spaces around a hyphen stand between years: `1914 - 1918`.
fn is_pair_of_years(context: &Context<'_>, first: &Number<'_>, second_at: usize) -> bool {
    let second = context.tokens.digits(second_at);
    first.is_plain()
        && is_century(&first.whole)
        && second.is_some_and(|digits| digits.len() == 4 && is_century(digits))
}

/// Whether tokens `at..end` stand between the names of two teams: `Chelsea 1-2 Arsenal`.
fn is_between_names(context: &Context<'_>, at: usize, end: usize) -> bool {
    let tokens = &context.tokens;
    let is_name = |word: &str| {
        is_capitalized(word) && !context.table.gender.function_words.contains(&word.to_lowercase())
    };
    !context.table.gender.nouns_are_capitalized
        && tokens
            .before_space(at)
            .is_some_and(|before| before + 1 < at && tokens.word(before).is_some_and(is_name))
        && tokens.is_space(end)
        && tokens.next_word(end).is_some_and(is_name)
}

/// How many times longer the legs of a relay are than their number.
const LEAST_RELAY: f64 = 20.0;
/// The most lengths of a dimension.
const MOST_LENGTHS: usize = 4;

/// `3x4`, `10 x 15 cm`, `2x3x4`, and a score that is written with an `x`.
fn dimension(context: &Context<'_>, at: usize, first: &Number<'_>) -> Option<Match> {
    let (tokens, table) = (&context.tokens, &context.table.range);
    if table.dimension.is_empty() || first.sign.is_some() || is_hexadecimal(context, first) {
        return None;
    }
    let mark = length_mark(context, first.end);
    let after_mark =
        |end: usize| if mark.is_some() && length_mark(context, end) == mark { end + 1 } else { end };
    let mut end = after_mark(first.end);
    let is_sign = |at: usize| matches!(tokens.text(at), "x" | "X" | "×");
    if !is_sign(tokens.after_space(end)) {
        return dimension_of_units(context, first).filter(|_| mark.is_none());
    }
    let mut lengths = vec![first.clone()];
    while lengths.len() < MOST_LENGTHS {
        let sign = tokens.after_space(end);
        if !is_sign(sign) {
            break;
        }
        let Some(length) = context.number(tokens.after_space(sign + 1)) else { break };
        end = after_mark(length.end);
        lengths.push(length);
    }
    if let Some(mark) = mark {
        return marked_dimension(context, (at, end), &lengths, mark);
    }
    if lengths.len() == 1 {
        return None;
    }
    if tokens.text(end) == "s" && context.table.mixed.plural && tokens.ends_word(end + 1) {
        let said = lengths.iter().map(|length| context.say(length, None));
        let words = said.reduce(|first, second| {
            fill(&table.dimension, &[("first", first.as_str()), ("second", second.as_str())])
        })?;
        return Some(Match::new(end + 1, mixed::plural(&words)));
    }
    // `9 × 13-in.`
    if let Some(found) = hyphenated_unit(context, end) {
        let said = lengths.iter().map(|length| context.say(length, None));
        let words = said.reduce(|first, second| {
            fill(&table.dimension, &[("first", first.as_str()), ("second", second.as_str())])
        })?;
        return Some(Match::new(found.end, words + &found.words));
    }
    let unit = unit::unit(context, end);
    let is_product = tokens.is_mark(tokens.after_space(first.end), '×') && unit.is_none()
        || tokens.is_mark(tokens.after_space(end), '=')
        || unit.is_none() && is_product_of_x(context, at, first.end);
    if is_product || tokens.word(end).is_some() && unit.is_none() {
        return None;
    }
    let are_short = lengths.iter().all(|length| length.whole.len() <= 2);
    let follows_score = || context.follows(at, &table.score_after) || is_between_names(context, at, end);
    if lengths.len() == 2 && are_short && unit.is_none() && follows_score() {
        return Some(join(context, &table.score, (first, &lengths[1]), (at, end)));
    }
    let is_amount = is_amount(context, &lengths, unit.as_ref());
    let template = table.product.as_ref().filter(|_| is_amount).unwrap_or(&table.dimension);
    let gender = unit.as_ref().and_then(|unit| unit.gender().or(context.table.gender.default));
    let mut words = context.say(first, gender.filter(|_| !is_amount));
    for (index, length) in lengths.iter().enumerate().skip(1) {
        let length = match &unit {
            Some(unit) if index + 1 == lengths.len() && context.is_attributive(at, unit.end) => {
                format!("{} {}", context.say(length, gender), unit::name(context, true, unit))
            }
            Some(unit) if index + 1 == lengths.len() => unit::say(context, length, unit),
            _ => context.say(length, gender),
        };
        words = fill(template, &[("first", words.as_str()), ("second", length.as_str())]);
    }
    Some(Match::new(unit.map_or(end, |unit| unit.end), words))
}

/// Whether a number begins one in base 16, as in `0x7F`, but not in the score `0x1`.
fn is_hexadecimal(context: &Context<'_>, first: &Number<'_>) -> bool {
    let tokens = &context.tokens;
    let is_score = || {
        let second = tokens.digits(first.end + 1).filter(|digits| digits.len() <= 2);
        second.is_some() && tokens.ends_word(first.end + 2)
    };
    &*first.whole == "0" && tokens.word(first.end).is_some() && !is_score()
}

/// A unit after a hyphen at `at`, with its hyphen: `-in.`
fn hyphenated_unit(context: &Context<'_>, at: usize) -> Option<Match> {
    context.tokens.is_mark(at, '-').then_some(())?;
    let unit = unit::unit(context, at + 1).filter(|unit| unit.end > at + 1)?;
    Some(Match::new(unit.end, format!("-{}", unit::name(context, true, &unit))))
}

/// Whether two numbers with an `x` and a unit are a product and no dimension: `2 x 500 mg`, and the relay `4 x 100 m`.
fn is_amount(context: &Context<'_>, lengths: &[Number<'_>], unit: Option<&unit::WrittenUnit<'_>>) -> bool {
    let (tokens, table) = (&context.tokens, &context.table.range);
    let is_length = |at: usize| table.lengths.iter().any(|length| length == tokens.text(at));
    lengths.len() == 2
        && unit.is_some_and(|unit| {
            !is_length(unit.end - 1)
                || tokens.text(unit.end - 1) == "m" && value(&lengths[1]) >= LEAST_RELAY * value(&lengths[0])
        })
}

/// The mark of inches or feet after a number that ends before `end`.
fn length_mark(context: &Context<'_>, end: usize) -> Option<char> {
    context.table.feet_and_inches.as_ref()?;
    match context.tokens.kind(end) {
        Some(Kind::Mark('"' | '″' | '”')) => Some('″'),
        Some(Kind::Mark('\'' | '′' | '’')) => Some('′'),
        _ => None,
    }
}

/// Lengths of which each has a unit: `2 cm x 3 cm`.
fn dimension_of_units(context: &Context<'_>, first: &Number<'_>) -> Option<Match> {
    let tokens = &context.tokens;
    let next = |end: usize| {
        let mark = tokens.after_space(end);
        matches!(tokens.text(mark), "x" | "X" | "×").then_some(())?;
        let length = context.number(tokens.after_space(mark + 1))?;
        let unit = unit::unit(context, length.end)?;
        Some((length, unit))
    };
    let unit = unit::unit(context, first.end)?;
    next(unit.end)?;
    let mut found = Match::new(unit.end, unit::say(context, first, &unit));
    for _ in 1..MOST_LENGTHS {
        let Some((length, unit)) = next(found.end) else { break };
        let said = unit::say(context, &length, &unit);
        let fields = [("first", found.words.as_str()), ("second", said.as_str())];
        found = Match::new(unit.end, fill(&context.table.range.dimension, &fields));
    }
    Some(found)
}

/// Lengths of which each has the same mark: `5"x7"`.
fn marked_dimension(
    context: &Context<'_>,
    (at, end): (usize, usize),
    lengths: &[Number<'_>],
    mark: char,
) -> Option<Match> {
    let last =
        lengths.last().filter(|last| lengths.len() > 1 && length_mark(context, last.end) == Some(mark))?;
    let mark = Tokens::new(if mark == '″' { "″" } else { "′" });
    let unit = context.table.units.at(&mark, 0).next()?.entry;
    let is_one = context.is_singular(last) || context.is_attributive(at, end);
    let said = lengths.iter().map(|length| context.say(length, None));
    let words = said.reduce(|first, second| {
        fill(&context.table.range.dimension, &[("first", first.as_str()), ("second", second.as_str())])
    })?;
    Some(Match::new(end, format!("{words} {}", if is_one { &unit.one } else { unit.many() })))
}

/// Whether the `x` after `end` is read as a sign and no word stands before the number at `at`, so that it is a product.
fn is_product_of_x(context: &Context<'_>, at: usize, end: usize) -> bool {
    let tokens = &context.tokens;
    let before = tokens.before_space(at).and_then(|before| tokens.kind(before));
    let sign_at = tokens.after_space(end);
    let mut signs = context.table.abbreviations.at(tokens, sign_at);
    tokens.is_space(end)
        && signs.any(|sign| sign.entry.when.holds(tokens, sign_at, sign.end))
        && matches!(before, None | Some(Kind::Mark('=' | '(')))
}

/// Whether a letter or another number with a hyphen stands before `at`: `A-1`, `555-1234-9`.
fn is_part_of_code(context: &Context<'_>, at: usize) -> bool {
    let tokens = &context.tokens;
    let Some(before) = at.checked_sub(1) else { return false };
    matches!(tokens.kind(before), Some(Kind::Mark('-' | '–' | '/')))
        && before
            .checked_sub(1)
            .is_some_and(|before| matches!(tokens.kind(before), Some(Kind::Word | Kind::Digits)))
}

fn value(number: &Number<'_>) -> f64 {
    let decimals = number.decimals.unwrap_or("0");
    format!("{}.{decimals}", number.whole).parse().unwrap_or(0.0)
}

/// Both numbers in words, with what follows the second.
fn join(
    context: &Context<'_>,
    template: &str,
    (first, second): (&Number<'_>, &Number<'_>),
    (at, end): (usize, usize),
) -> Match {
    if let Some(unit) = unit::unit(context, end) {
        let first = context.say(first, unit.gender().or(context.table.gender.default));
        let second = unit::say(context, second, &unit);
        let words = fill(template, &[("first", first.as_str()), ("second", second.as_str())]);
        return Match::new(unit.end, words + unit::period_after(context, unit.end));
    }
    if let Some(inches_end) = length_mark::after_inch_mark(context, at, end) {
        let name = length_mark::inch(context, inches_end);
        let (first, second) = (context.say(first, None), context.say(second, None));
        let words = fill(template, &[("first", first.as_str()), ("second", second.as_str())]);
        return Match::new(inches_end, format!("{words} {name}"));
    }
    if let Some(currency) = money::currency(context, end) {
        let gender = currency.entry.gender.or(context.table.gender.default);
        let first = context.say(first, gender);
        let second = money::say(context, second, None, currency.entry);
        return Match::new(
            currency.end,
            fill(template, &[("first", first.as_str()), ("second", second.as_str())]),
        );
    }
    let is_year = |number: &Number<'_>, other: &Number<'_>, at: usize| {
        number.is_plain()
            && number.whole.len() == 4
            && (year::is_year(context, at)
                || (other.whole.len() == 4 || other.whole.len() == 2) && is_century(&number.whole))
    };
    let table = &context.table.range;
    let template = match &table.years {
        Some(years) if template == table.range && is_year(first, second, at) => years,
        _ => template,
    };
    let say = |number: &Number<'_>, other: &Number<'_>, at: usize| {
        if is_year(number, other, at) {
            context.spell(&context.table.years.rule_set, &number.whole)
        } else {
            // A score counts nothing, though it may have a one.
            let counted = Number { end, ..number.clone() };
            let counts_nothing = number.is_one() || template == table.score;
            let gender = if counts_nothing { None } else { context.gender_of_counted(&counted) };
            context.say(number, gender)
        }
    };
    let (first_words, second_words) = (say(first, second, at), say(second, first, end - 1));
    Match::new(end, fill(template, &[("first", first_words.as_str()), ("second", second_words.as_str())]))
}

fn is_century(digits: &str) -> bool {
    (1100..=2099).contains(&digits.parse().unwrap_or(0_u32))
}
