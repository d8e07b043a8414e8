//! Times of day: `12:30`, `3 PM`, `12h30`, `9 Uhr`.

use super::money;
use super::range_template::range_template_of;
use super::unit;
use crate::context::{Context, Match, capitalized, contains, fill};
use crate::lexer::{Kind, is_capitalized};
use crate::number::Number;
use crate::rule::Rule;
use crate::table::OneOClock;

/// Reads a time.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let is_inside = at
        .checked_sub(1)
        .is_some_and(|before| matches!(tokens.kind(before), Some(Kind::Mark(':' | '.' | ',' | '/'))))
        && at >= 2
        && tokens.digits(at - 2).is_some();
    if !tokens.starts_word(at) && tokens.text(at.saturating_sub(1)) != "T" || is_inside {
        return None;
    }
    if let Some(one) = after_plural(context, at) {
        return Some(one);
    }
    let hour: u32 = tokens.digits(at).filter(|digits| digits.len() <= 2)?.parse().ok()?;
    if hour > 24 {
        return None;
    }
    hour_and_minute(context, at, hour).or_else(|| full_hour(context, at, hour))
}

/// `12:30`, `12:30:15`, with `Uhr` or `PM` after it.
fn hour_and_minute(context: &Context<'_>, at: usize, hour: u32) -> Option<Match> {
    let (tokens, times) = (&context.tokens, &context.table.times);
    let is_listed = |list: &[String], at: usize| list.iter().any(|listed| listed == tokens.text(at));
    let is_strong = is_listed(&times.separators, at + 1);
    if !is_strong && !is_listed(&times.weak_separators, at + 1) {
        return None;
    }
    let minute_text = tokens.digits(at + 2).filter(|digits| digits.len() == 2)?;
    let minute: u32 = minute_text.parse().ok().filter(|minute| *minute < 60)?;
    if is_scale(context, at) || is_ratio(context, at) {
        return None;
    }
    if let Some(time) = split_seconds(context, at, hour) {
        return Some(time);
    }
    let is_minute_word = |at: usize| is_listed(&times.minute_words, at) && tokens.word(at).is_some();
    let mut end = at + 3;
    let mut second = None;
    if (matches!(tokens.kind(end), Some(Kind::Mark(':' | '\'' | '′'))) || is_minute_word(end))
        && let Some(digits) = tokens.digits(end + 1).filter(|digits| digits.len() == 2 && *digits < "60")
    {
        (second, end) = (Some(digits), end + 2);
        let has_mark =
            matches!(tokens.text(end), "s" | "sec" | "seg" | "\"" | "″") && tokens.ends_word(end + 1);
        end += usize::from(has_mark);
    } else if is_minute_word(end)
        || tokens.word(at + 1).is_some() && matches!(tokens.kind(end), Some(Kind::Mark('\'' | '′')))
    {
        end += 1;
    }
    let (half, half_end) = half(context, end);
    let word_end = after_word(context, end).or_else(|| after_glued_word(context, end).filter(|_| is_strong));
    let is_decimal = is_decimal(context, at, end);
    let is_time = is_strong
        || half.is_some()
        || word_end.is_some()
        || context.follows(at, &times.after)
        || is_train(context, at, end)
        || is_weak_range(context, at)
        || shares_word(context, end);
    let is_whole = tokens.ends_word(end) || tokens.text(end) == "Z" && is_strong;
    if !is_time || is_decimal || !is_whole && half.is_none() && word_end.is_none() {
        return None;
    }
    let parts = second.filter(|_| half.is_none()).map(|second| [tokens.text(at), minute_text, second]);
    if let Some(words) = parts.and_then(|parts| long_duration(context, at, parts)) {
        return Some(Match::new(end, words));
    }
    // `14:30:00`
    let second = second.filter(|second| times.long_duration.is_none() || *second != "00");
    let hour_words = say_hour(context, hour);
    let is_duration = tokens.word(at + 1).is_some() && !context.follows(at, &times.after);
    let one = duration(context, hour).filter(|_| is_duration).or_else(|| one_o_clock(context, hour));
    let words = if let Some(second) = second {
        let template = one.map_or(&times.hour_minute_second, |one| &one.hour_minute_second);
        fill(
            template,
            &[
                ("hour", hour_words.as_str()),
                ("minute", say_minute(context, minute_text).as_str()),
                ("minutes", say_counted(context, minute_text).as_str()),
                ("second", say_counted(context, second).as_str()),
            ],
        )
    } else if minute == 0 {
        let plain = times.plain_hour.as_ref().filter(|_| word_end.is_none());
        let template = match (&half, plain, one) {
            (Some(_), ..) => &times.short_hour,
            (None, Some(plain), _) => plain,
            (None, None, Some(one)) => &one.full_hour,
            (None, None, None) => &times.full_hour,
        };
        fill(template, &[("hour", hour_words.as_str())])
    } else {
        let template = one.map_or(&times.hour_minute, |one| &one.hour_minute);
        say_hour_minute(context, template, hour, minute_text)
    };
    Some(finish(word_end.unwrap_or(end), half, half_end, words))
}

/// Hours of one digit, minutes and seconds that are no time of day: `2:03:59`.
fn long_duration(context: &Context<'_>, at: usize, parts: [&str; 3]) -> Option<String> {
    let times = &context.table.times;
    let template = times.long_duration.as_ref().filter(|_| parts[0].len() == 1)?;
    if context.follows(at, &times.clock_after) {
        return None;
    }
    let mut said = Vec::new();
    for (digits, unit) in parts.into_iter().zip(["h", "min", "s"]) {
        let unit = context.table.units.of_form(unit)?;
        let digits = digits.trim_start_matches('0');
        let number =
            context.spell(&context.table.cardinal.bare, if digits.is_empty() { "0" } else { digits });
        said.push(format!("{number} {}", if digits == "1" { &unit.one } else { unit.many() }));
    }
    let fields = [("hours", said[0].as_str()), ("minutes", &said[1]), ("seconds", &said[2])];
    Some(fill(template, &fields))
}

/// Whether a time with a comma at `at` that ends before `end` is a decimal number.
fn is_decimal(context: &Context<'_>, at: usize, end: usize) -> bool {
    let (tokens, times) = (&context.tokens, &context.table.times);
    tokens.is_mark(at + 1, ',')
        && (!context.follows(at, &times.after)
            || unit::unit(context, end).is_some()
            || money::currency(context, end).is_some())
}

/// Whether a time at `at` names a train or the like: `the 7.15 to Leeds`.
fn is_train(context: &Context<'_>, at: usize, end: usize) -> bool {
    let (tokens, times) = (&context.tokens, &context.table.times);
    tokens.previous_word(at).is_some_and(|word| word.eq_ignore_ascii_case("the"))
        && tokens.next_word(end).is_some_and(|word| contains(&times.weak_before, word))
}

/// Whether two numbers with a colon are a ratio, because of a word beside them: `a 1:50 scale`.
fn is_ratio(context: &Context<'_>, at: usize) -> bool {
    let is_name = !context.table.range.label_ratio.is_empty()
        && context.tokens.is_mark(at + 1, ':')
        && context.follows(at, &context.table.gender.labels);
    if is_name {
        return true;
    }
    let words = &context.table.range.ratio_words;
    let tokens = &context.tokens;
    // `31:24 (15:12)`, with the score of the first half.
    let is_pair = |at: usize| {
        tokens.digits(at).is_some() && tokens.is_mark(at + 1, ':') && tokens.digits(at + 2).is_some()
    };
    let second_half = tokens
        .before_space(at)
        .filter(|mark| tokens.is_mark(*mark, '('))
        .and_then(|mark| tokens.before_space(mark));
    let follows_score = second_half.and_then(|end| end.checked_sub(2)).is_some_and(is_pair);
    let first_half = tokens.after_space(at + 3);
    let is_before_score =
        tokens.is_mark(first_half, '(') && is_pair(first_half + 1) && tokens.is_mark(first_half + 4, ')');
    let has_colon = context.table.range.score == context.table.range.ratio;
    let is_score = follows_score
        || is_before_score
        || has_colon && context.follows(at, &context.table.range.score_after);
    if is_score
        && tokens.is_mark(at + 1, ':')
        && !tokens.is_mark(at + 3, ':')
        && after_word(context, at + 3).is_none()
    {
        return true;
    }
    context.tokens.is_mark(at + 1, ':')
        && (context.follows(at, words)
            || context.tokens.next_word(at + 3).is_some_and(|word| contains(words, word)))
}

/// Whether a scale stands at `at`: `1:10,000`, `1:25 000`.
fn is_scale(context: &Context<'_>, at: usize) -> bool {
    let tokens = &context.tokens;
    let group = tokens.digits(at + 4).filter(|digits| digits.len() == 3);
    match tokens.kind(at + 3) {
        Some(Kind::Mark(mark @ ('.' | ','))) => {
            group.is_some() && context.table.numbers.group_marks.contains(&mark)
        }
        Some(Kind::Space) => group == Some("000") && tokens.is_mark(at + 1, ':'),
        _ => false,
    }
}

/// Minutes and seconds with decimals: `3:59.4`.
fn split_seconds(context: &Context<'_>, at: usize, minutes: u32) -> Option<Match> {
    let tokens = &context.tokens;
    let mark = context.table.numbers.decimal_mark;
    let has_colon = tokens.is_mark(at + 1, ':') || mark == ',' && tokens.is_mark(at + 1, '.');
    let has_decimals =
        has_colon && tokens.is_mark(at + 3, context.table.numbers.decimal_mark) && tokens.ends_word(at + 5);
    let seconds = context.number(at + 2).filter(|number| has_decimals && number.decimals.is_some())?;
    if seconds.end != at + 5 {
        return None;
    }
    let zero = &context.table.times.zero;
    let zero =
        if seconds.whole.starts_with('0') && !zero.is_empty() { format!("{zero} ") } else { String::new() };
    let seconds = Number { whole: seconds.whole.trim_start_matches('0').to_owned().into(), ..seconds };
    let minutes = context.spell(&context.table.cardinal.bare, &minutes.to_string());
    let words = format!("{minutes} {zero}{}", context.say(&seconds, None));
    // `2:05,20 min`
    let durations = context.table.times.durations.as_ref();
    let name = tokens
        .next_word(at + 5)
        .filter(|name| durations.is_some_and(|table| table.minutes.iter().any(|listed| listed == name)));
    let unit = name.and_then(|_| context.table.units.of_form("min"));
    Some(match unit {
        Some(unit) => Match::new(tokens.after_space(at + 5) + 1, format!("{words} {}", unit.many())),
        None => Match::new(at + 5, words),
    })
}

/// Whether a time with a weak separator at `at` has another one beside it after a dash: `9.00-17.00`.
fn is_weak_range(context: &Context<'_>, at: usize) -> bool {
    let tokens = &context.tokens;
    let is_form = |at: usize| {
        tokens.digits(at).is_some_and(|digits| digits.len() <= 2)
            && tokens.is_mark(at + 1, '.')
            && tokens.digits(at + 2).is_some_and(|digits| digits.len() == 2 && digits < "60")
    };
    // Prices have such forms too, but seldom full hours.
    let dates = &context.table.dates;
    let follows_weekday = |first: usize| {
        tokens.previous_word(first).is_some_and(|word| {
            contains(&dates.weekdays, word)
                || dates.short_weekdays.iter().any(|short| short.iter().any(|short| short == word))
        })
    };
    let are_full = |first: usize| {
        tokens.text(first + 2) == "00" || tokens.text(first + 6) == "00" || follows_weekday(first)
    };
    let is_dash = |at: usize| matches!(tokens.kind(at), Some(Kind::Mark('-' | '–' | '‑')));
    let is_range =
        |first: usize| is_form(first) && is_dash(first + 3) && is_form(first + 4) && are_full(first);
    // `de 9.00 a 13.00`
    let joiners = &context.table.times.joiners;
    let is_joiner = |at: usize| tokens.word(at).is_some_and(|word| contains(joiners, word));
    let are_joined = |first: usize| {
        let are_full = tokens.text(first + 2) == "00" || tokens.text(first + 8) == "00";
        is_form(first)
            && tokens.is_space(first + 3)
            && is_joiner(first + 4)
            && tokens.is_space(first + 5)
            && is_form(first + 6)
            && are_full
    };
    is_range(at) || at >= 4 && is_range(at - 4) || are_joined(at) || at >= 6 && are_joined(at - 6)
}

/// Whether a time that ends before `end` has the word of a second one: `8.30 tot 12.00 uur`.
fn shares_word(context: &Context<'_>, end: usize) -> bool {
    let (tokens, times) = (&context.tokens, &context.table.times);
    let joiner = tokens.after_space(end);
    let is_joiner = match tokens.kind(joiner) {
        Some(Kind::Word) => times.joiners.iter().any(|word| word == tokens.text(joiner)),
        Some(Kind::Mark(mark)) => matches!(mark, '-' | '–' | '‑'),
        _ => false,
    };
    let second = tokens.after_space(joiner + 1);
    let has_minute = times.weak_separators.iter().any(|mark| mark == tokens.text(second + 1));
    let second_end = if has_minute { second + 3 } else { second + 1 };
    is_joiner
        && tokens.digits(second).is_some()
        && tokens.digits(second_end - 1).is_some()
        && after_word(context, second_end).is_some()
}

/// `3 PM`, `9 Uhr`.
fn full_hour(context: &Context<'_>, at: usize, hour: u32) -> Option<Match> {
    let times = &context.table.times;
    let (half, half_end) = half(context, at + 1);
    if half.is_some() && hour <= 12 {
        let words = fill(&times.short_hour, &[("hour", say_hour(context, hour).as_str())]);
        return Some(finish(at + 1, half, half_end, words));
    }
    if let Some(range) = hours_with_half(context, at, hour) {
        return Some(range);
    }
    let glued = || after_glued_word(context, at + 1).filter(|_| context.follows(at, &times.after));
    let end = after_word(context, at + 1).or_else(glued)?;
    let one = one_o_clock(context, hour);
    let template = one.map_or(&times.full_hour, |one| &one.full_hour);
    // `12 Uhr 30`.
    let minute_at = context.tokens.after_space(end);
    let minute = context.tokens.digits(minute_at).filter(|digits| digits.len() == 2 && *digits < "60");
    // `2 h 30 min` is a duration, and its minutes are a measure.
    let unit = context.tokens.next_word(minute_at + 1);
    let has_unit = unit.is_some_and(|word| times.minute_words.iter().any(|known| known == word));
    let is_minute = minute.filter(|minute| {
        *minute != "00"
            && !has_unit
            && context.tokens.ends_word(minute_at + 1)
            && !context.tokens.is_mark(minute_at + 1, '%')
    });
    if let Some(minute) = is_minute {
        let is_duration = !context.follows(at, &times.after);
        let one = duration(context, hour).filter(|_| is_duration).or(one);
        let template = one.map_or(&times.hour_minute, |one| &one.hour_minute);
        let has_mark = matches!(context.tokens.kind(minute_at + 1), Some(Kind::Mark('\'' | '′')));
        let end = minute_at + 1 + usize::from(has_mark);
        return Some(Match::new(end, say_hour_minute(context, template, hour, minute)));
    }
    Some(Match::new(end, fill(template, &[("hour", say_hour(context, hour).as_str())])))
}

/// Whether two hours with one half of the day stand at `at`, as in `May 5-7pm`.
pub(super) fn is_range_of_hours(context: &Context<'_>, at: usize) -> bool {
    let hour = context.tokens.digits(at).and_then(|digits| digits.parse().ok());
    hour.is_some_and(|hour| hours_with_half(context, at, hour).is_some())
}

/// Two hours with one half of the day: `9-11am`.
fn hours_with_half(context: &Context<'_>, at: usize, hour: u32) -> Option<Match> {
    let (tokens, times) = (&context.tokens, &context.table.times);
    matches!(tokens.kind(at + 1), Some(Kind::Mark('-' | '–' | '‑'))).then_some(())?;
    let last: u32 = tokens.digits(at + 2).filter(|digits| digits.len() <= 2)?.parse().ok()?;
    let (half, half_end) = half(context, at + 3);
    half.as_ref().filter(|_| (1..=12).contains(&hour) && (1..=12).contains(&last))?;
    let say = |hour: u32| fill(&times.short_hour, &[("hour", say_hour(context, hour).as_str())]);
    let (first, second) = (say(hour), say(last));
    let fields = [("first", first.as_str()), ("second", second.as_str())];
    let words = fill(range_template_of(context, Rule::Time, at), &fields);
    Some(finish(at + 3, half, half_end, words))
}

fn finish(end: usize, half: Option<String>, half_end: usize, words: String) -> Match {
    match half {
        Some(half) => Match::new(half_end, format!("{words} {half}")),
        None => Match::new(end, words),
    }
}

/// The templates for an hour in the singular.
fn one_o_clock(context: &Context<'_>, hour: u32) -> Option<&'static OneOClock> {
    let is_singular = hour == 1 || hour == 0 && context.table.numbers.singular_below_two;
    context.table.times.one_o_clock.as_ref().filter(|_| is_singular)
}

/// The templates for a time that may be a duration: `2h30`.
fn duration(context: &Context<'_>, hour: u32) -> Option<&'static OneOClock> {
    let times = &context.table.times;
    if hour == 1 { times.one_duration.as_ref() } else { times.duration.as_ref() }
}

/// One o'clock after an article in the plural, as many write it: `alle 1:30`.
fn after_plural(context: &Context<'_>, at: usize) -> Option<Match> {
    let (tokens, times) = (&context.tokens, &context.table.times);
    let hour_at = at + 2;
    matches!(tokens.digits(hour_at), Some("1" | "01")).then_some(())?;
    let word = tokens.word(at).filter(|_| tokens.is_space(at + 1))?;
    let singular = times.singulars.iter().find(|(plural, _)| contains(std::slice::from_ref(plural), word));
    let singular = singular.map(|(_, singular)| singular)?;
    let singular = if is_capitalized(word) { capitalized(singular) } else { singular.clone() };
    let time = hour_and_minute(context, hour_at, 1)
        .or_else(|| full_hour(context, hour_at, 1))
        .or_else(|| one_alone(context, hour_at))?;
    Some(Match::new(time.end, singular + &time.words))
}

/// One o'clock without minutes or a word after it.
fn one_alone(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let number = context.number(at).filter(Number::is_plain)?;
    let is_free = match tokens.kind(number.end) {
        None | Some(Kind::Space) => true,
        Some(Kind::Mark(mark)) => ".,;!?)".contains(mark) && tokens.digits(number.end + 1).is_none(),
        _ => false,
    };
    let is_amount =
        unit::unit(context, number.end).is_some() || money::currency(context, number.end).is_some();
    let hour = say_hour(context, 1);
    (is_free && !is_amount)
        .then(|| Match::new(number.end, fill(&context.table.times.short_hour, &[("hour", hour.as_str())])))
}

/// A half of the day after a time, and the index after it.
fn half(context: &Context<'_>, end: usize) -> (Option<String>, usize) {
    let tokens = &context.tokens;
    match context.table.times.halves.whole_at(tokens, tokens.after_space(end)) {
        Some(found) => {
            let zones = &context.table.times.zones;
            let is_zone =
                tokens.next_word(found.end).is_some_and(|word| zones.iter().any(|zone| zone == word));
            let dates = &context.table.dates;
            // "at 9 p.m. Tuesday"
            let is_date = tokens
                .next_word(found.end)
                .is_some_and(|word| dates.weekdays.iter().chain(&dates.months).any(|name| name == word));
            let is_last = tokens.is_mark(found.end - 1, '.')
                && !is_zone
                && !is_date
                && context.at_sentence_end(found.end);
            let period = if is_last { "." } else { "" };
            (Some(format!("{}{period}", found.entry.say)), found.end)
        }
        None => (None, end),
    }
}

/// The index after a word such as `Uhr`, if it follows.
fn after_word(context: &Context<'_>, end: usize) -> Option<usize> {
    let at = context.tokens.after_space(end);
    let word = context.tokens.word(at).filter(|_| context.tokens.ends_word(at + 1))?;
    contains(&context.table.times.words, word).then_some(at + 1)
}

/// The index after an abbreviation such as `h`, if it stands after a time.
fn after_glued_word(context: &Context<'_>, end: usize) -> Option<usize> {
    let at = context.tokens.after_space(end);
    let word = context.tokens.word(at).filter(|_| context.tokens.ends_word(at + 1))?;
    context.table.times.glued_words.iter().any(|known| known == word).then_some(at + 1)
}

/// An hour and minutes of two digits in words.
fn say_hour_minute(context: &Context<'_>, template: &str, hour: u32, minute: &str) -> String {
    let times = &context.table.times;
    let fields = [
        ("hour", say_hour(context, hour)),
        ("minute", say_minute(context, minute)),
        ("minutes", say_minutes(context, minute)),
        ("minute-name", if minute == "01" { &times.minute_name } else { &times.minutes_name }.clone()),
    ];
    fill(template, &fields.each_ref().map(|(name, words)| (*name, words.as_str())))
}

fn say_hour(context: &Context<'_>, hour: u32) -> String {
    let (times, hour) = (&context.table.times, hour.to_string());
    let rule_set = times.hour.as_ref().unwrap_or(&context.table.cardinal.bare);
    times.hours.get(&hour).cloned().unwrap_or_else(|| context.spell(rule_set, &hour))
}

/// Minutes without a word for a zero before them.
fn say_minutes(context: &Context<'_>, digits: &str) -> String {
    let rule_set = context.table.times.minute.as_ref().unwrap_or(&context.table.cardinal.bare);
    let number = digits.trim_start_matches('0');
    context.spell(rule_set, if number.is_empty() { "0" } else { number })
}

/// Minutes or seconds before their name.
fn say_counted(context: &Context<'_>, digits: &str) -> String {
    let times = &context.table.times;
    let rule_set = times.counted.as_ref().or(times.minute.as_ref()).unwrap_or(&context.table.cardinal.bare);
    let number = digits.trim_start_matches('0');
    context.spell(rule_set, if number.is_empty() { "0" } else { number })
}

fn say_minute(context: &Context<'_>, digits: &str) -> String {
    let times = &context.table.times;
    let words = say_minutes(context, digits);
    if digits.starts_with('0') && !times.zero.is_empty() { format!("{} {words}", times.zero) } else { words }
}
