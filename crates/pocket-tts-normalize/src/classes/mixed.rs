//! Letters and digits in one word: `MP3`, `A4`, `COVID-19`.

use super::{code, spell_letters};
use crate::context::{Context, Match, capitalized};
use crate::lexer::{Kind, is_all_capitals, is_capitalized, subscript};
use crate::roman_numeral;
use crate::table::Gender;

/// The most parts of one word.
const MOST_PARTS: usize = 24;
/// Longer words of capitals are said as words.
const MOST_LETTERS: usize = 3;

/// Numerals from here on are rather letters: `12-CD`.
const MOST_NUMERAL: u32 = 40;

/// Reads a word of letters and digits.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let can_go_on = match tokens.kind(at + 1) {
        Some(Kind::Word | Kind::Digits) => true,
        Some(Kind::Mark('-' | '‑' | '/')) => joins(context, at + 1),
        Some(Kind::Mark(mark)) => subscript(mark).is_some(),
        _ => false,
    };
    if !can_go_on {
        return None;
    }
    let scale = context.table.money.scales.whole_at(tokens, at + 1);
    // `20k` is a number.
    if !tokens.starts_word(at)
        || scale.is_some_and(|scale| scale.entry.glued || !scale.entry.zeros.is_empty())
    {
        return None;
    }
    let (mut end, mut words, mut digits, mut others) = (at, String::new(), 0, 0);
    while end < at + MOST_PARTS {
        match tokens.kind(end) {
            Some(Kind::Word) => {
                // `Kerkstraat 12-II`
                let numeral = roman_numeral::value(tokens.text(end))
                    .filter(|_| tokens.text(end).len() > 1 && end > at && tokens.is_mark(end - 1, '-'));
                if let Some(value) = numeral.filter(|value| *value < MOST_NUMERAL) {
                    words.push(' ');
                    words += &context.spell(&context.table.cardinal.bare, &value.to_string());
                    (end, others) = (end + 1, others + 1);
                    continue;
                }
                // The words "AB" and "IN" are letters before digits.
                let is_code = tokens.text(end).len() == 2
                    && is_all_capitals(tokens.text(end))
                    && tokens.digits(end + 1).is_some();
                let word = if is_code {
                    spell_letters(context, tokens.text(end))
                } else {
                    say_word(context, tokens.text(end))
                };
                if word == "s" && context.table.mixed.plural && end > at && tokens.digits(end - 1).is_some() {
                    words = plural(&words);
                    (end, others) = (end + 1, others + 1);
                    continue;
                }
                // The second half of `mp3-speler` is no part of a number.
                let joint = Some(if others > 0 { joint_of_name(context, end) } else { joint(context, end) });
                let joint = joint.filter(|_| end > at);
                words.push_str(joint.unwrap_or_default());
                let is_noun = joint == Some("") && digits == 1 && others == 0 && is_capitalized(&word);
                words += &if joint == Some("") { word.to_lowercase() } else { word };
                // "der 30-Jährige"
                words = if is_noun { capitalized(&words) } else { words };
                others += 1;
            }
            Some(Kind::Digits) => {
                words.push_str(if end > at { " " } else { "" });
                words += &say_digits(context, end);
                digits += 1;
                // `PM2.5`, `E11.9`
                if others > 0
                    && let Some(decimals) = decimals(context, end + 1)
                {
                    let point = &context.table.numbers.decimal_word;
                    words = format!("{words} {point} {}", context.spell_digits(decimals));
                    end += 2;
                }
            }
            Some(Kind::Mark(mark)) if subscript(mark).is_some() && others > 0 => {
                let value = |at: usize| match tokens.kind(at) {
                    Some(Kind::Mark(mark)) => subscript(mark),
                    _ => None,
                };
                let number: String =
                    (end..at + MOST_PARTS).map_while(value).map(|digit| digit.to_string()).collect();
                words.push(' ');
                words += &context.spell(&context.table.cardinal.bare, &number);
                (digits, end) = (digits + 1, end + number.len() - 1);
            }
            Some(Kind::Mark('-' | '‑' | '/')) if joins(context, end) => {}
            _ => break,
        }
        end += 1;
    }
    (digits > 0 && others > 0).then(|| Match::new(end, words))
}

/// Digits after a decimal mark at `at`, if no others follow.
fn decimals<'a>(context: &Context<'a>, at: usize) -> Option<&'a str> {
    let (tokens, mark) = (&context.tokens, context.table.numbers.decimal_mark);
    let digits = tokens.digits(at + 1).filter(|_| mark == '.' && tokens.is_mark(at, mark))?;
    let goes_on = tokens.is_mark(at + 2, '.') && tokens.digits(at + 3).is_some();
    (tokens.ends_word(at + 2) && !goes_on).then_some(digits)
}

/// What stands between the number before the word at `at` and that word.
fn joint(context: &Context<'_>, at: usize) -> &'static str {
    let (tokens, mixed) = (&context.tokens, &context.table.mixed);
    let word = tokens.text(at);
    let has_hyphen =
        at.checked_sub(1).is_some_and(|before| matches!(tokens.kind(before), Some(Kind::Mark('-' | '‑'))));
    let is_listed = |matches: fn(&str, &str) -> bool| {
        let word = word.to_lowercase();
        mixed.glued.iter().any(|listed| matches(&word, listed))
    };
    match has_hyphen {
        true if !mixed.compounds => " ",
        true if word.starts_with(char::is_lowercase)
            || is_listed(|word, listed| word.starts_with(listed)) =>
        {
            ""
        }
        true => "-",
        // "30jährig" is an old spelling.
        false if is_listed(|word, listed| word == listed || listed.len() > 4 && word.starts_with(listed)) => {
            ""
        }
        false => " ",
    }
}

/// The same in a word that begins with letters.
fn joint_of_name(context: &Context<'_>, at: usize) -> &'static str {
    let has_hyphen = at
        .checked_sub(1)
        .is_some_and(|before| matches!(context.tokens.kind(before), Some(Kind::Mark('-' | '‑'))));
    if has_hyphen && context.table.mixed.compounds { "-" } else { " " }
}

/// The plural of a number in English words: `sixteens`, `twenties`, `sixes`.
pub(super) fn plural(words: &str) -> String {
    match words.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if words.ends_with('x') => format!("{words}es"),
        None => format!("{words}s"),
    }
}

fn say_digits(context: &Context<'_>, at: usize) -> String {
    let number = context.tokens.text(at);
    // `FY2022`
    if number.len() == 4 && at.checked_sub(1).is_some_and(|before| context.tokens.text(before) == "FY") {
        return context.spell(&context.table.years.rule_set, number);
    }
    let follows_word = at.checked_sub(1).is_some_and(|before| context.tokens.word(before).is_some());
    if number.len() == 4 && follows_word && context.table.mixed.pairs && !number.starts_with('0') {
        return context.spell(&context.table.years.rule_set, number);
    }
    let follows_hyphen = || {
        let hyphen = at
            .checked_sub(1)
            .filter(|hyphen| matches!(context.tokens.kind(*hyphen), Some(Kind::Mark('-' | '‑'))));
        hyphen.and_then(|hyphen| context.tokens.word(hyphen.checked_sub(1)?)).is_some()
    };
    if number.len() == 3 && context.table.mixed.pairs && (follows_word || follows_hyphen()) {
        return code::say(context, number);
    }
    let is_code = number.starts_with('0') && number.len() > 1 || number.len() > 4;
    if is_code {
        return context.spell_digits(number);
    }
    let next =
        if matches!(context.tokens.kind(at + 1), Some(Kind::Mark('-' | '‑'))) { at + 2 } else { at + 1 };
    let is_compound = context.tokens.word(next).is_some() && joint(context, next).is_empty();
    // "einjährig"
    let gender = is_compound.then_some(Gender::Masculine);
    context.spell(context.table.cardinal.of(gender), number)
}

/// Whether the hyphen at `at` joins a part with letters to one with digits: `COVID-19`.
fn joins(context: &Context<'_>, at: usize) -> bool {
    let kinds =
        (at.checked_sub(1).and_then(|before| context.tokens.kind(before)), context.tokens.kind(at + 1));
    let is_name =
        |at: usize| context.tokens.word(at).is_some_and(|word| word.starts_with(char::is_uppercase));
    // `12/B`, but not `B/12`.
    if context.tokens.is_mark(at, '/') {
        let letter = context.tokens.text(at + 1);
        let is_letter = letter.len() == 1 && is_all_capitals(letter) && context.tokens.ends_word(at + 2);
        return is_letter && kinds.0 == Some(Kind::Digits) && !context.tokens.is_mark(at + 2, '/');
    }
    match kinds {
        (Some(Kind::Word), Some(Kind::Digits)) => is_name(at - 1),
        // `5-HT`, but not `10-mile`.
        (Some(Kind::Digits), Some(Kind::Word)) => {
            context.table.mixed.compounds || is_all_capitals(context.tokens.text(at + 1))
        }
        // `CVE-2021-44228`
        (Some(Kind::Digits), Some(Kind::Digits)) => {
            // `X7-4410`
            let is_code = context.tokens.text(at + 1).len() > 2
                || context.tokens.text(at - 1).len() > 2
                || context.tokens.is_mark(at + 2, '-');
            let follows_letters = at
                .checked_sub(2)
                .is_some_and(|word| is_all_capitals(context.tokens.text(word)) && is_name(word));
            is_code && follows_letters
                || at >= 3
                    && is_name(at - 3)
                    && matches!(context.tokens.kind(at - 2), Some(Kind::Mark('-' | '‑')))
        }
        _ => false,
    }
}

fn say_word(context: &Context<'_>, word: &str) -> String {
    let length = word.chars().count();
    let table = &context.table.initialism;
    let is_short = length <= MOST_LETTERS
        && is_all_capitals(word)
        && (length == 1 || !table.words.iter().any(|known| known == word));
    if is_short || table.letters.iter().any(|listed| listed == word) {
        spell_letters(context, word)
    } else {
        word.to_owned()
    }
}
