//! Thousands, millions and so on after a number.

use crate::context::Context;
use crate::table::Scale;

/// The scale after a number that ends before `end`, and the index after it.
pub(super) fn scale(context: &Context<'_>, end: usize) -> (Option<&'static Scale>, usize) {
    let start = context.tokens.after_space(end);
    match context.table.money.scales.whole_at(&context.tokens, start) {
        Some(found) => (Some(found.entry), found.end),
        None => (None, end),
    }
}
