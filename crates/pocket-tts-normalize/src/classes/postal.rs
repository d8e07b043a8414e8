//! Postal codes of states after the name of a town, and the number that follows: `Springfield, IL 62704`.

use crate::context::{Context, Match};
use crate::lexer::is_capitalized;

/// Reads the code of a state.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let (tokens, postal) = (&context.tokens, &context.table.postal);
    let state = tokens.word(at).filter(|word| word.len() == 2)?;
    let name = postal.states.get(state).filter(|_| tokens.starts_word(at) && tokens.ends_word(at + 1))?;
    if let Some((end, number)) = number(context, at + 1) {
        return Some(Match::new(end, format!("{name} {number}")));
    }
    let before = tokens.before_space(at)?;
    let follows_town = tokens.is_mark(before, ',')
        && before.checked_sub(1).and_then(|town| tokens.word(town)).is_some_and(is_capitalized);
    // `(D-CA)`: the party of a politician.
    let follows_party = before + 1 == at
        && tokens.is_mark(before, '-')
        && before.checked_sub(1).is_some_and(|party| matches!(tokens.text(party), "D" | "R" | "I"));
    let is_word = postal.words.iter().any(|word| word == state);
    (follows_party || follows_town && !is_word).then(|| Match::new(at + 1, name.clone()))
}

/// Five digits, or nine with a hyphen, after white space.
fn number(context: &Context<'_>, end: usize) -> Option<(usize, String)> {
    let tokens = &context.tokens;
    let at = tokens.after_space(end);
    let digits = tokens.digits(at).filter(|digits| at > end && digits.len() == 5)?;
    let words = context.spell_digits(digits);
    let rest = tokens.digits(at + 2).filter(|rest| tokens.is_mark(at + 1, '-') && rest.len() == 4);
    match rest {
        Some(rest) => Some((at + 3, format!("{words}, {}", context.spell_digits(rest)))),
        None => tokens.ends_word(at + 1).then_some((at + 1, words)),
    }
}
