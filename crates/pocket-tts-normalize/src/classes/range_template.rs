//! The template that says a range.

use crate::context::Context;
use crate::rule::Rule;

/// The template of a range that begins at `at`.
pub(crate) fn range_template<'t>(context: &Context<'t>, at: usize) -> &'t str {
    let table = &context.table.range;
    let after = context.tokens.previous_word(at).map(str::to_lowercase);
    after.and_then(|word| table.after.get(&word)).unwrap_or(&table.range)
}

/// The template of a range of what `rule` reads that begins at `at`.
pub(crate) fn range_template_of<'t>(context: &Context<'t>, rule: Rule, at: usize) -> &'t str {
    let after = context.tokens.previous_word(at).map(str::to_lowercase);
    let is_listed = after.is_some_and(|word| context.table.range.after.contains_key(&word));
    match &context.table.times.range {
        Some(range) if rule == Rule::Time && !is_listed => range,
        _ => range_template(context, at),
    }
}
