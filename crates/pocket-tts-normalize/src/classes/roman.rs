//! Roman numerals after names and beside nouns: `Henry VIII`, `Chapter IV`.

use crate::context::{Context, Match, capitalized, contains, fill};
use crate::lexer::{Kind, Tokens, is_all_capitals, is_capitalized};
use crate::roman_numeral;
use crate::table::{RomanNoun, Suffix};

/// The largest numeral after a name.
const MOST_AFTER_NAME: u32 = 39;

/// Reads a Roman numeral.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    let (tokens, roman) = (&context.tokens, &context.table.roman);
    let numeral = tokens.word(at).filter(|_| tokens.starts_word(at) && tokens.ends_word(at + 1))?;
    if let Some(ordinal) = with_suffix(context, numeral) {
        return Some(Match::new(at + 1, ordinal));
    }
    let value = roman_numeral::value(numeral).filter(|_| !is_letter(context, at, numeral))?;
    let previous = tokens.previous_word(at);
    let next = tokens.word(after_list(context, at + 1));
    for noun in &roman.nouns {
        let neighbour = if noun.before { next } else { previous };
        if neighbour.is_some_and(|word| contains(&noun.words, word)) {
            return Some(Match::new(at + 1, beside_noun(context, noun, value)));
        }
    }
    after_any_name(context, at, numeral, value).or_else(|| {
        let is_number = roman.alone
            && numeral.len() > 1
            && numeral.chars().all(|letter| "IVX".contains(letter))
            && !roman.words.iter().any(|word| word == numeral);
        is_number.then(|| Match::new(at + 1, context.spell(&context.table.cardinal.bare, &value.to_string())))
    })
}

/// Whether a numeral of one letter is but a letter: `type C`, `T V`.
fn is_letter(context: &Context<'_>, at: usize, numeral: &str) -> bool {
    let is_capital = |word: Option<&str>| word.is_some_and(|word| word.len() == 1 && is_all_capitals(word));
    let tokens = &context.tokens;
    let is_beside_letter = || {
        is_capital(tokens.next_word(at + 1))
            || is_capital(tokens.before_space(at).and_then(|before| tokens.word(before)))
    };
    numeral.len() == 1 && (!matches!(numeral, "I" | "V" | "X") || is_beside_letter())
}

/// A numeral after the name of a ruler, or after another name if it has two letters or more.
fn after_any_name(context: &Context<'_>, at: usize, numeral: &str, value: u32) -> Option<Match> {
    let (tokens, roman) = (&context.tokens, &context.table.roman);
    if roman.after_name.is_empty() || value > MOST_AFTER_NAME {
        return None;
    }
    // A period between a name and a numeral ends a sentence.
    let name = tokens
        .previous_word(at)
        .filter(|name| is_capitalized(name) && !is_all_capitals(name) && tokens.is_space(at - 1))?;
    tokens.word(at.checked_sub(2)?)?;
    let is_known = contains(&roman.names, name) || contains(&roman.feminine_names, name);
    let is_word = numeral.len() == 1 || roman.words.iter().any(|word| word == numeral);
    if !is_known && (is_word || starts_sentence(context, at - 2)) {
        return None;
    }
    let has_period = roman.has_period && tokens.is_mark(at + 1, '.');
    let end = if has_period && !context.at_sentence_end(at + 2) { at + 2 } else { at + 1 };
    let is_feminine = contains(&roman.feminine_names, name);
    Some(Match::new(end, after_name(context, value, is_feminine)))
}

/// The index of the word after a numeral that ends before `end`, and after another one with a dash or a short word between
/// them: `XIX-XX secolo`, `I e II secolo`.
fn after_list(context: &Context<'_>, end: usize) -> usize {
    let tokens = &context.tokens;
    let next = tokens.after_space(end);
    let is_short_word =
        |at: usize| tokens.word(at).is_some_and(|word| word.len() <= 3 && !is_capitalized(word));
    let is_joiner = matches!(tokens.kind(next), Some(Kind::Mark('-' | '–' | '/'))) || is_short_word(next);
    let mut second = tokens.after_space(next + 1);
    // `XIX e il XX secolo`
    if is_short_word(next) && is_short_word(second) {
        second = tokens.after_space(second + 1);
    }
    let is_list = is_joiner && tokens.word(second).is_some_and(|word| roman_numeral::value(word).is_some());
    if is_list { tokens.after_space(second + 1) } else { next }
}

/// `XXe`: letters and the end of an ordinal. Single letters are numbers up to 10 only, since `Le` and `De` are words.
fn with_suffix(context: &Context<'_>, word: &str) -> Option<String> {
    let (letters, suffix) = word.split_at(word.find(|letter| !"IVXLCDM".contains(letter))?);
    context.table.roman.suffixes.iter().find(|known| *known == suffix)?;
    let value = roman_numeral::value(letters).filter(|value| letters.len() > 1 || *value <= 10)?.to_string();
    let fits = |suffix: &Suffix| suffix.number.as_ref().is_none_or(|only| *only == value);
    let ending = Tokens::new(suffix);
    let suffix =
        context.table.ordinal.suffixes.at(&ending, 0).map(|found| found.entry).find(|found| fits(found))?;
    Some(context.spell(&suffix.rule_set, &value) + &suffix.ending)
}

/// Whether the word at `at` begins a sentence, so that its capital tells nothing.
fn starts_sentence(context: &Context<'_>, at: usize) -> bool {
    match context.tokens.before_space(at) {
        None => true,
        Some(before) => {
            matches!(context.tokens.kind(before), Some(Kind::Mark('.' | '!' | '?' | '…') | Kind::Space))
        }
    }
}

fn after_name(context: &Context<'_>, value: u32, is_feminine: bool) -> String {
    let roman = &context.table.roman;
    let is_above = roman.ordinals_up_to > 0 && value > roman.ordinals_up_to;
    let template = if is_above { &roman.after_name_above } else { &roman.after_name };
    let digits = value.to_string();
    let listed = if is_feminine && !roman.feminine_rule_set.is_empty() {
        &roman.feminine_rule_set
    } else {
        &roman.rule_set
    };
    let rule_set = if listed.is_empty() { &context.table.ordinal.forms.bare } else { listed };
    let (ordinal, cardinal) =
        (context.spell(rule_set, &digits), context.spell(&context.table.cardinal.bare, &digits));
    let name = capitalized(&ordinal);
    let fields = [("ordinal", ordinal.as_str()), ("Ordinal", name.as_str()), ("cardinal", cardinal.as_str())];
    fill(template, &fields)
}

fn beside_noun(context: &Context<'_>, noun: &RomanNoun, value: u32) -> String {
    let digits = value.to_string();
    let ordinal = noun.rule_set.as_ref().unwrap_or(&context.table.ordinal.forms.bare);
    let cardinal = noun.rule_set.as_ref().unwrap_or(&context.table.cardinal.bare);
    fill(
        &noun.say,
        &[
            ("ordinal", context.spell(ordinal, &digits).as_str()),
            ("cardinal", context.spell(cardinal, &digits).as_str()),
        ],
    )
}
