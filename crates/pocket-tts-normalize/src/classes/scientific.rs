//! Numbers with a power of ten after an `e`: `1.2e-5`, `6.022e23`.

use crate::context::{Context, Match};
use crate::lexer::{Kind, Tokens};

/// The most digits of the power.
const MOST_DIGITS: usize = 3;

/// Reads a number with decimals or a sign in its power, or a power of ten alone: `1e6`.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    if !tokens.starts_word(at) {
        return None;
    }
    let number = context.number(at)?;
    matches!(tokens.text(number.end), "e" | "E").then_some(())?;
    let sign = match tokens.kind(number.end + 1) {
        Some(Kind::Mark(mark @ ('-' | '−' | '+'))) => Some(mark),
        _ => None,
    };
    let power_at = number.end + 1 + usize::from(sign.is_some());
    let power = tokens.digits(power_at).filter(|digits| digits.len() <= MOST_DIGITS)?;
    // `§ 2000e-2` is a paragraph.
    let is_short = sign.is_some() && number.whole.len() <= 2;
    let is_clear = number.decimals.is_some() || is_short || number.is_one();
    if !is_clear || !tokens.ends_word(power_at + 1) {
        return None;
    }
    let symbol = |written: &str| {
        let found = context.table.symbols.at(&Tokens::new(written), 0).next();
        found.map_or(String::new(), |found| found.entry.say.clone())
    };
    let ten = context.spell(&context.table.cardinal.bare, "10");
    let minus = if matches!(sign, Some('-' | '−')) {
        format!("{} ", context.table.numbers.minus)
    } else {
        String::new()
    };
    let power = power.trim_start_matches('0');
    let power = context.spell(&context.table.cardinal.bare, if power.is_empty() { "0" } else { power });
    let words =
        format!("{} {} {ten} {} {minus}{power}", context.say(&number, None), symbol("×"), symbol("^"));
    Some(Match::new(power_at + 1, words))
}
