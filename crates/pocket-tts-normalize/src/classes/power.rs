//! Powers with superscript digits: `10⁶`, `10⁻³`.

use super::unit;
use crate::context::{Context, Match};
use crate::lexer::{Kind, Tokens};

/// The most digits of a power.
const MOST_DIGITS: usize = 6;

/// Reads several superscript digits, or one that is no symbol of its own.
pub(super) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let (tokens, symbols) = (&context.tokens, &context.table.symbols);
    let digit = |at: usize| match tokens.kind(at) {
        Some(Kind::Mark(mark)) => superscript(mark),
        _ => None,
    };
    let is_negative = tokens.is_mark(at, '⁻');
    let start = if is_negative { at + 1 } else { at };
    let digits: String = (start..start + MOST_DIGITS).map_while(digit).collect();
    let end = start + digits.len();
    let is_symbol = end == at + 1 && symbols.at(tokens, at).next().is_some();
    if digits.is_empty() || is_symbol {
        return None;
    }
    let power = symbols.at(&Tokens::new("^"), 0).next()?;
    let sign = if is_negative { format!("{} ", context.table.numbers.minus) } else { String::new() };
    let number = context.spell(&context.table.cardinal.bare, &digits);
    let words = format!("{} {sign}{number}", power.entry.say);
    // The unit of `3 × 10⁸ m/s`.
    let unit = at.checked_sub(1).filter(|base| tokens.digits(*base).is_some());
    let unit = unit.and_then(|_| unit::unit(context, end));
    // A space before it is the normalizer's only where a word follows a word.
    Some(match unit {
        Some(unit) => Match::new(unit.end, format!("{words} {}", unit::name(context, false, &unit))),
        None => Match::new(end, words),
    })
}

fn superscript(mark: char) -> Option<char> {
    let value = match mark {
        '¹' => 1,
        '²' => 2,
        '³' => 3,
        '⁰' | '⁴'..='⁹' => u32::from(mark) - u32::from('⁰'),
        _ => return None,
    };
    char::from_digit(value, 10)
}
