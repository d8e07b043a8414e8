//! Roman numerals after names and beside nouns: `Henry VIII`, `Chapter IV`.

use super::ordinal;
use crate::context::{Context, Match, capitalized, contains, fill};
use crate::lexer::{Kind, Tokens, is_all_capitals, is_capitalized};
use crate::roman_numeral;
use crate::table::{RomanCase, RomanNoun, Suffix};

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
    let after_period = after_period(context, at);
    let next = tokens.word(after_list(context, after_period));
    // `Typ-II-Diabetes`
    let before_hyphen =
        at.checked_sub(2).filter(|_| tokens.is_mark(at - 1, '-')).and_then(|before| tokens.word(before));
    let listed_after = noun_of_list(context, at).or(previous).or(before_hyphen);
    // `MI` and `DC` are seldom numbers, even beside a noun.
    let is_code = numeral.contains(['C', 'D', 'M']) && roman.words.iter().any(|word| word == numeral);
    for noun in roman.nouns.iter().filter(|_| !is_code) {
        let (neighbour, end) = if noun.before { (next, after_period) } else { (listed_after, at + 1) };
        let is_noun = |word: &&str| contains(&noun.words, word) && !is_pronoun(context, at, word);
        if let Some(word) = neighbour.filter(is_noun) {
            let gender = context.gender_of(&word.to_lowercase());
            let by_words_before = noun.before.then(|| ordinal::rule_set(context, at, gender)).flatten();
            return Some(Match::new(end, beside_noun(context, noun, by_words_before, value)));
        }
    }
    if let Some(rule_set) = ordinal_before_noun(context, at, after_period) {
        return Some(Match::new(after_period, context.spell(rule_set, &value.to_string())));
    }
    if is_chamber(context, at) {
        return Some(Match::new(at + 1, context.spell(&context.table.cardinal.bare, &value.to_string())));
    }
    after_ruler(context, at, value).or_else(|| alone(context, at, numeral, value))
}

/// The rule set of a numeral with a period between an article and a noun: `nach dem III. Akt`.
fn ordinal_before_noun<'t>(context: &Context<'t>, at: usize, end: usize) -> Option<&'t str> {
    let tokens = &context.tokens;
    let noun = tokens.next_word(end).filter(|noun| end == at + 2 && is_capitalized(noun))?.to_lowercase();
    let is_noun = !context.table.gender.function_words.contains(&noun) && tokens.text(at).len() > 1;
    let rule_set = ordinal::rule_set(context, at, context.gender_of(&noun))?;
    is_noun.then_some(rule_set)
}

/// Whether a numeral is the chamber of a court before a register and a number with a slash: `III ZR 183/17`.
fn is_chamber(context: &Context<'_>, at: usize) -> bool {
    let tokens = &context.tokens;
    tokens.is_space(at + 1)
        && tokens.word(at + 2).is_some_and(is_all_capitals)
        && tokens.is_space(at + 3)
        && tokens.digits(at + 4).is_some()
        && tokens.is_mark(at + 5, '/')
}

/// The index after the numeral at `at` and its period.
fn after_period(context: &Context<'_>, at: usize) -> usize {
    let has_period = context.table.roman.has_period && context.tokens.is_mark(at + 1, '.');
    if has_period { at + 2 } else { at + 1 }
}

/// Whether a numeral of one letter is only a letter: `type C`, `T V`.
fn is_letter(context: &Context<'_>, at: usize, numeral: &str) -> bool {
    let is_capital = |word: Option<&str>| word.is_some_and(|word| word.len() == 1 && is_all_capitals(word));
    let tokens = &context.tokens;
    let is_beside_letter = || {
        is_capital(tokens.next_word(at + 1))
            // The first word of a sentence may be an article: `A I Guerra`.
            || tokens.before_space(at).is_some_and(|before| {
                is_capital(tokens.word(before)) && !starts_sentence(context, before)
            })
    };
    numeral.len() == 1 && (!matches!(numeral, "I" | "V" | "X") || is_beside_letter())
}

/// Whether a numeral after a noun is rather a word: `the book I read`.
fn is_pronoun(context: &Context<'_>, at: usize, noun: &str) -> bool {
    let (tokens, roman) = (&context.tokens, &context.table.roman);
    let goes_on = || {
        tokens.is_mark(at + 1, '\'')
            || tokens.is_mark(at + 1, '’')
            || tokens.next_word(at + 1).is_some_and(|next| !contains(&roman.before_nouns, next))
    };
    roman.pronouns.iter().any(|word| word == tokens.text(at)) && !is_capitalized(noun) && goes_on()
}

/// A numeral of several letters beside nothing known, which is a number all the same.
fn alone(context: &Context<'_>, at: usize, numeral: &str, value: u32) -> Option<Match> {
    let roman = &context.table.roman;
    let is_clear = numeral.len() > 1 && numeral.chars().all(|letter| "IVX".contains(letter));
    if !is_clear || roman.words.iter().any(|word| word == numeral) {
        return None;
    }
    let cardinal = context.spell(&context.table.cardinal.bare, &value.to_string());
    if roman.alone.is_empty() {
        // `IV. Results`
        let tokens = &context.tokens;
        let begins = at
            .checked_sub(1)
            .is_none_or(|before| tokens.is_space(before) && tokens.text(before).contains('\n'));
        let is_heading =
            begins && tokens.is_mark(at + 1, '.') && tokens.next_word(at + 2).is_some_and(is_capitalized);
        return is_heading.then(|| Match::new(at + 1, cardinal));
    }
    Some(Match::new(at + 1, fill(&roman.alone, &[("cardinal", cardinal.as_str())])))
}

/// A numeral after the name of a ruler, or after another name.
fn after_ruler(context: &Context<'_>, at: usize, value: u32) -> Option<Match> {
    let (tokens, roman) = (&context.tokens, &context.table.roman);
    let (numeral, previous) = (tokens.text(at), tokens.previous_word(at));
    if roman.after_name.is_empty() || value > MOST_AFTER_NAME {
        return None;
    }
    // A period between a name and a numeral ends a sentence.
    let name =
        previous.filter(|name| is_capitalized(name) && !is_all_capitals(name) && tokens.is_space(at - 1))?;
    tokens.word(at.checked_sub(2)?)?;
    let genitive = roman.cases.iter().find(|case| is_genitive(context, name, case));
    let is_known =
        genitive.is_some() || contains(&roman.names, name) || contains(&roman.feminine_names, name);
    let is_word = numeral.len() == 1 || roman.words.iter().any(|word| word == numeral);
    if !is_known && (is_word || starts_sentence(context, at - 2)) {
        return None;
    }
    let after_period = after_period(context, at);
    // A name alone is no sentence.
    let is_whole_text = at == 2 && tokens.kind(after_period).is_none();
    let end = if is_whole_text || !context.at_sentence_end(after_period) { after_period } else { at + 1 };
    let case = genitive.or_else(|| case(context, at - 2));
    Some(Match::new(end, after_name(context, case, name, value)))
}

/// Whether a name has the ending of a grammatical case.
fn is_genitive(context: &Context<'_>, name: &str, case: &RomanCase) -> bool {
    let roman = &context.table.roman;
    let name = case.name_ending.as_ref().and_then(|ending| name.strip_suffix(ending.as_str()));
    name.is_some_and(|name| contains(&roman.names, name) || contains(&roman.feminine_names, name))
}

/// The grammatical case of the name at `at`, by the word before it and its titles.
fn case<'t>(context: &Context<'_>, at: usize) -> Option<&'t RomanCase> {
    let tokens = &context.tokens;
    let mut at = at;
    // "von Papst Johannes Paul II."
    for _ in 0..3 {
        at = tokens.before_space(at)?;
        let word = tokens.word(at)?;
        let found = context.table.roman.cases.iter().find(|case| contains(&case.after, word));
        if found.is_some() || !is_capitalized(word) {
            return found;
        }
    }
    None
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

/// The most numerals of a list.
const MOST_LISTED: usize = 4;
/// The most letters of a word between two of them: `y`, `and`.
const MOST_JOINER_LETTERS: usize = 3;

/// The noun before a list of numerals of which one is at `at`: `siglos XV, XVI y XVII`.
fn noun_of_list<'a>(context: &Context<'a>, at: usize) -> Option<&'a str> {
    let tokens = &context.tokens;
    let mut numeral = at;
    for _ in 0..MOST_LISTED {
        let before = tokens.before_space(numeral)?;
        let is_joiner = match tokens.kind(before)? {
            Kind::Word => {
                let word = tokens.text(before);
                word.chars().count() <= MOST_JOINER_LETTERS && word.chars().all(char::is_lowercase)
            }
            Kind::Mark(mark) => matches!(mark, ',' | '-' | '–'),
            _ => false,
        };
        numeral = tokens.before_space(before).filter(|_| is_joiner)?;
        tokens.word(numeral).filter(|word| roman_numeral::value(word).is_some())?;
        let noun = tokens.previous_word(numeral)?;
        if context.table.roman.nouns.iter().any(|listed| !listed.before && contains(&listed.words, noun)) {
            return Some(noun);
        }
    }
    None
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
        // `J. R. Smith III`
        Some(before) if follows_initial(context, before) => false,
        Some(before) => {
            matches!(context.tokens.kind(before), Some(Kind::Mark('.' | '!' | '?' | '…') | Kind::Space))
        }
    }
}

/// Whether the period at `at` belongs to an initial.
fn follows_initial(context: &Context<'_>, at: usize) -> bool {
    let letter = at.checked_sub(1).filter(|_| context.tokens.is_mark(at, '.'));
    letter.is_some_and(|letter| {
        context.tokens.text(letter).len() == 1 && is_all_capitals(context.tokens.text(letter))
    })
}

fn after_name(context: &Context<'_>, case: Option<&RomanCase>, name: &str, value: u32) -> String {
    let roman = &context.table.roman;
    let is_above = roman.ordinals_up_to > 0 && value > roman.ordinals_up_to;
    let is_feminine = contains(&roman.feminine_names, name);
    let digits = value.to_string();
    let (template, listed) = match case {
        Some(case) if is_feminine => {
            (&case.feminine, case.feminine_rule_set.as_ref().unwrap_or(&case.rule_set))
        }
        Some(case) => (&case.say, &case.rule_set),
        None => {
            let template = match (is_above, is_feminine) {
                (true, _) => &roman.after_name_above,
                (false, true) if !roman.feminine_after_name.is_empty() => &roman.feminine_after_name,
                (false, _) => &roman.after_name,
            };
            let has_own = is_feminine && !roman.feminine_rule_set.is_empty();
            (template, if has_own { &roman.feminine_rule_set } else { &roman.rule_set })
        }
    };
    let rule_set = if listed.is_empty() { &context.table.ordinal.forms.bare } else { listed };
    let (ordinal, cardinal) =
        (context.spell(rule_set, &digits), context.spell(&context.table.cardinal.bare, &digits));
    let name = capitalized(&ordinal);
    let fields = [("ordinal", ordinal.as_str()), ("Ordinal", name.as_str()), ("cardinal", cardinal.as_str())];
    fill(template, &fields)
}

fn beside_noun(context: &Context<'_>, noun: &RomanNoun, ordinal: Option<&str>, value: u32) -> String {
    let digits = value.to_string();
    let listed = noun.rule_set.as_ref().unwrap_or(&context.table.ordinal.forms.bare);
    let ordinal = ordinal.unwrap_or(listed);
    let cardinal = noun.rule_set.as_ref().unwrap_or(&context.table.cardinal.bare);
    let is_above = value > context.table.roman.ordinals_up_to;
    let template = noun.say_above.as_ref().filter(|_| is_above).unwrap_or(&noun.say);
    fill(
        template,
        &[
            ("ordinal", context.spell(ordinal, &digits).as_str()),
            ("cardinal", context.spell(cardinal, &digits).as_str()),
        ],
    )
}
