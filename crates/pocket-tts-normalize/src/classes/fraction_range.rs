//! Ranges with fractions: `1½–2 hours`, `2-2½ cups`.

use super::range_template::range_template;
use super::{fraction, measure};
use crate::context::{Context, Match, fill};
use crate::lexer::Kind;
use crate::number::Number;

/// A range of which at least one number has a fraction: `1½–2 hours`, `2-2½ cups`.
pub(super) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    context.table.range.alternative.as_ref()?;
    let is_dash = |at: usize| matches!(tokens.kind(at), Some(Kind::Mark('-' | '–' | '‑')));
    let first = match context.number(at).filter(Number::is_plain) {
        Some(number) if is_dash(number.end) => Match::new(number.end, context.say(&number, None)),
        _ => fraction::single(context, at).filter(|found| is_dash(found.end))?,
    };
    let second_at = first.end + 1;
    // `1-1/2` is one number.
    let is_mixed = tokens.is_mark(first.end, '-') && fraction::is_at(context, second_at);
    let starts_plain = tokens.digits(first.end - 1).is_some() && first.end == at + 1;
    let second = fraction::single(context, second_at).filter(|_| !(starts_plain && is_mixed));
    let second = match second {
        Some(second) => second,
        None if starts_plain => return None,
        None => measure::read(context, second_at).or_else(|| {
            let number = context.number(second_at)?;
            Some(Match::new(number.end, context.say(&number, None)))
        })?,
    };
    let fields = [("first", first.words.as_str()), ("second", second.words.as_str())];
    tokens.ends_word(second.end).then(|| Match::new(second.end, fill(range_template(context, at), &fields)))
}
