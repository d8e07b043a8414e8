//! What a period after a word, and the word after that, say about the end of a sentence.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::characters::{APOSTROPHES, OPENING_BRACKETS, is_dash, is_inverted, is_quote};
use super::languages::{LANGUAGES, Language};

/// The word before a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An ordinary word, which ends its sentence.
    Ordinary,
    /// `Dr`, `z. B`: the sentence goes on.
    Inside,
    /// `No`, `Abb`: an abbreviation if a number follows.
    Numbered,
    /// `etc`, `p.m`: the sentence may end.
    Either,
    /// `J`: the initial of a name, mostly.
    Initial,
    /// `3`, `XIV`: an ordinal number in German, or a number.
    Ordinal,
    /// `100`: an ordinal number only before certain words.
    LargeNumber,
    /// The number or letter of a list item.
    ListMarker,
}

/// The longest number that is taken for an ordinal.
const ORDINAL_DIGITS: usize = 2;
/// A number of this length is an ordinal before certain words.
const LARGE_ORDINAL_DIGITS: usize = 3;
/// The longest part of an abbreviation with periods inside.
const PART_CHARACTERS: usize = 3;
/// The longest word that is looked up.
const LONGEST_WORD_BYTES: usize = 24;

/// The kind of the last word of `sentence`, which may have the period and closing marks after it. `is_all` tells whether
/// `sentence` is all of it, or its end only.
pub(super) fn kind_before_period(sentence: &str, is_all: bool) -> Kind {
    let body = sentence.trim_end_matches(|c: char| !c.is_alphanumeric());
    let chunk_start = last_word_start(body);
    let before = &body[..chunk_start];
    let word = body[chunk_start..].trim_start_matches(opens_word);
    if word.is_empty() || word.len() > LONGEST_WORD_BYTES {
        return Kind::Ordinary;
    }
    let is_first = match before.chars().rev().find(|c| !c.is_whitespace() || *c == '\n') {
        Some(character) => character == '\n',
        None => is_all,
    };
    if is_first && is_list_marker(word) {
        return Kind::ListMarker;
    }
    let elided = after_last(word, |c| APOSTROPHES.contains(&c));
    let last_part = after_last(elided, |c| is_dash(c) || c == '/');
    known_with_words_before(before, elided)
        .or_else(|| kind_of_abbreviation(elided))
        .or_else(|| kind_of_abbreviation(last_part))
        .unwrap_or_else(|| kind_by_form(last_part))
}

/// Where the last word of `text` begins.
fn last_word_start(text: &str) -> usize {
    text.char_indices().rev().find(|(_, c)| c.is_whitespace()).map_or(0, |(at, space)| at + space.len_utf8())
}

fn opens_word(character: char) -> bool {
    is_quote(character)
        || OPENING_BRACKETS.contains(&character)
        || is_inverted(character)
        || is_dash(character)
        || matches!(character, '*' | '_')
}

fn after_last(word: &str, separates: impl Fn(char) -> bool) -> &str {
    word.rsplit(separates).next().unwrap_or(word)
}

/// The kind of an abbreviation of several words, such as `z. B` and `et al`.
fn known_with_words_before(before: &str, word: &str) -> Option<Kind> {
    let (mut rest, mut dotted, mut kind) = (before.trim_end(), word.to_owned(), None);
    let previous = &rest[last_word_start(rest)..];
    let pair = || format!("{}_{word}", previous.trim_start_matches(opens_word).trim_end_matches('.'));
    if previous.len() <= LONGEST_WORD_BYTES {
        kind = kind_of_abbreviation(&pair());
    }
    for _ in 0..3 {
        let start = last_word_start(rest);
        let Some(part) = rest[start..].trim_start_matches(opens_word).strip_suffix('.') else { break };
        if part.is_empty() || part.chars().count() > PART_CHARACTERS || !part.chars().all(char::is_alphabetic)
        {
            break;
        }
        dotted = format!("{part}.{dotted}");
        kind = kind_of_abbreviation(&dotted).or(kind);
        rest = rest[..start].trim_end();
    }
    kind
}

/// The kind that the form of a word tells.
fn kind_by_form(word: &str) -> Kind {
    let mut parts = word.split('.');
    let is_dotted = word.contains('.')
        && parts.all(|part| {
            (1..=PART_CHARACTERS).contains(&part.chars().count()) && part.chars().all(char::is_alphabetic)
        });
    if is_dotted {
        return Kind::Either;
    }
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return match word.len() {
            0..=ORDINAL_DIGITS => Kind::Ordinal,
            LARGE_ORDINAL_DIGITS => Kind::LargeNumber,
            _ => Kind::Ordinary,
        };
    }
    if word.chars().count() == 1 && word.chars().all(char::is_alphabetic) {
        return Kind::Initial;
    }
    if is_roman(word) {
        return Kind::Ordinal;
    }
    let word = word.to_lowercase();
    match () {
        // `Hauptstr`, `Hausnr`
        () if word.ends_with("str") => Kind::Either,
        () if word.ends_with("nr") => Kind::Numbered,
        () => Kind::Ordinary,
    }
}

fn is_list_marker(word: &str) -> bool {
    let is_number = word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    let mut characters = word.chars();
    let is_letter = characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none();
    is_number || is_letter || is_roman(&word.to_uppercase())
}

/// Whether `word` is a Roman number below 50 in capitals.
pub(super) fn is_roman(word: &str) -> bool {
    let ones = word.trim_start_matches("XL").trim_start_matches('X');
    let tens = &word[..word.len() - ones.len()];
    matches!(tens, "" | "X" | "XX" | "XXX" | "XL")
        && matches!(ones, "" | "I" | "II" | "III" | "IV" | "V" | "VI" | "VII" | "VIII" | "IX")
        && !word.is_empty()
}

/// Whether the last word of `text` is an abbreviation, or an article, a preposition or the like, so that it belongs to the
/// next word.
pub(crate) fn belongs_to_next(text: &str) -> bool {
    let word = &text[last_word_start(text)..];
    if word.ends_with('.') {
        return kind_before_period(text, false) != Kind::Ordinary;
    }
    let mut characters = word.chars();
    let capital = characters.next().map(|first| first.to_uppercase().chain(characters).collect::<String>());
    word.len() <= LONGEST_WORD_BYTES && capital.is_some_and(|word| is_starter(&word))
}

/// Whether `word` often begins a sentence.
pub(super) fn is_starter(word: &str) -> bool {
    WORDS.starters.contains(word) || WORDS.particles.contains(word)
}

/// Whether `word` often begins a sentence and is seldom part of a name.
pub(super) fn is_starter_after_initial(word: &str) -> bool {
    WORDS.starters.contains(word) && !WORDS.particles.contains(word)
}

/// Whether `word` says who spoke.
pub(super) fn is_speech_verb(word: &str) -> bool {
    WORDS.speech.contains(word)
}

/// Whether `word` follows ordinal numbers.
pub(super) fn follows_ordinals(word: &str) -> bool {
    WORDS.after_ordinals.contains(word)
}

fn kind_of_abbreviation(word: &str) -> Option<Kind> {
    let [small, capital] = WORDS.kinds.get(word.to_lowercase().as_str()).copied()?;
    if word.starts_with(char::is_uppercase) { capital } else { small }
}

struct Words {
    /// The kinds of a word in small letters: as it is, and with a capital.
    kinds: HashMap<String, [Option<Kind>; 2]>,
    starters: HashSet<&'static str>,
    particles: HashSet<&'static str>,
    speech: HashSet<&'static str>,
    after_ordinals: HashSet<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let all = |list: fn(&Language) -> &'static str| {
        LANGUAGES.iter().flat_map(move |language| list(language).split_whitespace())
    };
    Words {
        kinds: kinds(),
        starters: all(|language| language.starters).collect(),
        particles: all(|language| language.particles).collect(),
        speech: all(|language| language.speech).collect(),
        after_ordinals: all(|language| language.after_ordinals).collect(),
    }
});

fn kinds() -> HashMap<String, [Option<Kind>; 2]> {
    let mut kinds: HashMap<String, [Option<Kind>; 2]> = HashMap::new();
    for (word, kind) in abbreviations() {
        let [small, capital] = kinds.entry(word.to_lowercase()).or_default();
        if word.starts_with(char::is_uppercase) {
            *capital = Some(kind);
        } else {
            small.get_or_insert(kind);
            capital.get_or_insert(kind);
        }
    }
    kinds
}

fn abbreviations() -> impl Iterator<Item = (&'static str, Kind)> {
    LANGUAGES.iter().flat_map(|language| {
        [
            (language.titles, Kind::Inside),
            (language.inner, Kind::Inside),
            (language.numbered, Kind::Numbered),
            (language.either, Kind::Either),
        ]
        .into_iter()
        .flat_map(|(list, kind)| list.split_whitespace().map(move |word| (word, kind)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_abbreviation_has_two_kinds() {
        let mut seen: HashMap<&str, Kind> = HashMap::new();
        for (word, kind) in abbreviations() {
            assert_eq!(*seen.entry(word).or_insert(kind), kind, "{word}");
            assert!(!word.ends_with('.') && word.len() <= LONGEST_WORD_BYTES, "{word}");
        }
    }

    #[test]
    fn the_kind_follows_from_the_word_and_the_words_before_it() {
        for (sentence, kind) in [
            ("He met Dr.", Kind::Inside),
            ("Sie mag z. B.", Kind::Inside),
            ("Smith et al.", Kind::Either),
            ("an der Hauptstr.", Kind::Either),
            ("at 5 p.m.", Kind::Either),
            ("see No.", Kind::Numbered),
            ("John F.", Kind::Initial),
            ("am 3.", Kind::Ordinal),
            ("Ludwig XIV.", Kind::Ordinal),
            ("It was 100.", Kind::LargeNumber),
            ("It was 1999.", Kind::Ordinary),
            ("So:\n2.", Kind::ListMarker),
            ("b.", Kind::ListMarker),
            ("I paid $5.", Kind::Ordinary),
            ("of the house.", Kind::Ordinary),
            ("he has a col.", Kind::Ordinary),
            ("with Col.", Kind::Inside),
            ("(Mr.", Kind::Inside),
            ("the (last) word.)\"", Kind::Ordinary),
            ("...", Kind::Ordinary),
        ] {
            assert_eq!(kind_before_period(sentence, true), kind, "{sentence}");
        }
        assert_eq!(kind_before_period("2.", false), Kind::Ordinal);
    }

    #[test]
    fn roman_numbers_are_told_from_words() {
        for word in ["I", "IV", "VIII", "XIX", "XX", "XLIX"] {
            assert!(is_roman(word), "{word}");
        }
        for word in ["", "IIII", "VX", "MIX", "CD", "iv", "XLXL", "XXXX"] {
            assert!(!is_roman(word), "{word}");
        }
    }
}
