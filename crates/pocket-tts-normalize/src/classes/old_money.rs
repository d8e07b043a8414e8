//! Pounds, shillings and pence: `£5 10s. 6d.`

use super::unit;
use crate::context::{Context, Match};
use crate::table::Shillings;

/// Reads shillings and pence at `at`, each of which may be absent after pounds.
pub(super) fn read(context: &Context<'_>, at: usize, has_pounds: bool) -> Option<Match> {
    let table = context.table.money.shillings.as_ref()?;
    let shillings = coin(context, at, "s", (&table.one, &table.many));
    let pence_at = shillings.as_ref().map_or(at, |found| context.tokens.after_space(found.end));
    let pence = pence(context, pence_at, table);
    let found = match (shillings, pence) {
        (Some(shillings), Some(pence)) => {
            Match::new(pence.end, format!("{} {}", shillings.words, pence.words))
        }
        (None, Some(found)) | (Some(found), None) if has_pounds => found,
        _ => return None,
    };
    let period = unit::period_after(context, found.end);
    Some(Match { words: found.words + period, ..found })
}

fn pence(context: &Context<'_>, at: usize, table: &Shillings) -> Option<Match> {
    coin(context, at, "d", (&table.penny, &table.pence))
}

/// A number with a letter for a coin right after it, and the letter's period.
fn coin(context: &Context<'_>, at: usize, letter: &str, (one, many): (&str, &str)) -> Option<Match> {
    let tokens = &context.tokens;
    let digits = tokens.digits(at).filter(|digits| digits.len() <= 2)?;
    let end = at + 2;
    (tokens.text(at + 1) == letter && tokens.ends_word(end)).then_some(())?;
    let end = if tokens.is_mark(end, '.') { end + 1 } else { end };
    let name = if digits == "1" { one } else { many };
    Some(Match::new(end, format!("{} {name}", context.spell(&context.table.cardinal.bare, digits))))
}
