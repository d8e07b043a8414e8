//! Abbreviations, titles and symbols, from the lists of the language.

use super::unit;
use super::{ordinal, power};
use crate::context::{Context, Match, capitalized};
use crate::lexer::{Kind, is_all_capitals, is_capitalized};
use crate::table::{Condition, Found, Gender, Phrase, PhraseIndex};

/// Reads an abbreviation: `Dr.`
pub(crate) fn read_abbreviation(context: &Context<'_>, at: usize) -> Option<Match> {
    // The `s` of `it's` is none.
    let is_glued = at.checked_sub(2).is_some_and(|before| {
        matches!(context.tokens.kind(before + 1), Some(Kind::Mark('\'' | '’')))
            && context.tokens.word(before).is_some()
    });
    if !context.tokens.starts_word(at)
        || is_glued && context.tokens.word(at).is_some_and(|word| word.len() == 1)
    {
        return None;
    }
    read(context, at, &context.table.abbreviations).or_else(|| word_ending(context, at))
}

/// Reads a word with an abbreviated end: `Hauptstr.`
fn word_ending(context: &Context<'_>, at: usize) -> Option<Match> {
    let word = context.tokens.word(at)?;
    if let Some(name) = after_hyphen(context, at) {
        return Some(name);
    }
    context.tokens.is_mark(at + 1, '.').then_some(())?;
    context.table.word_endings.iter().find_map(|ending| {
        let start = word.strip_suffix(ending.written.strip_suffix('.')?).filter(|start| !start.is_empty())?;
        let period = if is_last(context, at + 2) || context.at_sentence_end(at + 2) { "." } else { "" };
        Some(Match::new(at + 2, format!("{start}{}{period}", ending.say)))
    })
}

/// A word with a hyphen and an abbreviated one before a number: `Rechnungs-Nr. 12`.
fn after_hyphen(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let (word, last) = (tokens.text(at), tokens.word(at + 2).filter(|_| tokens.is_mark(at + 1, '-'))?);
    let ending = context.table.word_endings.iter().find(|ending| {
        let form = ending.written.strip_suffix('.');
        form.is_some_and(|form| form == last.to_lowercase()) && tokens.is_mark(at + 3, '.')
    })?;
    Some(Match::new(at + 4, format!("{word}{}", ending.say)))
}

/// Reads a symbol: `&`.
pub(crate) fn read_symbol(context: &Context<'_>, at: usize) -> Option<Match> {
    matches!(context.tokens.kind(at), Some(Kind::Mark(_))).then_some(())?;
    if let Some(power) = power::read(context, at) {
        return Some(power);
    }
    if let Some(unit) = per_unit(context, at) {
        return Some(unit);
    }
    if is_slash_of_code(context, at) {
        return Some(Match::new(at + 1, format!(" {} ", context.table.electronic.slash)));
    }
    let mut found = read(context, at, &context.table.symbols)?;
    let words = &mut found.words;
    if words.ends_with(' ') && context.tokens.is_space(found.end) {
        words.truncate(words.trim_end().len());
    }
    if words.starts_with(' ') && at.checked_sub(1).is_none_or(|before| context.tokens.is_space(before)) {
        words.drain(..words.len() - words.trim_start().len());
    }
    Some(found)
}

/// Whether a slash stands between digits after letters and other digits: `C-131/12`.
fn is_slash_of_code(context: &Context<'_>, at: usize) -> bool {
    let tokens = &context.tokens;
    let digits =
        at.checked_sub(1).filter(|digits| tokens.digits(*digits).is_some() && tokens.is_mark(at, '/'));
    let before = digits
        .and_then(|digits| digits.checked_sub(1))
        .map(|before| if tokens.is_mark(before, '-') { before.saturating_sub(1) } else { before });
    let follows_letters = before.is_some_and(|before| tokens.word(before).is_some_and(is_all_capitals));
    // `18/01234`
    let has_zero = tokens.digits(at + 1).is_some_and(|digits| digits.len() > 2 && digits.starts_with('0'));
    let is_before_letters =
        digits.is_some() && tokens.is_mark(at + 2, '-') && tokens.word(at + 3).is_some_and(is_all_capitals);
    (follows_letters || is_before_letters || has_zero && digits.is_some()) && tokens.digits(at + 1).is_some()
}

/// A slash and a unit after a number and a noun: `233 Einwohner/km²`.
fn per_unit(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let unit = unit::per(context, at)?;
    let mut noun = at.checked_sub(1)?;
    if tokens.is_mark(noun, '.') {
        noun = noun.checked_sub(1)?;
    }
    let number = tokens.word(noun).and_then(|_| tokens.before_space(noun))?;
    let is_amount = tokens.digits(number).is_some() && tokens.is_space(number + 1);
    is_amount.then(|| Match::new(unit.end, format!(" {} {}", context.table.per, unit.entry.one)))
}

fn read(context: &Context<'_>, at: usize, phrases: &PhraseIndex<Phrase>) -> Option<Match> {
    let tokens = &context.tokens;
    let is_glued = |end: usize| tokens.word(end - 1).is_some() && !tokens.ends_word(end);
    let is_meant = |found: &Found<'_, Phrase>| {
        let phrase = found.entry;
        let is_initial = || phrase.when == Condition::BeforeName && is_initial(context, at, found.end);
        let is_before_sentence = || {
            matches!(phrase.when, Condition::BeforeName | Condition::InAddress)
                && tokens.is_mark(found.end - 1, '.')
                && context.at_sentence_start_word(found.end)
        };
        let goes_on = matches!(tokens.kind(found.end), Some(Kind::Mark('/' | '-' | '.')))
            && tokens.digits(found.end + 1).is_some();
        // `d.c.` in `d.c.r.`
        let is_part = tokens.is_mark(found.end - 1, '.')
            && tokens.text(found.end).chars().count() == 1
            && tokens.word(found.end).is_some()
            && tokens.is_mark(found.end + 1, '.');
        let is_excluded = is_glued(found.end)
            || is_part
            || tokens.digits(found.end - 1).is_some() && goes_on
            || is_before_sentence()
            || context.follows(at, &phrase.not_after)
            || !phrase.after.is_empty()
                && !context.follows(ordinal::before_ordinals(context, at), &phrase.after)
            || is_initial();
        phrase.when.holds(tokens, at, found.end) && !is_excluded
    };
    let found = phrases.at(tokens, at).find(is_meant).or_else(|| {
        // The capital of a sentence's first word.
        let is_letter = tokens.text(at).chars().count() == 1;
        // `V. Smith` begins with an initial.
        let fits = |found: &Found<'_, Phrase>| {
            let is_initial = is_letter && found.end <= at + 2;
            is_meant(found) && (!is_initial || found.entry.when == Condition::BeforeNumber)
        };
        starts_sentence(context, at).then(|| phrases.at_lowercase(tokens, at).find(fits)).flatten()
    })?;
    let feminine = found.entry.feminine.as_ref().filter(|_| is_before_feminine(context, found.end));
    let mut words = feminine.unwrap_or(&found.entry.say).clone();
    let ends_with_period = tokens.is_mark(found.end - 1, '.');
    // An abbreviation alone is no sentence.
    let is_whole_text = at == 0 && tokens.kind(found.end).is_none();
    let is_street = found.entry.when == Condition::AfterName;
    let is_at_end = is_last(context, found.end)
        || found.entry.ends_sentence && context.at_sentence_end(found.end)
        || is_street && context.at_sentence_start_word(found.end);
    if ends_with_period && is_at_end && !is_whole_text && !words.ends_with('.') {
        words.push('.');
    }
    // A word at the start of a sentence keeps its capital.
    if is_capitalized(tokens.text(at)) && starts_sentence(context, at) {
        words = capitalized(&words);
    }
    Some(Match::new(found.end, words))
}

/// Whether a paragraph or the text ends at `end`.
fn is_last(context: &Context<'_>, end: usize) -> bool {
    matches!(context.tokens.kind(context.tokens.after_space(end)), None | Some(Kind::Space))
}

/// Whether a single letter with a period is the initial of a name and no title: `Franklin D. Roosevelt`, `N. D. Dole`,
/// `D.N.I.`
fn is_initial(context: &Context<'_>, at: usize, end: usize) -> bool {
    let tokens = &context.tokens;
    let is_letter = |at: usize| tokens.text(at).chars().count() == 1 && is_capitalized(tokens.text(at));
    if end != at + 2 || !is_letter(at) {
        return false;
    }
    let follows_name = match tokens.before_space(at) {
        Some(before) if tokens.is_mark(before, '.') => before.checked_sub(1).is_some_and(is_letter),
        Some(before) => tokens.word(before).is_some_and(is_capitalized) && !starts_sentence(context, before),
        None => false,
    };
    follows_name || !tokens.is_space(end)
}

/// Whether a woman's name begins after `end`.
fn is_before_feminine(context: &Context<'_>, end: usize) -> bool {
    context.tokens.next_word(end).is_some_and(|name| {
        context.table.roman.feminine_names.iter().any(|known| known == name)
            || context.gender_of(&name.to_lowercase()) == Some(Gender::Feminine)
    })
}

/// Whether the period at `at` belongs to an abbreviation that ends no sentence: `Sra.`
fn is_after_abbreviation(context: &Context<'_>, at: usize) -> bool {
    let Some(word) = at.checked_sub(1).filter(|_| context.tokens.is_mark(at, '.')) else { return false };
    let mut found = context.table.abbreviations.at(&context.tokens, word);
    found.any(|found| found.end == at + 1 && !found.entry.ends_sentence)
}

/// Whether a sentence begins at `at`, as far as the tokens before it tell.
fn starts_sentence(context: &Context<'_>, at: usize) -> bool {
    match context.tokens.before_space(at) {
        None => true,
        Some(before) if is_after_abbreviation(context, before) => false,
        Some(before) => {
            matches!(
                context.tokens.kind(before),
                Some(Kind::Space | Kind::Mark('.' | '!' | '?' | '…' | ':' | '"' | '“'))
            )
        }
    }
}
