//! Ordinals: `3rd`, `1er`, `2º`, and `3.` in languages that write them with a period.

use crate::context::{Context, Match, contains};
use crate::lexer::{Kind, is_capitalized};
use crate::roman_numeral;
use crate::table::{Ending, Gender, Suffix};

/// Reads an ordinal.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    if !context.tokens.starts_word(at) {
        return None;
    }
    with_suffix(context, at).or_else(|| with_period(context, at))
}

fn with_suffix(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    tokens.digits(at)?;
    let number = context.number(at).filter(|number| number.decimals.is_none())?;
    let is_whole = |end: usize| tokens.word(end - 1).is_none() || tokens.ends_word(end);
    let fits = |suffix: &Suffix| suffix.number.as_ref().is_none_or(|only| *only == number.whole);
    let mut suffixes = context.table.ordinal.suffixes.at(tokens, number.end);
    let found = suffixes.find(|found| is_whole(found.end) && fits(found.entry))?;
    let suffix = found.entry;
    let rule_set = match &suffix.before_masculine {
        Some(rule_set) if context.gender_after(found.end) == Some(Gender::Masculine) => rule_set,
        _ => &suffix.rule_set,
    };
    let mut words = suffix.say.clone().unwrap_or_else(|| context.spell(rule_set, &number.whole));
    if suffix.elides {
        // An accented vowel stays, without its accent: `trentatreenne`.
        match words.pop() {
            Some('é') => words.push('e'),
            Some(letter) if !"aeiou".contains(letter) => words.push(letter),
            _ => {}
        }
    }
    Some(Match::new(found.end, words + &suffix.ending))
}

/// The most digits of an ordinal with a period.
const MOST_DIGITS: usize = 4;
/// More digits are an ordinal only before a noun.
const MOST_DIGITS_ALONE: usize = 3;

fn with_period(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let period = context.table.ordinal.period.as_ref()?;
    let digits = tokens.digits(at).filter(|digits| digits.len() <= MOST_DIGITS)?;
    if !tokens.is_mark(at + 1, '.') || tokens.digits(at + 2).is_some() {
        return None;
    }
    if let Some(time) = added_time(context, at, digits) {
        return Some(time);
    }
    if let Some(pair) = pair(context, at, digits) {
        return Some(pair);
    }
    if let Some(words) = in_list(context, at, digits) {
        return Some(Match::new(at + 2, words));
    }
    // `am 4. 21 Jahre alt`
    let number = tokens.after_space(at + 2);
    let is_before_number = number > at + 2
        && tokens.digits(number).is_some()
        && !matches!(tokens.kind(number + 1), Some(Kind::Mark('.' | ',' | ':')));
    if is_before_number && let Some(rule_set) = rule_set(context, at, None) {
        return Some(Match::new(at + 2, context.spell(rule_set, digits)));
    }
    let next = tokens.next_word(at + 2).unwrap_or_default();
    let lower = next.to_lowercase();
    if next.is_empty() || is_capitalized(next) && context.table.gender.function_words.contains(&lower) {
        // The period ends the sentence: `Heute ist der 3.`
        let is_inside = ending(context, at).is_some_and(|ending| {
            let most = ending.most_at_end.unwrap_or(u32::MAX);
            ending.inside_sentence || digits.parse().is_ok_and(|number: u32| number > most)
        });
        let is_end = !is_inside && digits.len() <= MOST_DIGITS_ALONE && context.at_sentence_end(at + 2);
        let rule_set = rule_set(context, at, None).filter(|_| is_end)?;
        return Some(Match::new(at + 1, context.spell(rule_set, digits)));
    }
    if digits.len() > MOST_DIGITS_ALONE && !is_capitalized(next) {
        return None;
    }
    let gender = context.gender_of(&full_noun(context, tokens.after_space(at + 2), next));
    let is_before_noun = contains(&period.before, next);
    let rule_set = match rule_set(context, at, gender) {
        Some(rule_set)
            if is_capitalized(next)
                || next.chars().count() > 2
                || context.table.gender.function_words.contains(&lower) =>
        {
            rule_set
        }
        None if is_before_noun || is_in_address(context, at, digits, next) => {
            context.table.ordinal.forms.of(gender)
        }
        // `Köln ist 16. mit 27 Punkten`: no sentence begins with a small letter.
        None if digits.len() <= 2
            && next.chars().count() > 2
            && !is_capitalized(next)
            && tokens.is_space(at + 2)
            && tokens.previous_word(at).is_some() =>
        {
            context.table.ordinal.forms.of(Some(Gender::Masculine))
        }
        _ => return None,
    };
    Some(Match::new(at + 2, context.spell(rule_set, digits)))
}

/// A minute of added time: `in der 90.+3 Minute`.
fn added_time(context: &Context<'_>, at: usize, digits: &str) -> Option<Match> {
    let tokens = &context.tokens;
    let plus = tokens.after_space(at + 2);
    let added = tokens.digits(tokens.after_space(plus + 1)).filter(|_| tokens.is_mark(plus, '+'))?;
    let end = tokens.after_space(plus + 1) + 1;
    let end = if tokens.is_mark(end, '.') && !context.at_sentence_end(end + 1) { end + 1 } else { end };
    let rule_set = rule_set(context, at, Some(Gender::Feminine))?;
    let (minute, added) =
        (context.spell(rule_set, digits), context.spell(&context.table.cardinal.bare, added));
    Some(Match::new(end, format!("{minute} {} {added}", context.table.numbers.plus)))
}

/// Two ordinals with a slash or dash between them: `12./13. Jh.`
fn pair(context: &Context<'_>, at: usize, digits: &str) -> Option<Match> {
    let tokens = &context.tokens;
    let joiner = match tokens.kind(at + 2) {
        Some(Kind::Mark('/')) => joiner(context)?,
        _ => return None,
    };
    let second = tokens.digits(at + 3).filter(|_| tokens.is_mark(at + 4, '.'))?;
    let noun_at = tokens.after_space(at + 5);
    let noun = tokens.word(noun_at).filter(|noun| noun_at > at + 5 && is_capitalized(noun))?;
    let gender = context.gender_of(&full_noun(context, noun_at, noun));
    let rule_set = rule_set(context, at, gender).unwrap_or_else(|| context.table.ordinal.forms.of(gender));
    let (first, second) = (context.spell(rule_set, digits), context.spell(rule_set, second));
    Some(Match::new(at + 5, format!("{first} {joiner} {second}")))
}

/// A noun in small letters, in full if it is abbreviated.
fn full_noun(context: &Context<'_>, at: usize, noun: &str) -> String {
    let mut found = context.table.abbreviations.at(&context.tokens, at);
    let full = found.next().filter(|found| context.tokens.is_mark(found.end - 1, '.'));
    full.map_or(noun, |found| found.entry.say.as_str()).to_lowercase()
}

/// Whether an ordinal stands between a comma and a noun: `4. Stock, 2. Tür`.
fn is_in_address(context: &Context<'_>, at: usize, digits: &str, next: &str) -> bool {
    let follows_comma =
        context.tokens.before_space(at).is_some_and(|comma| context.tokens.is_mark(comma, ','));
    follows_comma && digits.len() <= 2 && is_capitalized(next) && context.tokens.is_space(at + 2)
}

/// An ordinal before a comma and another one: `die 1., 2. und 3. Klasse`.
fn in_list(context: &Context<'_>, at: usize, digits: &str) -> Option<String> {
    let tokens = &context.tokens;
    let next = tokens.after_space(at + 3);
    let is_other =
        tokens.digits(next).is_some() && tokens.is_mark(next + 1, '.') && tokens.digits(next + 2).is_none();
    // `die 2., verbesserte Auflage`
    let is_adjective = || tokens.word(next).is_some_and(|word| !is_capitalized(word));
    let is_followed = tokens.is_mark(at + 2, ',') && (is_other || is_adjective());
    let rule_set = rule_set(context, at, None).filter(|_| is_followed)?;
    Some(context.spell(rule_set, digits))
}

/// Whether ordinals are written with a period.
pub(super) fn has_period(context: &Context<'_>) -> bool {
    context.table.ordinal.period.is_some()
}

/// A word between two ordinals with a period: `und`.
pub(super) fn joiner<'t>(context: &Context<'t>) -> Option<&'t str> {
    context.table.ordinal.period.as_ref()?.joiners.first().map(String::as_str)
}

/// Whether a weekday with a comma or period stands before `at`: `Fr., 3.5.`
pub(super) fn follows_weekday(context: &Context<'_>, at: usize) -> bool {
    let before = context.tokens.before_space(at);
    before.is_some() && context.table.ordinal.period.is_some() && word_before(context, at) != before
}

/// The rule set of an ordinal at `at`, by the words before it: `am` or `in der`. In `am 3. und 4.`, those before the first
/// one decide on both.
pub(super) fn rule_set<'t>(context: &Context<'_>, at: usize, gender: Option<Gender>) -> Option<&'t str> {
    let found = ending(context, at)?;
    let listed = match gender {
        Some(Gender::Masculine) => found.m.as_ref(),
        Some(Gender::Neuter) => found.n.as_ref(),
        _ => None,
    };
    Some(listed.unwrap_or(&found.rule_set))
}

/// What the words before an ordinal at `at` decide.
fn ending(context: &Context<'_>, at: usize) -> Option<&'static Ending> {
    let tokens = &context.tokens;
    let period = context.table.ordinal.period.as_ref()?;
    let at = word_before(context, first_of_list(context, at))?;
    // "geb." and the signs of birth and death stand before dates.
    let word = match tokens.kind(at)? {
        Kind::Word => tokens.text(at).to_lowercase(),
        Kind::Mark('.') => format!("{}.", tokens.word(at.checked_sub(1)?)?.to_lowercase()),
        Kind::Mark(mark) => mark.to_string(),
        _ => return None,
    };
    let before = tokens.before_space(at).and_then(|before| tokens.word(before)).unwrap_or_default();
    let pair = format!("{} {word}", before.to_lowercase());
    let is_noun = is_capitalized(before) && tokens.before_space(at).is_some_and(|before| before > 0);
    let endings = || period.endings.iter();
    endings()
        .find(|ending| ending.after.contains(&pair))
        .or_else(|| endings().find(|ending| is_noun && ending.after_noun.contains(&word)))
        .or_else(|| endings().find(|ending| ending.after.contains(&word)))
}

/// The index of the word before `at`, or before a weekday with a comma or period that stands there.
fn word_before(context: &Context<'_>, at: usize) -> Option<usize> {
    let tokens = &context.tokens;
    let skipped = &context.table.ordinal.period.as_ref()?.skipped;
    let before = tokens.before_space(at)?;
    let mut word = before;
    while matches!(tokens.kind(word), Some(Kind::Mark(',' | '.'))) && word + 2 > before {
        word = word.checked_sub(1)?;
    }
    if tokens.word(word).is_some_and(|word| contains(skipped, word)) {
        return tokens.before_space(word);
    }
    Some(before)
}

/// The index of the first of the ordinals, in digits or Roman, that stand before `at`, or `at` itself.
pub(super) fn before_ordinals(context: &Context<'_>, at: usize) -> usize {
    let tokens = &context.tokens;
    let period = tokens.before_space(at).filter(|before| tokens.is_mark(*before, '.'));
    let number = period.and_then(|period| period.checked_sub(1)).filter(|number| {
        tokens.digits(*number).is_some()
            || tokens.word(*number).is_some_and(|word| roman_numeral::value(word).is_some())
    });
    number.map_or(at, |number| first_of_list(context, number))
}

/// The first of several ordinals with a word such as `und` between them, the last of which is at `at`.
fn first_of_list(context: &Context<'_>, mut at: usize) -> usize {
    let tokens = &context.tokens;
    let joiners = context.table.ordinal.period.as_ref().map_or(&[][..], |period| &period.joiners);
    // Three or more are rare.
    for _ in 0..3 {
        let before = || {
            let joiner = tokens.before_space(at).filter(|before| {
                matches!(tokens.kind(*before), Some(Kind::Mark(',' | '-' | '–' | '/')))
                    || tokens.word(*before).is_some_and(|word| contains(joiners, word))
            })?;
            let period = tokens.before_space(joiner).filter(|before| tokens.is_mark(*before, '.'))?;
            let number = period.checked_sub(1).filter(|digits| tokens.digits(*digits).is_some())?;
            // `vom 5. 6. bis 7. 8.`
            let day = tokens.before_space(number).filter(|before| tokens.is_mark(*before, '.'));
            let day =
                day.and_then(|period| period.checked_sub(1)).filter(|day| tokens.digits(*day).is_some());
            Some(day.unwrap_or(number))
        };
        match before() {
            Some(digits) => at = digits,
            None => break,
        }
    }
    at
}
