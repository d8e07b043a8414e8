//! Written forms of several tokens, found by their first token.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Deserialize, Deserializer};

use crate::lexer::{Kind, Tokens, is_capitalized};
use crate::roman_numeral;

/// One or several written forms.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Written {
    One(String),
    Several(Vec<String>),
}

impl Written {
    pub(crate) fn forms(&self) -> &[String] {
        match self {
            Self::One(form) => std::slice::from_ref(form),
            Self::Several(forms) => forms,
        }
    }
}

/// A written form and what is said for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Phrase {
    pub(crate) written: Written,
    pub(crate) say: String,
    #[serde(default)]
    pub(crate) when: Condition,
    /// Said before a feminine name, if it is something else.
    pub(crate) feminine: Option<String>,
    /// Words before it after which it has no meaning.
    #[serde(default)]
    pub(crate) not_after: Vec<String>,
    /// Words before it one of which it needs, over ordinals in digits between the two: `des 19. Jh.`
    #[serde(default)]
    pub(crate) after: Vec<String>,
    /// Whether a period at its end also ends the sentence if a capital letter follows.
    #[serde(default)]
    pub(crate) ends_sentence: bool,
}

/// Where a written form has a meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Condition {
    #[default]
    Always,
    /// Before a word with a capital letter.
    BeforeName,
    /// After a word with a capital letter, or an ordinal in digits.
    AfterName,
    /// Before a number, a Roman one too, or before a sign and a number.
    BeforeNumber,
    /// Before the sign of a currency.
    BeforePrice,
    /// Before a year of four digits.
    BeforeYear,
    /// Before digits and a period, as a day in German.
    BeforeOrdinal,
    /// After a number or an ordinal in digits.
    AfterNumber,
    /// After an ordinal in digits: `2° p.`
    AfterOrdinal,
    /// After the name of a town and a comma.
    AfterTown,
    /// After a Roman numeral or ordinal.
    AfterRoman,
    /// After a number and a unit or the mark of one: `5 km N`, `51° N`.
    AfterMeasure,
    /// Between two numbers.
    BetweenNumbers,
    /// Between two words with capital letters.
    BetweenNames,
    /// Between words or numbers without spaces.
    Glued,
    /// Between words or numbers without spaces, at least one of which is a number.
    GluedNumber,
    /// Between two words without spaces.
    BetweenGluedWords,
    /// Between two numbers without spaces.
    BetweenGluedNumbers,
    /// Between two numbers of which the second is followed by an equals sign.
    InEquation,
    /// Before a Roman numeral.
    BeforeNumeral,
    /// Before the name or ordinal of a street: `Main St`, `42nd St`.
    BeforeAddress,
    /// The same, after a number.
    InAddress,
    /// Right before a word.
    BeforeWord,
    /// Before white space and a word.
    BeforeWordWithSpace,
    /// Between white space or the text's ends.
    Alone,
}

/// What has written forms.
pub(crate) trait HasForms {
    fn written(&self) -> &Written;
}

impl HasForms for Phrase {
    fn written(&self) -> &Written {
        &self.written
    }
}

/// The tokens of a written form after the first one, and the index of its entry.
type Form = (Vec<String>, usize);

/// Entries by their written forms.
#[derive(Debug)]
pub(crate) struct PhraseIndex<T> {
    entries: Vec<T>,
    /// By first token, longest first.
    forms: HashMap<String, Vec<Form>, BuildHasherDefault<FnvHasher>>,
    /// Whether a form begins with a byte, so that most tokens need no look-up.
    first_bytes: [bool; 256],
    /// The length of the longest first token, in bytes.
    longest_first: usize,
}

/// The 64-bit hash FNV-1a, which is fast for short strings. The keys are the program's own.
#[derive(Debug)]
struct FnvHasher(u64);

impl Default for FnvHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for FnvHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// An entry that stands in a text.
#[derive(Debug)]
pub(crate) struct Found<'t, T> {
    /// The index after its last token.
    pub(crate) end: usize,
    pub(crate) entry: &'t T,
}

impl<T: HasForms> Default for PhraseIndex<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T: HasForms> PhraseIndex<T> {
    fn new(entries: Vec<T>) -> Self {
        let mut forms: HashMap<String, Vec<Form>, _> = HashMap::default();
        for (index, entry) in entries.iter().enumerate() {
            for form in entry.written().forms() {
                let tokens = Tokens::new(form);
                let rest = (1..tokens.len()).map(|at| tokens.text(at).to_owned()).collect();
                forms.entry(tokens.text(0).to_owned()).or_default().push((rest, index));
            }
        }
        // A stable sort: of equal forms, the first in the table comes first.
        for list in forms.values_mut() {
            list.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
        }
        let mut first_bytes = [false; 256];
        for first in forms.keys().filter_map(|form| form.bytes().next()) {
            first_bytes[usize::from(first)] = true;
        }
        let longest_first = forms.keys().map(String::len).max().unwrap_or(0);
        Self { entries, forms, first_bytes, longest_first }
    }

    /// The entries that stand at `at`, longest first.
    pub(crate) fn at<'t>(&'t self, tokens: &Tokens<'_>, at: usize) -> impl Iterator<Item = Found<'t, T>> {
        self.with_first(tokens.text(at), tokens, at)
    }

    /// The entry with a written form of one token.
    pub(crate) fn of_form(&self, form: &str) -> Option<&T> {
        let forms = self.forms.get(form)?;
        let (_, index) = forms.iter().find(|(rest, _)| rest.is_empty())?;
        self.entries.get(*index)
    }

    /// The entries that would stand at `at` if its word began with a small letter.
    pub(crate) fn at_lowercase<'t>(
        &'t self,
        tokens: &Tokens<'_>,
        at: usize,
    ) -> impl Iterator<Item = Found<'t, T>> {
        let word = tokens.text(at);
        let mut characters = word.chars();
        let first = characters.next().filter(|_| is_capitalized(word) && word.len() <= self.longest_first);
        let small = first
            .map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + characters.as_str());
        self.with_first(&small, tokens, at)
    }

    fn with_first<'t, 's, 'text>(
        &'t self,
        first: &str,
        tokens: &'s Tokens<'text>,
        at: usize,
    ) -> impl Iterator<Item = Found<'t, T>> + use<'t, 's, 'text, T> {
        let is_possible = first.len() <= self.longest_first
            && first.bytes().next().is_some_and(|first| self.first_bytes[usize::from(first)]);
        let forms = if is_possible { self.forms.get(first) } else { None };
        forms.map(Vec::as_slice).unwrap_or_default().iter().filter_map(move |(rest, entry)| {
            let end = follow(tokens, at + 1, rest)?;
            Some(Found { end, entry: &self.entries[*entry] })
        })
    }

    /// The longest entry at `at` that is not glued to a word or digits after it.
    pub(crate) fn whole_at<'t>(&'t self, tokens: &Tokens<'_>, at: usize) -> Option<Found<'t, T>> {
        self.at(tokens, at).find(|found| is_whole(tokens, found.end))
    }
}

/// Whether an entry that ends before `end` is not glued to a word after it.
fn is_whole(tokens: &Tokens<'_>, end: usize) -> bool {
    let last_is_word = end.checked_sub(1).is_some_and(|last| matches!(tokens.kind(last), Some(Kind::Word)));
    !last_is_word || tokens.ends_word(end)
}

/// The index after `rest`, if it stands at `at`. A space in it may be of any kind or absent.
fn follow(tokens: &Tokens<'_>, mut at: usize, rest: &[String]) -> Option<usize> {
    for expected in rest {
        if expected == " " {
            at = tokens.after_space(at);
        } else if tokens.text(at) == expected {
            at += 1;
        } else {
            return None;
        }
    }
    Some(at)
}

impl<'de, T: Deserialize<'de> + HasForms> Deserialize<'de> for PhraseIndex<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(Vec::deserialize(deserializer)?))
    }
}

impl Condition {
    /// Whether the condition holds for tokens `start..end`.
    pub(crate) fn holds(self, tokens: &Tokens<'_>, start: usize, end: usize) -> bool {
        let next = tokens.after_space(end);
        let before_number = || is_before_number(tokens, end);
        let after_number =
            || tokens.before_space(start).is_some_and(|before| is_number_or_ordinal(tokens, before));
        match self {
            Self::Always => true,
            Self::BeforeName => tokens.word(next).is_some_and(|word| {
                is_capitalized(word) || tokens.is_mark(next + 1, '.') && TITLES.contains(&word)
            }),
            Self::AfterMeasure => {
                let is_unit = |unit: &usize| match tokens.kind(*unit) {
                    Some(Kind::Word | Kind::Mark('°' | '′' | '″' | '’' | '”')) => true,
                    // `36"W` is a width.
                    Some(Kind::Mark('\'' | '"')) => *unit + 1 < start,
                    _ => false,
                };
                let unit = tokens.before_space(start).filter(is_unit);
                !tokens.is_mark(next, '=')
                    && unit
                        .and_then(|unit| tokens.before_space(unit))
                        .is_some_and(|at| tokens.digits(at).is_some())
            }
            Self::AfterName => follows_name(tokens, start),
            Self::BeforeNumber => before_number(),
            Self::BeforePrice => matches!(tokens.kind(next), Some(Kind::Mark('$' | '€' | '£'))),
            Self::BeforeYear => tokens.digits(next).is_some_and(|digits| digits.len() == 4),
            Self::BeforeOrdinal => tokens.digits(next).is_some() && tokens.is_mark(next + 1, '.'),
            Self::AfterNumber => after_number(),
            Self::AfterTown => {
                let comma = tokens.before_space(start).filter(|comma| tokens.is_mark(*comma, ','));
                let town = comma.and_then(|comma| tokens.word(comma.checked_sub(1)?));
                town.is_some_and(is_capitalized)
            }
            Self::AfterRoman => tokens.previous_word(start).is_some_and(is_numeral_or_ordinal),
            Self::BetweenNumbers => after_number() && before_number(),
            Self::BetweenNames => {
                let is_name = |word: Option<&str>| word.is_some_and(is_capitalized);
                is_name(tokens.word(next)) && is_name(tokens.previous_word(start))
            }
            Self::Glued => {
                start.checked_sub(1).is_some_and(|before| !tokens.ends_word(before)) && !tokens.ends_word(end)
            }
            Self::GluedNumber => {
                let before = start.checked_sub(1);
                before.is_some_and(|before| {
                    !tokens.ends_word(before)
                        && !tokens.ends_word(end)
                        && (tokens.digits(before).is_some() || tokens.digits(end).is_some())
                })
            }
            Self::BetweenGluedWords => {
                start.checked_sub(1).is_some_and(|before| tokens.word(before).is_some())
                    && tokens.word(end).is_some()
            }
            Self::BetweenGluedNumbers => {
                start.checked_sub(1).is_some_and(|before| tokens.digits(before).is_some())
                    && tokens.digits(end).is_some()
            }
            Self::InEquation => {
                after_number() && before_number() && tokens.is_mark(tokens.after_space(next + 1), '=')
            }
            Self::BeforeNumeral => tokens.word(next).is_some_and(|word| word == "I" || is_numeral(word)),
            Self::BeforeAddress => is_before_address(tokens, end),
            Self::InAddress => after_number() && is_before_address(tokens, end),
            Self::BeforeWord => tokens.word(end).is_some(),
            Self::BeforeWordWithSpace => next > end && tokens.word(next).is_some(),
            Self::AfterOrdinal => follows_ordinal(tokens, start),
            Self::Alone => {
                let is_open = |kind: Option<Kind>| matches!(kind, None | Some(Kind::Space));
                is_open(start.checked_sub(1).and_then(|before| tokens.kind(before)))
                    && is_open(tokens.kind(end))
            }
        }
    }
}

/// Whether a number follows white space at `end`, a Roman one too, or a sign and a number.
fn is_before_number(tokens: &Tokens<'_>, end: usize) -> bool {
    let next = tokens.after_space(end);
    let is_sign = matches!(tokens.kind(next), Some(Kind::Mark('-' | '−' | '+' | '$' | '€' | '£' | '.')));
    tokens.digits(if is_sign { next + 1 } else { next }).is_some()
        || tokens.is_space(end) && tokens.word(next).is_some_and(is_numeral)
}

/// Whether the token at `at` is a number or ends an ordinal: `10`, `10th`.
fn is_number_or_ordinal(tokens: &Tokens<'_>, at: usize) -> bool {
    let is_suffix = matches!(tokens.word(at), Some("st" | "nd" | "rd" | "th"));
    let digits = if is_suffix { at.checked_sub(1) } else { Some(at) };
    digits.is_some_and(|digits| tokens.digits(digits).is_some())
}

/// Whether a word is a Roman numeral and nothing else: `I` and most single letters are words too.
fn is_numeral(word: &str) -> bool {
    roman_numeral::value(word).is_some() && (word.len() > 1 || matches!(word, "V" | "X"))
}

/// Whether a word is a Roman numeral or an ordinal with one: `XX`, `XXe`.
fn is_numeral_or_ordinal(word: &str) -> bool {
    let letters = word.trim_end_matches(|letter: char| !letter.is_ascii_uppercase());
    roman_numeral::value(letters).is_some() && word.len() - letters.len() < 5
}

/// Titles in small letters, with a period and before a name.
const TITLES: [&str; 10] = ["dr", "drs", "ing", "ir", "mr", "prof", "ds", "dott", "sig", "avv"];

/// The last words of the names of streets.
const STREETS: [&str; 21] = [
    "St",
    "Street",
    "Ave",
    "Avenue",
    "Rd",
    "Road",
    "Blvd",
    "Boulevard",
    "Dr",
    "Drive",
    "Ln",
    "Lane",
    "Ct",
    "Court",
    "Way",
    "Place",
    "Pl",
    "Hwy",
    "Highway",
    "Parkway",
    "Broadway",
];
/// The most words of such a name.
const MOST_STREET_WORDS: usize = 4;

/// Whether the name of a street or an ordinal in digits follows after white space at `end`.
fn is_before_address(tokens: &Tokens<'_>, end: usize) -> bool {
    let next = tokens.after_space(end);
    let words = (0..MOST_STREET_WORDS).map_while(|index| {
        let at = next + 2 * index;
        tokens.word(at).filter(|word| is_capitalized(word) && (index == 0 || tokens.is_space(at - 1)))
    });
    next > end
        && (words.into_iter().any(|word| STREETS.contains(&word))
            || tokens.digits(next).is_some()
                && matches!(tokens.word(next + 1), Some("st" | "nd" | "rd" | "th")))
}

/// Whether digits with a letter or sign of an ordinal stand before `start`: `2e`, `3ª`.
fn follows_ordinal(tokens: &Tokens<'_>, start: usize) -> bool {
    let Some(suffix) = tokens.before_space(start).filter(|suffix| suffix + 1 < start) else { return false };
    let is_suffix = match tokens.kind(suffix) {
        Some(Kind::Mark(mark)) => matches!(mark, 'º' | 'ª' | '°' | '.'),
        Some(Kind::Word) => tokens.text(suffix).chars().count() <= 3,
        _ => false,
    };
    let digits = suffix.checked_sub(1);
    let digits =
        digits.map(|before| if tokens.is_mark(before, '.') { before.saturating_sub(1) } else { before });
    is_suffix && digits.is_some_and(|digits| tokens.digits(digits).is_some())
}

fn follows_name(tokens: &Tokens<'_>, start: usize) -> bool {
    let is_ordinal = || {
        let suffix = tokens.before_space(start).and_then(|before| before.checked_sub(1));
        suffix.is_some_and(|digits| tokens.digits(digits).is_some())
    };
    // `King's Rd`
    let is_possessive = || {
        let mark = tokens.before_space(start).and_then(|word| word.checked_sub(1));
        let owner = mark.filter(|mark| matches!(tokens.kind(*mark), Some(Kind::Mark('\'' | '’'))));
        owner.and_then(|mark| tokens.word(mark.checked_sub(1)?)).is_some_and(is_capitalized)
    };
    let is_name = |word: &str| is_capitalized(word) || is_ordinal() || word == "s" && is_possessive();
    tokens.previous_word(start).is_some_and(is_name)
}
