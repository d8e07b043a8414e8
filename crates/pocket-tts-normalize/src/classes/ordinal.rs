//! Ordinals: `3rd`, `1er`, `2º`, and `3.` in languages that write them with a period.

use crate::context::{Context, Match, contains};
use crate::lexer::is_capitalized;
use crate::table::Suffix;

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
    let words = suffix.say.clone().unwrap_or_else(|| context.spell(&suffix.rule_set, &number.whole));
    Some(Match::new(found.end, words + &suffix.ending))
}

/// The most digits of an ordinal with a period; longer ones end sentences.
const MOST_DIGITS: usize = 3;

fn with_period(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let period = context.table.ordinal.period.as_ref()?;
    let digits = tokens.digits(at).filter(|digits| digits.len() <= MOST_DIGITS)?;
    if !tokens.is_mark(at + 1, '.') || tokens.digits(at + 2).is_some() {
        return None;
    }
    let next = tokens.next_word(at + 2);
    let previous = tokens.previous_word(at).map(str::to_lowercase);
    let after = previous.and_then(|word| period.after.get(&word));
    let is_before_noun = next.is_some_and(|word| contains(&period.before, word));
    let rule_set = match after {
        Some(rule_set)
            if next.is_some_and(|word| {
                !context.table.gender.nouns_are_capitalized
                    || is_capitalized(word)
                    || is_before_noun
                    || word.chars().count() > 2
            }) =>
        {
            rule_set
        }
        _ if is_before_noun => &context.table.ordinal.forms.bare,
        _ => return None,
    };
    Some(Match::new(at + 2, context.spell(rule_set, digits)))
}
