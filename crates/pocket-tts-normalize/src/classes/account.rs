//! Numbers of bank accounts (IBAN), letter by letter and digit by digit.

use super::spell_letters;
use crate::context::{Context, Match};
use crate::lexer::{Kind, is_all_capitals};

/// The length of a group, and the fewest and most groups.
const GROUP: usize = 4;
const FEWEST_GROUPS: usize = 3;
const MOST_GROUPS: usize = 9;

/// Reads `DE89 3704 0044 0532 0130 00`.
pub(super) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let country = tokens.word(at).filter(|word| word.len() == 2 && is_all_capitals(word))?;
    let check = tokens.digits(at + 1).filter(|digits| digits.len() == 2 && tokens.starts_word(at))?;
    let mut groups = vec![format!("{} {}", spell_letters(context, country), context.spell_digits(check))];
    let mut end = at + 2;
    let mut is_last = false;
    while groups.len() <= MOST_GROUPS && !is_last && tokens.is_space(end) && tokens.text(end).len() == 1 {
        let Some((group_end, group)) = group(context, end + 1) else { break };
        is_last = tokens.text_of(end + 1..group_end).len() < GROUP;
        (end, groups) = (group_end, [groups, vec![group]].concat());
    }
    (groups.len() > FEWEST_GROUPS).then(|| Match::new(end, groups.join(", ")))
}

/// Up to four capital letters and digits that stand at `at`.
fn group(context: &Context<'_>, at: usize) -> Option<(usize, String)> {
    let tokens = &context.tokens;
    let (mut end, mut said) = (at, Vec::new());
    while end < at + GROUP {
        match tokens.kind(end) {
            Some(Kind::Digits) => said.push(context.spell_digits(tokens.text(end))),
            Some(Kind::Word) if is_all_capitals(tokens.text(end)) => {
                said.push(spell_letters(context, tokens.text(end)));
            }
            _ => break,
        }
        end += 1;
    }
    let has_digits = (at..end).any(|at| tokens.digits(at).is_some());
    let length = tokens.text_of(at..end).chars().count();
    let fits = tokens.ends_word(end) && (length == GROUP || length < GROUP && has_digits);
    (!said.is_empty() && fits).then(|| (end, said.join(" ")))
}
