//! International bank account numbers: `DE89 3704 0044 0532 0130 00`.

use super::spell_letters;
use crate::context::{Context, Match};
use crate::lexer::Kind;

/// The fewest and most letters and digits.
const FEWEST: usize = 15;
const MOST: usize = 34;
/// The letters and digits of a group.
const GROUP: usize = 4;

/// Reads a bank account number, character by character.
pub(super) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let is_code = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let country = tokens.word(at).filter(|word| word.len() == 2 && is_code(word))?;
    tokens.digits(at + 1).filter(|digits| digits.len() >= 2 && tokens.starts_word(at))?;
    let mut account = country.to_owned();
    // The end of the account, and of the group that is being read, in tokens and in bytes of the account.
    let (mut end, mut next, mut group_start) = (at + 1, at + 1, 0);
    while account.len() <= MOST {
        match tokens.kind(next) {
            Some(Kind::Word | Kind::Digits) if is_code(tokens.text(next)) => {
                account += tokens.text(next);
                (end, next) = (next + 1, next + 1);
            }
            Some(Kind::Space) if is_group(context, next + 1) && account.len() - group_start == GROUP => {
                // Letters alone are words after it, except those of a bank after the country.
                let is_word = tokens.ends_word(next + 2) && tokens.word(next + 1).is_some();
                if is_word && account.len() > GROUP {
                    break;
                }
                (group_start, next) = (account.len(), next + 1);
            }
            _ => break,
        }
    }
    let is_whole = (FEWEST..=MOST).contains(&account.len()) && tokens.ends_word(end);
    is_whole.then(|| {
        let groups = account.as_bytes().chunks(GROUP);
        let words: Vec<String> = groups.map(|group| say_group(context, group)).collect();
        Match::new(end, words.join(&format!("{} ", context.table.telephone.between)))
    })
}

/// Whether a group of up to four capital letters and digits begins at `at`.
fn is_group(context: &Context<'_>, at: usize) -> bool {
    let tokens = &context.tokens;
    let parts = (at..at + GROUP).take_while(|at| !tokens.ends_word(*at));
    let length: usize = parts.map(|at| tokens.text(at).len()).sum();
    (1..=GROUP).contains(&length)
}

fn say_group(context: &Context<'_>, group: &[u8]) -> String {
    let said = group.iter().map(|byte| {
        let character = char::from(*byte).to_string();
        if byte.is_ascii_digit() {
            context.spell_digits(&character)
        } else {
            spell_letters(context, &character)
        }
    });
    said.collect::<Vec<_>>().join(" ")
}
