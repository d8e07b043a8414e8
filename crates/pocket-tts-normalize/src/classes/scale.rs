//! Thousands, millions and so on after a number.

use crate::context::{Context, contains};
use crate::table::Scale;

/// The scale after a number that ends before `end`, and the index after it.
pub(super) fn scale(context: &Context<'_>, end: usize) -> (Option<&'static Scale>, usize) {
    let start = context.tokens.after_space(end);
    match context.table.money.scales.whole_at(&context.tokens, start) {
        Some(found) => (Some(found.entry), found.end),
        None => (None, end),
    }
}

/// Whether a scale that ends before `end` is one without a currency, by the noun after it or the word before its number.
pub(super) fn fits(context: &Context<'_>, at: usize, scale: &Scale, end: usize) -> bool {
    scale.before.is_empty()
        || context.follows(at, &scale.after)
        || context.tokens.next_word(end).is_some_and(|noun| contains(&scale.before, noun))
}
