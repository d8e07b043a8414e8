//! Words of capital letters that are said letter by letter: `FBI`, `U.S.`

use super::range_template::range_template;
use crate::context::{Context, Match, fill};
use crate::lexer::{Kind, Tokens, is_all_capitals, subscript};

/// Longer words of capitals are said as words, unless they are listed.
const MOST_LETTERS: usize = 4;
/// The same for words without a vowel.
const MOST_CONSONANTS: usize = 8;

/// The most letters of a word of capital and small letters.
const MOST_MIXED: usize = 6;

/// Reads an initialism.
pub(crate) fn read(context: &Context<'_>, at: usize) -> Option<Match> {
    if !context.tokens.starts_word(at) {
        return None;
    }
    letters(context, at)
        .or_else(|| dotted(context, at))
        .or_else(|| plain(context, at))
        .or_else(|| mixed_case(context, at))
}

/// Two single letters with a dash between them: `A–C`.
fn letters(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let letter = |at: usize| {
        let letter = tokens.word(at).filter(|letter| letter.len() == 1 && is_all_capitals(letter));
        letter.filter(|_| tokens.ends_word(at + 1))
    };
    let (first, second) = (letter(at)?, letter(at + 2).filter(|_| tokens.is_mark(at + 1, '–'))?);
    let is_code = tokens.is_mark(at + 3, '.') || tokens.is_mark(at + 3, '–');
    let (first_words, second_words) = (spell_letters(context, first), spell_letters(context, second));
    let fields = [("first", first_words.as_str()), ("second", second_words.as_str())];
    (first < second && !is_code).then(|| Match::new(at + 3, fill(range_template(context, at), &fields)))
}

/// Letters of which the inner ones may be small and no vowels: `VfB`, `StGB`, `PhD`.
fn mixed_case(context: &Context<'_>, at: usize) -> Option<Match> {
    let word = context.tokens.word(at).filter(|word| (3..=MOST_MIXED).contains(&word.chars().count()))?;
    let is_small = |letter: char| letter.is_lowercase() && !is_vowel(letter);
    let is_listed = context.table.initialism.letters.iter().any(|listed| listed == word);
    let is_mixed = word.starts_with(char::is_uppercase)
        && word.ends_with(char::is_uppercase)
        && word.chars().all(|letter| letter.is_uppercase() || is_small(letter));
    let has_both = word.contains(char::is_lowercase) && context.tokens.ends_word(at + 1);
    (has_both && (is_listed || is_mixed)).then(|| Match::new(at + 1, spell_letters(context, word)))
}

/// `U.S.`: single letters, each with a period.
fn dotted(context: &Context<'_>, at: usize) -> Option<Match> {
    let tokens = &context.tokens;
    let mut letters = String::new();
    let mut end = at;
    let is_letter = |word: &str| is_all_capitals(word) && word.chars().count() == 1;
    // `A.F.Th.`
    let is_pair = |word: &str| word.strip_prefix(is_initial_of_pair).is_some_and(|rest| rest == "h");
    while let Some(letter) = tokens.word(end).filter(|word| is_letter(word) || end > at && is_pair(word))
        && tokens.is_mark(end + 1, '.')
        && letters.chars().count() < 9
    {
        letters += &letter.to_uppercase();
        end += 2;
    }
    if letters.chars().count() < 2 {
        return None;
    }
    // `U.S.A` without the last period.
    if let Some(letter) = tokens.word(end).filter(|word| is_all_capitals(word) && word.chars().count() == 1) {
        letters.push_str(letter);
        end += 1;
    }
    let mut words = spell_letters(context, &letters);
    if tokens.is_mark(end - 1, '.')
        && (matches!(tokens.kind(tokens.after_space(end)), None | Some(Kind::Space))
            || context.at_sentence_start_word(end))
    {
        words.push('.');
    }
    Some(Match::new(end, words))
}

/// Whether a letter is an initial together with the `h` after it: `Th.`
fn is_initial_of_pair(letter: char) -> bool {
    matches!(letter, 'C' | 'P' | 'T')
}

fn plain(context: &Context<'_>, at: usize) -> Option<Match> {
    let (tokens, table) = (&context.tokens, &context.table.initialism);
    let word = tokens.word(at).filter(|word| word.chars().count() > 1)?;
    // The plural's `s`: `CDs`.
    let letters = word.strip_suffix('s').filter(|rest| rest.chars().count() > 1).unwrap_or(word);
    if !is_all_capitals(letters)
        || !tokens.ends_word(at + 1)
        // `BR-101` and `CO₂` have letters and digits.
        || tokens.is_mark(at + 1, '-') && tokens.digits(at + 2).is_some()
        || matches!(tokens.kind(at + 1), Some(Kind::Mark(mark)) if subscript(mark).is_some())
        || table.words.iter().any(|known| known == letters)
    {
        return None;
    }
    let is_listed = table.letters.iter().any(|known| known == letters);
    let length = letters.chars().count();
    if !is_listed && is_readable(context, letters) {
        return None;
    }
    let is_likely = length <= 3
        || length <= MOST_CONSONANTS && !letters.chars().any(is_vowel) && !is_drawn_out(letters)
        || length <= MOST_LETTERS + 1 && !(has_onset(letters) && has_coda(context, letters));
    // `LOG_LEVEL`
    let is_part =
        tokens.is_mark(at + 1, '_') || at.checked_sub(1).is_some_and(|before| tokens.is_mark(before, '_'));
    if !is_listed && (!is_likely || is_shouted(tokens, at) || is_part && letters.chars().any(is_vowel)) {
        return None;
    }
    let plural = if letters.len() < word.len() { "s" } else { "" };
    Some(Match::new(at + 1, spell_letters(context, letters) + plural))
}

/// The letters of an initialism, with spaces between them.
pub(crate) fn spell_letters(context: &Context<'_>, letters: &str) -> String {
    let names = &context.table.initialism.letter_names;
    let said = letters.chars().map(|letter| {
        let capital = letter.to_uppercase().next().unwrap_or(letter);
        names.get(&capital).cloned().unwrap_or_else(|| letter.to_string())
    });
    said.collect::<Vec<_>>().join(" ")
}

/// Whether a word of three letters is said as a word: by its shape, in languages where such words are.
fn is_readable(context: &Context<'_>, word: &str) -> bool {
    let endings = &context.table.initialism.readable_endings;
    let mut letters = word.chars();
    let (Some(first), Some(second), Some(third), None) =
        (letters.next(), letters.next(), letters.next(), letters.next())
    else {
        return false;
    };
    is_vowel(first) != is_vowel(second) && is_vowel(second) != is_vowel(third) && endings.contains(third)
}

/// Whether a letter stands three times in a row: `HMMM`.
fn is_drawn_out(word: &str) -> bool {
    word.as_bytes().windows(3).any(|letters| letters[0] == letters[1] && letters[1] == letters[2])
}

/// The pairs of consonants with which words begin.
const ONSETS: &str =
    "BL BR CH CL CR DR FL FR GL GR KL KR PH PL PR PS RH SC SH SK SL SM SN SP ST SW TH TR TW WH WR ZW";

/// Whether a word of capitals begins as a word does that can be said: `CRAM` does and `CJUE` doesn't.
fn has_onset(word: &str) -> bool {
    let consonants = word.len() - word.trim_start_matches(|letter| !is_vowel(letter)).len();
    let is_onset = |pair: &str| ONSETS.split(' ').any(|onset| onset == pair);
    match consonants {
        0 | 1 => true,
        2 => is_onset(&word[..2]),
        3 => word.starts_with('S') && is_onset(&word[..2]) && is_onset(&word[1..3]),
        _ => false,
    }
}

/// Whether a word of capitals ends as a word does that can be said: `FIRST` does and `ESPN` doesn't.
fn has_coda(context: &Context<'_>, word: &str) -> bool {
    let codas = &context.table.initialism.codas;
    let coda = &word[word.trim_end_matches(|letter| !is_vowel(letter)).len()..];
    codas.is_empty() || coda.chars().count() < 2 || codas.iter().any(|known| known == coda)
}

fn is_vowel(letter: char) -> bool {
    matches!(
        letter.to_lowercase().next(),
        Some('a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ä' | 'ö' | 'ü' | 'é' | 'á' | 'í' | 'ó' | 'ú')
    )
}

/// Whether a neighbour is a longer word of capitals too, as in a heading.
fn is_shouted(tokens: &Tokens<'_>, at: usize) -> bool {
    let is_shouted =
        |word: Option<&str>| word.is_some_and(|word| word.chars().count() > 3 && is_all_capitals(word));
    let is_capital =
        |word: Option<&str>| word.is_some_and(|word| word.chars().count() > 1 && is_all_capitals(word));
    let (previous, next) = (tokens.previous_word(at), tokens.next_word(at + 1));
    is_shouted(previous) || is_shouted(next) || (is_capital(previous) && is_capital(next))
}
