//! Reads a piece of text as the kind of thing that its writer says it is.

use std::ops::Range;

use crate::classes::{self, spell_letters};
use crate::context::Context;
use crate::lexer::Kind;
use crate::rule::Rule;

/// What a piece of text is, by its writer's word: the `interpret-as` of SSML's `say-as`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SayAs {
    /// A number.
    Cardinal,
    /// An ordinal number.
    Ordinal,
    /// Digits, one by one.
    Digits,
    /// Letters and digits, one by one.
    Characters,
    /// A date, with the order of its day and month if that is known.
    Date(Option<DateOrder>),
    /// A year.
    Year,
    /// A time of day.
    Time,
    /// A telephone number.
    Telephone,
    /// An amount of money.
    Money,
    /// A number with a unit.
    Measure,
    /// A fraction.
    Fraction,
}

/// Which of day and month comes first in a date of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// `3/4/2024` is in April.
    DayFirst,
    /// `3/4/2024` is in March.
    MonthFirst,
}

/// Tokens `range` read as `kind`, or `None` if they are nothing of the kind.
pub(crate) fn read(context: &Context<'_>, range: Range<usize>, kind: SayAs) -> Option<String> {
    match kind {
        SayAs::Digits | SayAs::Telephone | SayAs::Characters => return Some(one_by_one(context, range)),
        SayAs::Year => {
            return only_digits(context, &range)
                .map(|digits| context.spell(&context.table.years.rule_set, digits));
        }
        SayAs::Date(Some(order)) => {
            if let Some(words) = classes::read_date_as(context, range.clone(), order == DateOrder::DayFirst) {
                return Some(words);
            }
        }
        SayAs::Ordinal => {
            if let Some(digits) = only_digits(context, &range) {
                return Some(context.spell(&context.table.ordinal.forms.bare, digits));
            }
        }
        _ => {}
    }
    let rule = match kind {
        SayAs::Date(_) => Rule::Date,
        SayAs::Time => Rule::Time,
        SayAs::Money => Rule::Money,
        SayAs::Measure => Rule::Measure,
        SayAs::Fraction => Rule::Fraction,
        SayAs::Ordinal => Rule::Ordinal,
        _ => Rule::Number,
    };
    let found = classes::read(rule, context, range.start)?;
    (found.end == range.end).then_some(found.words)
}

fn only_digits<'a>(context: &Context<'a>, range: &Range<usize>) -> Option<&'a str> {
    if range.len() == 1 { context.tokens.digits(range.start) } else { None }
}

/// Each letter and digit by its name. Other characters are pauses or symbols.
fn one_by_one(context: &Context<'_>, range: Range<usize>) -> String {
    let mut said: Vec<String> = Vec::new();
    for at in range {
        match context.tokens.kind(at) {
            Some(Kind::Word) => said.push(spell_letters(context, context.tokens.text(at))),
            Some(Kind::Digits) => said.push(context.spell_digits(context.tokens.text(at))),
            Some(Kind::Mark('+')) => said.push(context.table.numbers.plus.clone()),
            Some(Kind::Mark(_)) => {
                if let Some(symbol) = classes::read(Rule::Symbol, context, at) {
                    said.push(symbol.words);
                }
            }
            _ => {}
        }
    }
    said.join(" ")
}
