//! Numbers that no other class reads: cardinals, decimals, negative numbers.

use super::scale;
use super::unit;
use crate::context::{Context, Match};
use crate::number::Number;
use crate::table::{Found, Gender, Scale};

/// Numbers of as many digits without marks between groups are said digit by digit.
const FEWEST_CODE_DIGITS: usize = 10;

/// Reads a number.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let mut number = context.signed_number(at)?;
    // More digits are no decimals: `1.2.3`.
    if number.decimals.is_some() && number.has_foreign_mark && context.tokens.digits(number.end).is_some() {
        (number.decimals, number.end) = (None, number.end - 2);
    }
    // The number of a parcel or the like.
    if number.is_plain() && number.whole.len() >= FEWEST_CODE_DIGITS && !number.whole.ends_with("000000") {
        return Some(Match::new(number.end, context.spell_digits(&number.whole)));
    }
    // A scale after the number takes the noun's place: `21 millions`.
    let scales = &context.table.money.scales;
    let scale = scales.whole_at(&context.tokens, context.tokens.after_space(number.end));
    let gender = match scale.as_ref().filter(|scale| !(scale.entry.money_only || scale.entry.glued)) {
        // "veintiún mil personas", but "doscientas mil personas"
        Some(scale)
            if context.table.cardinal.thousands_agree
                && scale.entry.one == "mil"
                && number.whole.parse().is_ok_and(|whole: u32| whole < 200) =>
        {
            Some(Gender::Masculine)
        }
        Some(scale) => {
            let gender = scale.entry.gender.or_else(|| context.gender_after(scale.end));
            if let Some(words) = abbreviated_scale(context, &number, gender, scale) {
                return Some(words);
            }
            gender
        }
        None if context.follows(at, &context.table.gender.labels)
            || context.tokens.before_space(at).is_some_and(|sign| context.tokens.is_mark(sign, '§'))
            || is_before_docket(context, &number) =>
        {
            None
        }
        None => context.gender_around(at, &number),
    };
    if let Some(scale) = scale.as_ref().filter(|scale| !scale.entry.money_only)
        && let Some(number) = number.with_zeros(&scale.entry.zeros)
    {
        return Some(Match::new(scale.end, context.say(&number, gender)));
    }
    // `20k`
    let is_meant = |scale: &Found<'_, Scale>| {
        scale.entry.glued
            && !context.tokens.is_space(number.end)
            && scale::fits(context, at, scale.entry, scale.end)
    };
    if let Some(scale) = scale.filter(is_meant) {
        let name = if number.is_one() { &scale.entry.one } else { scale.entry.many() };
        return Some(Match::new(scale.end, format!("{} {name}", context.say(&number, gender))));
    }
    let dative = &context.table.cardinal.dative;
    if number.is_one()
        && number.sign.is_none()
        && let Some(one) = gender.and_then(|gender| dative.one(gender))
        && context.follows(at, &dative.after)
    {
        return Some(Match::new(number.end, one));
    }
    let noun = context.tokens.next_word(number.end).filter(|_| gender.is_some()).unwrap_or_default();
    let words = context.say_before(&number, gender, noun);
    // An apostrophe takes the place of the space before the noun.
    Some(match words.strip_suffix(' ') {
        Some(words) => Match::new(number.end, words),
        None => Match::new(context.tokens.after_space(number.end), words),
    })
}

/// Whether the register and number of a court's case follow: `1 BvR 2656/18`.
fn is_before_docket(context: &Context<'_>, number: &Number<'_>) -> bool {
    let (tokens, end) = (&context.tokens, number.end);
    tokens.is_space(end)
        && tokens.word(end + 1).is_some()
        && tokens.is_space(end + 2)
        && tokens.digits(end + 3).is_some()
        && tokens.is_mark(end + 4, '/')
}

/// A number and the name of an abbreviated scale: `5 Mio.`
fn abbreviated_scale(
    context: &Context<'_>,
    number: &Number<'_>,
    gender: Option<Gender>,
    scale: &Found<'_, Scale>,
) -> Option<Match> {
    let name = if context.is_singular_scale(number) { &scale.entry.one } else { scale.entry.many() };
    let written = context.tokens.text_of(context.tokens.after_space(number.end)..scale.end);
    let is_abbreviated = written != scale.entry.one && written != scale.entry.many();
    let period = unit::period_after(context, scale.end);
    is_abbreviated.then(|| Match::new(scale.end, format!("{} {name}{period}", context.say(number, gender))))
}
