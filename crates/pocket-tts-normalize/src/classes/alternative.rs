//! Two measures of the same thing with a slash between them: `350°F/180°C`, `3 bar / 45 psi`.

use super::fraction;
use super::unit::{self, WrittenUnit};
use crate::context::{Context, Match, fill};

/// The most measures.
const MOST: usize = 3;

/// Reads further measures after one that begins at `at` and is already in words.
pub(super) fn read(context: &Context<'_>, at: usize, unit: &WrittenUnit<'_>, first: &str) -> Option<Match> {
    let (tokens, template) = (&context.tokens, context.table.range.alternative.as_ref()?);
    let mut found = Match::new(unit.end, first);
    for _ in 1..MOST {
        let slash = tokens.after_space(found.end);
        let second_at = tokens.after_space(slash + 1);
        let is_slash = tokens.is_mark(slash, '/') && (slash > found.end) == (second_at > slash + 1);
        let Some(number) = context.signed_number(second_at).filter(|_| is_slash) else { break };
        let Some(second_unit) = unit::unit(context, number.end) else {
            // `100g/3½oz`
            let Some(second) = fraction::single(context, second_at) else { break };
            let fields = [("first", found.words.as_str()), ("second", second.words.as_str())];
            found = Match::new(second.end, fill(template, &fields));
            break;
        };
        // `6 l/100 km` is a rate.
        if slash == found.end && !unit::are_alike(context, unit, &second_unit) {
            break;
        }
        let is_one = context.is_attributive(at, second_unit.end);
        let amount = context.say(&number, second_unit.gender().or(context.table.gender.default));
        let name = unit::name(context, is_one || context.is_singular(&number), &second_unit);
        let second = format!("{amount} {name}");
        let words = fill(template, &[("first", found.words.as_str()), ("second", second.as_str())]);
        found = Match::new(second_unit.end, words);
    }
    (found.end > unit.end).then_some(found)
}
