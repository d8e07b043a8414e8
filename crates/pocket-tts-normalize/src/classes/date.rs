//! Dates: in words with the day's number, in digits, and in ISO 8601 form.

use std::ops::Range;

use super::range_template::range_template;
use super::short_date::{
    follows_pair, follows_short_weekday, follows_weekday_and_comma, is_before_noun, is_before_time,
    is_paired, is_rather_date, within,
};
use super::{ordinal, time};
use crate::context::{Context, Match, contains, fill};
use crate::lexer::Kind;
use crate::table::{Gender, Order};

/// Reads a date.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    if !context.tokens.starts_word(at) {
        return None;
    }
    iso(context, at)
        .or_else(|| days(context, at))
        .or_else(|| short_with_hyphens(context, at))
        .or_else(|| numeric(context, at))
        .or_else(|| month_and_year(context, at))
        .or_else(|| day_and_month(context, at))
        .or_else(|| month_and_day(context, at))
}

/// A written date in digits.
struct Date<'a> {
    day: u32,
    month: u32,
    year: Option<&'a str>,
    end: usize,
}

/// `2024-03-03`.
fn iso(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let year = tokens.digits(at).filter(|digits| digits.len() == 4)?;
    let Some(Kind::Mark(mark @ ('-' | '/' | '.' | '‑'))) = tokens.kind(at + 1) else { return None };
    let digits = tokens.digits(at + 2)?;
    let month = within(digits, 12)?;
    if !tokens.is_mark(at + 3, mark) {
        // `2024-03`, but not the years `2011-12`.
        let is_month = mark == '-' && digits.starts_with('0') && is_end(context, at + 3);
        return is_month.then(|| Match::new(at + 3, say_month_and_year(context, month, year)));
    }
    let day = within(tokens.digits(at + 4)?, 31)?;
    let date = |end: usize| say(context, at, &Date { day, month, year: Some(year), end });
    // A time may follow after a `T`, which is not said.
    if tokens.text(at + 5) == "T" && tokens.digits(at + 6).is_some() {
        let date = date(at + 6);
        return Some(Match::new(date.end, date.words + ","));
    }
    is_end(context, at + 5).then(|| date(at + 5))
}

/// Whether a day and month stand at `at`, in words or digits.
pub(super) fn is_date(context: &Context<'_>, at: usize) -> bool {
    let is_month = || {
        month(context, at)
            .is_some_and(|(_, end)| context.tokens.digits(context.tokens.after_space(end)).is_some())
    };
    day_and_month(context, at).is_some() || numeric(context, at).is_some() || is_month()
}

/// Two days of a month: `3.–5. Mai`, `5-7 May`, `3./4.6.2024`.
fn days(context: &Context<'_>, at: usize) -> Option<Match> {
    let (tokens, dates) = (&context.tokens, &context.table.dates);
    let first = within(tokens.digits(at)?, 31)?;
    let end = if tokens.is_mark(at + 1, '.') && ordinal::has_period(context) { at + 2 } else { at + 1 };
    let dash = tokens.after_space(end);
    let second_at = tokens.after_space(dash + 1);
    let has_period = end == at + 2;
    let is_spaced = dash > end || second_at > dash + 1;
    let mark = match tokens.kind(dash)? {
        Kind::Mark(mark @ ('-' | '–' | '‑')) if has_period || !is_spaced || mark == '–' => mark,
        Kind::Mark('/') if has_period && !is_spaced => '/',
        _ => return None,
    };
    let second = within(tokens.digits(second_at)?, 31).filter(|second| *second > first)?;
    if mark == '/' && second != first + 1 {
        return None;
    }
    let date = day_and_month(context, second_at)
        .or_else(|| last_day_in_digits(context, second_at).filter(|_| has_period))?;
    let article = dates.day_month.split_once("{day}").map_or("", |(before, _)| before);
    let first = format!("{article}{}", say_day(context, at, first));
    let template = ordinal::joiner(context).filter(|_| mark == '/');
    let template = template.map(|joiner| format!("{{first}} {joiner} {{second}}"));
    let fields = [("first", first.as_str()), ("second", date.words.as_str())];
    let words = fill(template.as_deref().unwrap_or_else(|| range_template(context, at)), &fields);
    Some(Match::new(date.end, without_repeated_word(context, at, &words)))
}

/// The last day of several, with its month and maybe a year in digits: `15.8.`
fn last_day_in_digits(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    if let Some(date) = numeric(context, at) {
        return Some(date);
    }
    let day = within(tokens.digits(at)?, 31).filter(|_| tokens.is_mark(at + 1, '.'))?;
    let month_at = tokens.after_space(at + 2);
    let month = within(tokens.digits(month_at)?, 12).filter(|_| tokens.ends_word(month_at + 1))?;
    let has_period = tokens.is_mark(month_at + 1, '.') && !context.at_sentence_end(month_at + 2);
    let end = if has_period { month_at + 2 } else { month_at + 1 };
    Some(say(context, at, &Date { day, month, year: None, end }))
}

/// `12-Dec-2020`, `12/dez/2020` and `Jul-2023`.
fn short_with_hyphens(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let is_mark = |at: usize| tokens.is_mark(at, '-') || tokens.is_mark(at, '/');
    let day = tokens.digits(at).filter(|_| is_mark(at + 1));
    let month_at = if day.is_some() { at + 2 } else { at };
    let (name, end) = month(context, month_at).filter(|(_, end)| is_mark(*end))?;
    let year = tokens.digits(end + 1).filter(|digits| matches!(digits.len(), 2 | 4))?;
    let is_year = is_end(context, end + 2) && (day.is_some() || year.len() == 4);
    if !is_year {
        return None;
    }
    let Some(day) = day else { return Some(Match::new(end + 2, fill_month_and_year(context, name, year))) };
    let (day, year) = (say_day(context, at, within(day, 31)?), say_year(context, year));
    let fields = [("day", day.as_str()), ("month", name), ("year", year.as_str())];
    Some(Match::new(end + 2, fill(&context.table.dates.numeric, &fields)))
}

/// `3/4/2024`, `03.04.24`, and `3/4` after a word such as `on`.
fn numeric(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let dates = &context.table.dates;
    let first = tokens.digits(at)?;
    let Some(Kind::Mark(mark)) = tokens.kind(at + 1) else { return None };
    let is_weak = dates.weak_separators.contains(&mark);
    if !is_weak && !dates.separators.contains(&mark) {
        return None;
    }
    // German puts spaces after the periods: `3. 4. 2024`.
    let second_at = if mark == '.' { tokens.after_space(at + 2) } else { at + 2 };
    let second = tokens.digits(second_at)?;
    let (day, month) = day_and_month_of(dates.order, first, second)?;
    let has_mark = tokens.is_mark(second_at + 1, mark);
    let year_at = if mark == '.' { tokens.after_space(second_at + 2) } else { second_at + 2 };
    // `am 25.12.800`
    let is_length = |length: usize| {
        matches!(length, 2 | 4) || length == 3 && mark == '.' && context.follows(at, &dates.short_after)
    };
    let year = tokens.digits(year_at).filter(|digits| has_mark && is_length(digits.len()));
    let is_year = |year: &&str| (!is_weak || year.len() == 4) && is_end(context, year_at + 1);
    if let Some(year) = year.filter(is_year) {
        return Some(say(context, at, &Date { day, month, year: Some(year), end: year_at + 1 }));
    }
    // `3-4` is a range, and `3/4` a fraction, but not `03/04` and `03.04.`
    let has_zero = first.starts_with('0') || second.starts_with('0');
    let is_clear = has_mark == (mark == '.') && has_zero && first.len() == 2 && second.len() == 2
        || !has_mark && mark == '/' && is_rather_date(context, (first, second), second_at + 1)
        // `(18.5., 15.30 Uhr)`
        || has_mark && mark == '.' && matches!(tokens.kind(second_at + 2), Some(Kind::Mark(',' | ')' | ';')));
    // `on 1/3 of the land` is a fraction.
    let is_of = tokens.next_word(second_at + 1).is_some_and(|word| {
        contains(&dates.joiners, word) || contains(&context.table.attributive_after, word)
    });
    // `reduce by 1/3`
    let is_part = || {
        let parts = (first.parse::<u32>(), second.parse::<u32>());
        let is_usual = matches!(parts, (Ok(first), Ok(second @ (2..=5 | 8 | 10))) if first < second);
        is_usual || is_before_noun(context, second_at + 1)
    };
    let follows_word = context.follows(at, &dates.short_after)
        || context.follows(at, &dates.short_after_unless_part) && !is_part()
        || follows_pair(context, at, &dates.short_after_pairs);
    let is_short = !is_weak
        && !context.follows(at, &context.table.codes.hyphen_after)
        // `by 1.1 °C`
        && (mark != '.' || context.table.numbers.decimal_mark != '.')
        && !is_of
        && mark != '-'
        && (second_at == at + 2 || has_mark && follows_word)
        && (is_clear
            || follows_word
            || ordinal::follows_weekday(context, at)
            || follows_weekday_and_comma(context, at)
            || mark == '/' && is_before_time(context, second_at + 1)
            || mark == '/' && (follows_short_weekday(context, at) || is_paired(context, at)));
    let end = if mark == '.'
        && has_mark
        && tokens.digits(second_at + 2).is_none()
        && !context.at_sentence_end(second_at + 2)
    {
        second_at + 2
    } else {
        second_at + 1
    };
    (is_short && tokens.ends_word(end)).then(|| say(context, at, &Date { day, month, year: None, end }))
}

/// `12/2024`, and `Dec. 2024`.
fn month_and_year(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let (month, end) = if let Some(digits) = tokens.digits(at) {
        // A mark before it, as in `No. 12/2024`, makes it the number of a law or the like.
        let before = tokens.before_space(at).and_then(|before| tokens.kind(before));
        let is_free = matches!(before, None | Some(Kind::Word | Kind::Mark('(' | ':' | ',' | '-' | '–')));
        let is_month = is_free && digits.len() == 2 && tokens.is_mark(at + 1, '/');
        let number = within(digits, 12).filter(|_| is_month)?;
        (context.table.dates.months.get(number as usize - 1)?.as_str(), at + 2)
    } else {
        let (month, end) = month(context, at).filter(|(_, end)| tokens.is_mark(end - 1, '.'))?;
        (month, tokens.after_space(end))
    };
    let year = tokens.digits(end).filter(|digits| digits.len() == 4 && ("1000"..="2199").contains(digits))?;
    is_end(context, end + 1).then(|| Match::new(end + 1, fill_month_and_year(context, month, year)))
}

fn say_month_and_year(context: &Context<'_>, month: u32, year: &str) -> String {
    let month = context.table.dates.months.get(month as usize - 1);
    fill_month_and_year(context, month.map_or("", String::as_str), year)
}

fn fill_month_and_year(context: &Context<'_>, month: &str, year: &str) -> String {
    let year = say_year(context, year);
    let template = context.table.dates.month_year.as_deref().unwrap_or("{month} {year}");
    fill(template, &[("month", month), ("year", year.as_str())])
}

/// Tokens `range` as a date of digits in a known order, with a year or without one.
pub(crate) fn read_as(context: &Context<'_>, range: Range<usize>, is_day_first: bool) -> Option<String> {
    let at = range.start;
    let groups: Vec<&str> = range.clone().filter_map(|at| context.tokens.digits(at)).collect();
    let (first, second, year) = match *groups.as_slice() {
        [first, second] => (first, second, None),
        [first, second, year] if matches!(year.len(), 2 | 4) => (first, second, Some(year)),
        _ => return None,
    };
    let (day, month) = if is_day_first { (first, second) } else { (second, first) };
    let (day, month) = (within(day, 31)?, within(month, 12)?);
    Some(say(context, at, &Date { day, month, year, end: range.end }).words)
}

/// Day and month of two numbers in a language's order, or in the other one if only that is possible.
fn day_and_month_of(order: Order, first: &str, second: &str) -> Option<(u32, u32)> {
    let day_first = || Some((within(first, 31)?, within(second, 12)?));
    let month_first = || Some((within(second, 31)?, within(first, 12)?));
    match order {
        Order::DayMonth => day_first().or_else(month_first),
        Order::MonthDay => month_first().or_else(day_first),
    }
}

fn is_end(context: &Context<'_>, end: usize) -> bool {
    let continues = matches!(context.tokens.kind(end), Some(Kind::Mark('-' | '/')))
        && context.tokens.digits(end + 1).is_some();
    context.tokens.ends_word(end) && !continues
}

fn say(context: &Context<'_>, at: usize, date: &Date<'_>) -> Match {
    let dates = &context.table.dates;
    let day = say_day(context, at, date.day);
    let month = dates.months.get(date.month as usize - 1).map_or("", String::as_str);
    let words = match date.year {
        None => fill(&dates.numeric_short, &[("day", day.as_str()), ("month", month)]),
        Some(year) => {
            let year = say_year(context, year);
            fill(&dates.numeric, &[("day", day.as_str()), ("month", month), ("year", year.as_str())])
        }
    };
    Match::new(date.end, without_repeated_word(context, at, &words))
}

/// A year of two or four digits in words. Two digits are one of the last seventy or the next thirty years or so.
fn say_year(context: &Context<'_>, digits: &str) -> String {
    let full = match digits.len() {
        2 if digits < "70" => format!("20{digits}"),
        2 => format!("19{digits}"),
        _ => digits.to_owned(),
    };
    context.spell(&context.table.years.rule_set, &full)
}

fn say_day(context: &Context<'_>, at: usize, day: u32) -> String {
    let dates = &context.table.dates;
    let rule_set = match &dates.first_day {
        Some(first) if day == 1 => first,
        _ => ordinal::rule_set(context, at, Some(Gender::Masculine)).unwrap_or(&dates.day),
    };
    context.spell(rule_set, &day.to_string())
}

/// `3 March`, `3rd of March`, `1er mai`, `3. Mai 2024`.
fn day_and_month(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let dates = &context.table.dates;
    let day = within(tokens.digits(at)?, 31)?;
    let after_day = after_day_suffix(context, at + 1);
    let space_end = tokens.after_space(after_day);
    let joiner = tokens.word(space_end).filter(|word| dates.joiners.iter().any(|joiner| joiner == word));
    let month_at = if joiner.is_some() { tokens.after_space(space_end + 1) } else { space_end };
    let (month, month_end) = month(context, month_at)?;
    let words = if let Some(joiner) = joiner {
        format!("{} {joiner} {month}", say_day(context, at, day))
    } else {
        let day = say_day(context, at, day);
        fill(&dates.day_month, &[("day", day.as_str()), ("month", month)])
    };
    Some(with_year(context, month_end, without_repeated_word(context, at, &words), ""))
}

/// `March 3`, `March 3rd, 2024`.
fn month_and_day(context: &Context<'_>, at: usize) -> Option<Match> {
    let (tokens, dates) = (&context.tokens, &context.table.dates);
    if dates.month_day.is_empty() {
        return None;
    }
    let (month, month_end) = month(context, at)?;
    let day_at = tokens.after_space(month_end);
    if day_at == month_end {
        return None;
    }
    let day = within(tokens.digits(day_at)?, 31)?;
    let end = after_day_suffix(context, day_at + 1);
    let is_other = !tokens.ends_word(end)
        || time::is_range_of_hours(context, day_at)
        || matches!(tokens.kind(end), Some(Kind::Mark(':' | '.' | '%'))) && tokens.digits(end + 1).is_some()
        || tokens.is_mark(end, '%');
    if is_other {
        return None;
    }
    let (last_day, end) = last_day(context, day, end).map_or((None, end), |(last, end)| (Some(last), end));
    let day = say_day(context, at, day);
    let mut words = fill(&dates.month_day, &[("day", day.as_str()), ("month", month)]);
    if let Some(last) = last_day {
        let last = say_day(context, at, last);
        let fields = [("first", words.as_str()), ("second", last.as_str())];
        words = fill(range_template(context, at), &fields);
    }
    Some(with_year(context, end, words, ","))
}

/// The last day of a range whose first one ends before `end`, and the index after it: `May 5-7`.
fn last_day(context: &Context<'_>, first: u32, end: usize) -> Option<(u32, usize)> {
    let tokens = &context.tokens;
    let dash = if tokens.is_mark(end, '-') { end } else { tokens.after_space(end) };
    matches!(tokens.kind(dash), Some(Kind::Mark('-' | '–' | '‑')))
        .then_some(())
        .filter(|()| dash == end || tokens.is_mark(dash, '–'))?;
    let last_at = if dash > end { tokens.after_space(dash + 1) } else { dash + 1 };
    let last = within(tokens.digits(last_at)?, 31).filter(|last| *last > first)?;
    let end = after_day_suffix(context, last_at + 1);
    let goes_on = matches!(tokens.kind(end), Some(Kind::Mark(':' | '%' | '-' | '/' | '.')))
        && tokens.digits(end + 1).is_some()
        || tokens.is_mark(end, '%');
    (tokens.ends_word(end) && !goes_on).then_some((last, end))
}

/// The index after what follows a day's digits: `th`, `.`, `º`.
fn after_day_suffix(context: &Context<'_>, at: usize) -> usize {
    let tokens = &context.tokens;
    let is_suffix = |text: &str| context.table.dates.day_suffixes.iter().any(|suffix| suffix == text);
    if is_suffix(tokens.text_of(at..at + 2)) && tokens.ends_word(at + 2) {
        at + 2
    } else if is_suffix(tokens.text(at)) && (tokens.is_mark(at, '.') || tokens.ends_word(at + 1)) {
        at + 1
    } else if tokens.is_space(at) && tokens.is_mark(at + 1, '°') && is_suffix("°") {
        at + 2
    } else {
        at
    }
}

/// The name of the month at `at`, which is as written unless it is abbreviated, and the index after it.
fn month<'a>(context: &Context<'a>, at: usize) -> Option<(&'a str, usize)> {
    let (tokens, dates) = (&context.tokens, &context.table.dates);
    let word = tokens.word(at).filter(|_| tokens.ends_word(at + 1))?;
    for (month, short) in dates.months.iter().zip(&dates.short_months) {
        if contains(std::slice::from_ref(month), word) {
            return Some((word, at + 1));
        }
        if contains(short, word) && !is_other_word(context, at) {
            return Some((month, if tokens.is_mark(at + 1, '.') { at + 2 } else { at + 1 }));
        }
    }
    None
}

/// Whether the abbreviation of a month at `at` is another word, as in the Italian `3º set`.
fn is_other_word(context: &Context<'_>, at: usize) -> bool {
    let (tokens, words) = (&context.tokens, &context.table.dates.short_words);
    let has_period = tokens.is_mark(at + 1, '.');
    let end = if has_period { at + 2 } else { at + 1 };
    let has_year = tokens.digits(tokens.after_space(end)).is_some_and(|year| year.len() == 4);
    contains(words, tokens.text(at)) && !has_year && (!has_period || context.at_sentence_end(end))
}

/// Appends the year that follows a day and month, after a comma or without one.
fn with_year(context: &Context<'_>, end: usize, words: String, comma: &str) -> Match {
    let tokens = &context.tokens;
    let has_comma = tokens.is_mark(end, ',');
    let year_at = tokens.after_space(if has_comma { end + 1 } else { end });
    let year = tokens
        .digits(year_at)
        .filter(|digits| digits.len() == 4 && year_at > end && tokens.ends_word(year_at + 1));
    let is_time = tokens.is_mark(year_at + 1, ':');
    match year {
        Some(year) if !is_time => {
            let comma = if has_comma { "," } else { comma };
            Match::new(year_at + 1, format!("{words}{comma} {}", say_year(context, year)))
        }
        _ => Match::new(end, words),
    }
}

/// Leaves out the first word if it already stands before `at`: `the 3 March`.
fn without_repeated_word(context: &Context<'_>, at: usize, words: &str) -> String {
    let previous = context.tokens.previous_word(at).map(str::to_lowercase);
    match words.split_once(' ') {
        Some((first, rest)) if previous.as_deref() == Some(first) => rest.to_owned(),
        _ => words.to_owned(),
    }
}
