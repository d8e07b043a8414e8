//! Telephone numbers, digit by digit or pair by pair.

use super::account;
use crate::context::{Context, Match};
use crate::lexer::{Kind, is_all_capitals};
use crate::table::{TelephonePart, TelephonePattern};

/// The most groups of digits.
const MOST_GROUPS: usize = 8;
/// The fewest digits of a number after a word such as `phone`, or with a `+`.
const FEWEST_DIGITS: usize = 5;

/// The fewest digits of a number whose groups are not known.
const FEWEST_OF_GROUPS: usize = 7;

/// Reads a telephone number.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    if tokens.word(at).is_some() {
        return account::read(context, at);
    }
    let is_start = matches!(tokens.kind(at), Some(Kind::Digits | Kind::Mark('+' | '(')));
    let is_inside = at.checked_sub(1).is_some_and(|before| {
        matches!(
            tokens.kind(before),
            Some(Kind::Word | Kind::Digits | Kind::Mark('.' | ',' | '-' | '/' | '$' | '€'))
        )
    });
    if !is_start || is_inside {
        return None;
    }
    if let Some(code) = in_pairs(context, at) {
        return Some(code);
    }
    // Most numbers are shorter and stand alone.
    let can_go_on = matches!(
        tokens.kind(at + 1),
        Some(Kind::Space | Kind::Digits | Kind::Mark('+' | '-' | '.' | '/' | '(' | ')' | '‑' | '–'))
    );
    if !can_go_on && tokens.text(at).len() < FEWEST_DIGITS {
        return None;
    }
    let table = &context.table.telephone;
    let by_pattern =
        table.patterns.iter().filter_map(|pattern| follow(context, at, pattern)).max_by_key(|(end, _)| *end);
    let (end, groups) = by_pattern
        .or_else(|| international(context, at))
        .or_else(|| after_word(context, at))
        .or_else(|| code(context, at))?;
    let has_plus = tokens.is_mark(at, '+') || tokens.is_mark(at, '(') && tokens.is_mark(at + 1, '+');
    let mut words = if has_plus { format!("{} ", context.table.numbers.plus) } else { String::new() };
    let said: Vec<String> = groups.iter().map(|group| say_group(context, group)).collect();
    words += &said.join(&format!("{} ", table.between));
    Some(Match::new(end, words))
}

/// Four digits in pairs after a word such as `Flug`, or after an initialism after it: `Flug LH 1234`.
fn in_pairs(context: &Context<'_>, at: usize) -> Option<Match> {
    let (tokens, words) = (&context.tokens, &context.table.telephone.pairs_after);
    let digits = tokens.digits(at).filter(|digits| digits.len() == 4 && !words.is_empty())?;
    let code = tokens.before_space(at).filter(|code| tokens.word(*code).is_some_and(is_all_capitals));
    let is_meant = context.follows(at, words) || code.is_some_and(|code| context.follows(code, words));
    let goes_on = tokens.digits(at + 2).is_some()
        && matches!(tokens.kind(at + 1), Some(Kind::Mark('.' | ',' | '-' | '/')));
    let say = |pair: &str| {
        if pair.starts_with('0') {
            context.spell_digits(pair)
        } else {
            context.spell(&context.table.cardinal.bare, pair)
        }
    };
    let (first, second) = digits.split_at(2);
    (is_meant && !goes_on && tokens.ends_word(at + 1))
        .then(|| Match::new(at + 1, format!("{} {}", say(first), say(second))))
}

fn say_group(context: &Context<'_>, group: &str) -> String {
    if context.table.telephone.pairs && matches!(group.len(), 2 | 3) && !group.starts_with('0') {
        return context.spell(&context.table.cardinal.bare, group);
    }
    context.spell_digits(group)
}

type Groups<'a> = (usize, Vec<&'a str>);

/// The groups of digits of a pattern that stands at `at`.
fn follow<'a>(context: &Context<'a>, at: usize, pattern: &TelephonePattern) -> Option<Groups<'a>> {
    let tokens = &context.tokens;
    let (mut end, mut groups) = (at, Vec::new());
    for part in &pattern.parts {
        match part {
            TelephonePart::Digits { .. } => {
                groups.push(tokens.digits(end).filter(|digits| part.fits(digits))?);
            }
            TelephonePart::Groups => {
                let separator = tokens.kind(end).filter(|kind| matches!(kind, Kind::Space | Kind::Mark('.')));
                while groups.len() < MOST_GROUPS
                    && separator.is_some()
                    && tokens.kind(end) == separator
                    && let Some(digits) =
                        tokens.digits(end + 1).filter(|digits| (2..=4).contains(&digits.len()))
                {
                    groups.push(digits);
                    end += 2;
                }
                continue;
            }
            TelephonePart::Space => (tokens.after_space(end) > end).then_some(())?,
            TelephonePart::Mark(mark) => tokens.is_mark(end, *mark).then_some(())?,
        }
        end += 1;
    }
    let goes_on = matches!(tokens.kind(end), Some(Kind::Mark('-' | '.' | ',' | '/')))
        && tokens.digits(end + 1).is_some()
        || tokens.after_space(end) > end && tokens.digits(end + 1).is_some();
    let count: usize = groups.iter().map(|group| group.len()).sum();
    let is_long = !pattern.parts.contains(&TelephonePart::Groups) || count >= FEWEST_OF_GROUPS;
    (tokens.ends_word(end) && !goes_on && is_long).then_some((end, groups))
}

/// `+49 30 123456`.
fn international<'a>(context: &Context<'a>, at: usize) -> Option<Groups<'a>> {
    if !context.tokens.is_mark(at, '+') {
        return None;
    }
    let (end, groups) = digit_groups(context, at + 1)?;
    let count: usize = groups.iter().map(|group| group.len()).sum();
    (count >= FEWEST_DIGITS + 2 && (groups.len() > 1 || count >= 9)).then_some((end, groups))
}

/// Any groups of digits after a word such as `phone`.
fn after_word<'a>(context: &Context<'a>, at: usize) -> Option<Groups<'a>> {
    let tokens = &context.tokens;
    let before = tokens.before_space(at)?;
    let mark = tokens.is_mark(before, ':') || tokens.is_mark(before, '#');
    let before = if mark { before } else { at };
    let (end, groups) = digit_groups(context, at)?;
    // `#112-4459871`
    let is_order = before < at && tokens.is_mark(before, '#') && groups.len() > 1;
    if !is_order && !context.follows(before, &context.table.telephone.after) {
        return None;
    }
    (groups.iter().map(|group| group.len()).sum::<usize>() >= FEWEST_DIGITS).then_some((end, groups))
}

/// The fewest groups of a code with hyphens; fewer could be a date.
const FEWEST_GROUPS: usize = 4;

/// Groups of digits with hyphens between them, as in `978-3-16-148410-0`.
fn code<'a>(context: &Context<'a>, at: usize) -> Option<Groups<'a>> {
    let tokens = &context.tokens;
    let mut groups = vec![tokens.digits(at)?];
    let mut end = at + 1;
    while groups.len() < MOST_GROUPS
        && tokens.is_mark(end, '-')
        && let Some(digits) = tokens.digits(end + 1)
    {
        groups.push(digits);
        end += 2;
    }
    (groups.len() >= FEWEST_GROUPS && tokens.ends_word(end)).then_some((end, groups))
}

/// Groups of digits with a space, hyphen, slash or brackets between them.
fn digit_groups<'a>(context: &Context<'a>, at: usize) -> Option<Groups<'a>> {
    let tokens = &context.tokens;
    let (mut end, mut next, mut groups) = (at, at, Vec::new());
    while groups.len() < MOST_GROUPS {
        let mut start = next;
        while start < next + 3
            && matches!(
                tokens.kind(start),
                Some(Kind::Space | Kind::Mark('-' | '/' | '(' | ')' | '.' | '‑' | '–'))
            )
        {
            start += 1;
        }
        let Some(digits) = tokens.digits(start) else { break };
        groups.push(digits);
        (end, next) = (start + 1, start + 1);
    }
    if groups.is_empty() { None } else { Some((end, groups)) }
}
