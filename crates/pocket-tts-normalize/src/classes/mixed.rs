//! Letters and digits in one word: `MP3`, `A4`, `COVID-19`.

use super::spell_letters;
use crate::context::{Context, Match};
use crate::lexer::{Kind, is_all_capitals};

/// The most parts of one word.
const MOST_PARTS: usize = 24;
/// Longer words of capitals are said as words.
const MOST_LETTERS: usize = 3;

/// Reads a word of letters and digits.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let scale = context.table.money.scales.whole_at(tokens, at + 1);
    // `20k` is a number.
    if !tokens.starts_word(at)
        || scale.is_some_and(|scale| scale.entry.glued || !scale.entry.zeros.is_empty())
    {
        return None;
    }
    let (mut end, mut words, mut digits, mut others) = (at, Vec::new(), 0, 0);
    while end < at + MOST_PARTS {
        match tokens.kind(end) {
            Some(Kind::Word) => {
                words.push(say_word(context, tokens.text(end)));
                others += 1;
            }
            Some(Kind::Digits) => {
                let number = tokens.text(end);
                let is_code = number.starts_with('0') && number.len() > 1 || number.len() > 4;
                words.push(if is_code {
                    context.spell_digits(number)
                } else {
                    context.spell(&context.table.cardinal.bare, number)
                });
                digits += 1;
            }
            Some(Kind::Mark('-' | '‑')) if joins(context, end) => {}
            _ => break,
        }
        end += 1;
    }
    (digits > 0 && others > 0).then(|| Match::new(end, words.join(" ")))
}

/// Whether the hyphen at `at` joins a part with letters to one with digits: `COVID-19`.
fn joins(context: &Context<'_>, at: usize) -> bool {
    let kinds =
        (at.checked_sub(1).and_then(|before| context.tokens.kind(before)), context.tokens.kind(at + 1));
    let is_name =
        |at: usize| context.tokens.word(at).is_some_and(|word| word.starts_with(char::is_uppercase));
    match kinds {
        (Some(Kind::Word), Some(Kind::Digits)) => is_name(at - 1),
        // `5-HT`, but not `10-mile`.
        (Some(Kind::Digits), Some(Kind::Word)) => is_all_capitals(context.tokens.text(at + 1)),
        _ => false,
    }
}

fn say_word(context: &Context<'_>, word: &str) -> String {
    let length = word.chars().count();
    let table = &context.table.initialism;
    let is_short = length > 1
        && length <= MOST_LETTERS
        && is_all_capitals(word)
        && !table.words.iter().any(|known| known == word);
    if is_short || table.letters.iter().any(|listed| listed == word) {
        spell_letters(context, word)
    } else if length == 1 && is_all_capitals(word) {
        spell_letters(context, word)
    } else {
        word.to_owned()
    }
}
