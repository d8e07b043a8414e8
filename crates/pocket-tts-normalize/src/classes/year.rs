//! Years and decades: `in 1998`, `the 1990s`, `the '80s`.

use super::unit;
use crate::context::{Context, Match, contains, fill};
use crate::lexer::{Kind, is_all_capitals, is_capitalized};

/// Reads a year or a decade.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    if !context.tokens.starts_word(at) {
        return None;
    }
    decade(context, at).or_else(|| year(context, at))
}

/// Whether the digits at `at` are a year, because of a word beside them.
pub(crate) fn is_year(context: &Context<'_>, at: usize) -> bool {
    let (tokens, years) = (&context.tokens, &context.table.years);
    let Some(digits) = tokens.digits(at).filter(|digits| digits.len() == 4 && !digits.starts_with('0'))
    else {
        return false;
    };
    let follows_mark =
        at.checked_sub(1).is_some_and(|before| tokens.is_mark(before, '(') || tokens.is_mark(before, '©'));
    let is_before =
        tokens.next_word(at + 1).is_some_and(|word| years.before.iter().any(|listed| listed == word));
    if follows_month(context, at) || is_before {
        return true;
    }
    // `King's 1963 speech`
    let possessive = tokens.before_space(at).filter(|word| tokens.text(*word) == "s" && *word > 0);
    let is_possessive =
        possessive.is_some_and(|word| matches!(tokens.kind(word - 1), Some(Kind::Mark('\'' | '’'))));
    if is_possessive && is_year_number(digits) && !digits.ends_with("00") {
        return true;
    }
    // `a 1986 case`, but not `a 1500 meter run`
    if context.follows(at, &context.table.attributive_after)
        && is_year_number(digits)
        && !digits.ends_with("00")
    {
        return true;
    }
    // `TSV 1860 München`
    let follows_initialism = context.table.gender.nouns_are_capitalized
        && tokens
            .before_space(at)
            .and_then(|before| tokens.word(before))
            .is_some_and(|word| (2..=4).contains(&word.chars().count()) && is_all_capitals(word));
    let counts_something = !follows_initialism
        && tokens.word(tokens.after_space(at + 1)).is_some_and(|word| {
            let is_ruler = contains(&context.table.roman.names, word) && tokens.word(at + 2) == Some(word);
            !is_ruler
                && !context.table.gender.function_words.contains(&word.to_lowercase())
                && !years.nouns.iter().any(|noun| noun == word)
                && is_capitalized(word) == context.table.gender.nouns_are_capitalized
        });
    if context.follows(at, &years.after) || follows_mark {
        return !counts_something || context.follows(at, &years.after) && is_year_number(digits);
    }
    // `1066`, but not `1024` and `1050`, which are seldom years.
    let is_early = ("1010".."1100").contains(&digits) && !digits.ends_with('0') && digits != "1024";
    years.alone && (is_year_number(digits) || is_early) && !counts_something
}

/// Whether the name of a month stands before `at`.
fn follows_month(context: &Context<'_>, at: usize) -> bool {
    let dates = &context.table.dates;
    context.tokens.previous_word(at).is_some_and(|word| {
        contains(&dates.months, word)
            || dates.short_months.iter().any(|short| short.iter().any(|short| short == word))
    })
}

fn is_year_number(digits: &str) -> bool {
    (1100..=2099).contains(&digits.parse().unwrap_or(0_u32))
}

fn year(context: &Context<'_>, at: usize) -> Option<Match> {
    let digits = context.tokens.digits(at)?;
    let tokens = &context.tokens;
    // `1234-A`
    let is_code = tokens.is_mark(at + 1, '-') && tokens.word(at + 2).is_some_and(is_all_capitals);
    let is_number = is_code || !context.number(at)?.is_plain() || unit::unit(context, at + 1).is_some();
    if is_number {
        return None;
    }
    let say = |digits: &str| context.spell(&context.table.years.rule_set, digits);
    if let Some(next) = next_year(context, at) {
        return Some(Match::new(at + 3, format!("{} {}", say(digits), say(next))));
    }
    is_year(context, at).then(|| Match::new(at + 1, say(digits)))
}

/// The second year of `2019/20` or `2019/2020`.
pub(super) fn next_year<'a>(context: &Context<'a>, at: usize) -> Option<&'a str> {
    let tokens = &context.tokens;
    let digits = tokens.digits(at).filter(|digits| digits.len() == 4 && is_year_number(digits))?;
    let next = tokens.digits(at + 2).filter(|_| tokens.is_mark(at + 1, '/') && tokens.ends_word(at + 3))?;
    let following = (digits.parse::<u32>().ok()? + 1).to_string();
    let is_next = next == following || next.len() == 2 && following.ends_with(next);
    (is_next && !tokens.is_mark(at + 3, '/')).then_some(next)
}

fn decade(context: &Context<'_>, at: usize) -> Option<Match> {
    let (tokens, decades) = (&context.tokens, &context.table.decades);
    let is_short = matches!(tokens.kind(at), Some(Kind::Mark('\'' | '’' | '‘')));
    let start = if is_short { at + 1 } else { at };
    let digits = tokens.digits(start)?;
    let suffix = decades.suffixes.iter().find_map(|suffix| {
        after_suffix(context, start + 1, suffix).map(|end| (end, decades.endings.get(suffix)))
    });
    let ending = suffix.and_then(|(_, ending)| ending).map_or("", String::as_str);
    let suffix = suffix.map(|(end, _)| end);
    // `a timeout of 30s`
    let are_seconds = !is_short && digits.len() == 2 && context.follows(at, &decades.not_after);
    let end = match suffix {
        Some(_) if are_seconds => return None,
        Some(end) => end,
        None if is_short && decades.suffixes.is_empty() => start + 1,
        // `in '98`
        None if is_short && digits.len() == 2 && context.follows(at, &context.table.years.after) => start + 1,
        None if is_short && digits.len() == 2 && (follows_month(context, at) || digits.starts_with('0')) => {
            start + 1
        }
        // `a '38 Buick`
        None if is_short
            && digits.len() == 2
            && is_before_name(context, start + 1)
            && !decades.suffixes.is_empty() =>
        {
            start + 1
        }
        None => return None,
    };
    match digits.len() {
        2 => {
            // `'00` is a year.
            let is_decade = suffix.is_some() || digits != "00";
            let words = if is_decade { decades.tens.get(digits) } else { decades.zero.as_ref() }.cloned();
            let words =
                words.or_else(|| is_short.then(|| context.spell(&context.table.cardinal.bare, digits)))?;
            Some(Match::new(end, words + ending))
        }
        // A century in Italian: `'900`.
        3 if is_short && suffix.is_none() && digits.ends_with("00") => {
            Some(Match::new(end, context.spell(&context.table.cardinal.bare, digits)))
        }
        4 => {
            if let Some(words) = decades.tens.get(digits) {
                return Some(Match::new(end, format!("{words}{ending}")));
            }
            let (century, tens) = digits.split_at(2);
            let century = context.spell(&decades.century, century);
            let tens = decades.tens.get(tens)?;
            Some(Match::new(
                end,
                fill(&decades.full, &[("century", century.as_str()), ("tens", tens.as_str())]) + ending,
            ))
        }
        _ => None,
    }
}

/// Whether a space and a word with a capital letter stand at `at`.
fn is_before_name(context: &Context<'_>, at: usize) -> bool {
    context.tokens.is_space(at) && context.tokens.next_word(at).is_some_and(is_capitalized)
}

/// The index after `suffix`, if it stands at `at` and ends a word.
fn after_suffix(context: &Context<'_>, at: usize, suffix: &str) -> Option<usize> {
    let tokens = &context.tokens;
    let end = match suffix.strip_prefix(['\'', '’']) {
        Some(rest) => {
            let is_mark = tokens.is_mark(at, '\'') || tokens.is_mark(at, '’');
            (is_mark && tokens.text(at + 1) == rest).then_some(at + 2)?
        }
        None => (tokens.text(at) == suffix).then_some(at + 1)?,
    };
    tokens.ends_word(end).then_some(end)
}
