//! Numbers and ordinals in a language's table.

use serde::Deserialize;

use super::gender::Gender;
use super::phrases::{PhraseIndex, Written};

/// How numbers are written and said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Numbers {
    pub(crate) decimal_mark: char,
    /// Marks between groups of three digits. Narrow and no-break spaces are always allowed.
    pub(crate) group_marks: Vec<char>,
    /// Whether a plain space may stand between groups of three digits.
    #[serde(default)]
    pub(crate) space_groups: bool,
    pub(crate) decimal_word: String,
    /// The word for the decimal mark that other languages use, as in `3.5` in French.
    pub(crate) foreign_decimal_word: String,
    /// Digits after the decimal mark up to this number are said as one number, more one by one.
    #[serde(default)]
    pub(crate) decimals_together: usize,
    pub(crate) minus: String,
    pub(crate) plus: String,
    /// Whether all numbers below 2 take the singular, as in French: `1,5 litre`.
    #[serde(default)]
    pub(crate) singular_below_two: bool,
    /// The same for scales alone, as in Portuguese: `1,2 bilhão`.
    #[serde(default)]
    pub(crate) singular_scale_below_two: bool,
    /// What is said between whole millions and a noun, with its space: `de `.
    #[serde(default)]
    pub(crate) of_millions: String,
    /// The same before a vowel, if it is another word: `d'`.
    #[serde(default)]
    pub(crate) of_millions_before_vowel: Option<String>,
}

/// Names of rule sets of the number speller.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Forms {
    /// Without a noun.
    pub(crate) bare: String,
    /// Before a noun, by its gender; `bare` if absent.
    pub(crate) m: Option<String>,
    pub(crate) f: Option<String>,
    pub(crate) n: Option<String>,
    /// Whether the number 1 alone has a gender, as in Italian.
    #[serde(default)]
    pub(crate) one_alone: bool,
    /// The dative of 1.
    #[serde(default)]
    pub(crate) dative: DativeOne,
    /// Other forms of 1 before the first letters of a noun.
    #[serde(default)]
    pub(crate) one_before: Vec<OneBefore>,
    /// Whether the thousands of cardinals have a gender: `doscientas mil casas`.
    #[serde(default)]
    pub(crate) thousands_agree: bool,
}

/// The dative of 1, after a preposition: `mit einem Auto`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DativeOne {
    /// The prepositions.
    pub(crate) after: Vec<String>,
    /// Before masculine and neuter nouns.
    masculine: String,
    feminine: String,
}

impl DativeOne {
    /// The form before a noun of `gender`; none in languages without it.
    pub(crate) fn one(&self, gender: Gender) -> Option<&str> {
        let one = if gender == Gender::Feminine { &self.feminine } else { &self.masculine };
        (!one.is_empty()).then_some(one)
    }
}

/// The form of 1 before the first letters of a noun: `uno` before `st`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct OneBefore {
    /// The gender of the noun.
    pub(crate) gender: Gender,
    /// The form. No space is put after an apostrophe.
    pub(crate) say: String,
    /// The first letters.
    pub(crate) beginnings: Vec<String>,
}

impl Forms {
    /// The rule set before a noun of a gender.
    pub(crate) fn of(&self, gender: Option<Gender>) -> &str {
        let form = match gender {
            None => None,
            Some(Gender::Masculine) => self.m.as_deref(),
            Some(Gender::Feminine) => self.f.as_deref(),
            Some(Gender::Neuter) => self.n.as_deref(),
        };
        form.unwrap_or(&self.bare)
    }
}

/// How ordinals are written and said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Ordinals {
    /// Names of rule sets.
    pub(crate) forms: Forms,
    /// Suffixes right after the digits.
    #[serde(default)]
    pub(crate) suffixes: PhraseIndex<Suffix>,
    /// A period after the digits, as in German.
    pub(crate) period: Option<PeriodOrdinals>,
}

/// The suffix of an ordinal: `th`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Suffix {
    pub(crate) written: Written,
    /// The rule set that says it.
    #[serde(default)]
    pub(crate) rule_set: String,
    /// The rule set before a masculine noun, if it is another one: `primer`.
    pub(crate) before_masculine: Option<String>,
    /// The only number that has it.
    pub(crate) number: Option<String>,
    /// What is said, if no rule set can say it: `seconde`.
    pub(crate) say: Option<String>,
    /// Appended to the word, as the plural's `s`.
    #[serde(default)]
    pub(crate) ending: String,
    /// Whether the ending takes the place of the word's last vowel: `diciottenne`.
    #[serde(default)]
    pub(crate) elides: bool,
}

/// Ordinals that are written with a period.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PeriodOrdinals {
    /// Nouns after it, with which it is an ordinal whatever stands before.
    pub(crate) before: Vec<String>,
    /// Words between ordinals that share the words before the first: `und`.
    pub(crate) joiners: Vec<String>,
    /// Words that are skipped on the way to the word before: `am Freitag, 3.`
    pub(crate) skipped: Vec<String>,
    /// What the words before it decide.
    pub(crate) endings: Vec<Ending>,
}

/// The form of an ordinal after some words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Ending {
    pub(crate) rule_set: String,
    /// The rule sets before masculine and neuter nouns, if they are other ones.
    pub(crate) m: Option<String>,
    pub(crate) n: Option<String>,
    /// The word before it, or the two words, in lower case.
    pub(crate) after: Vec<String>,
    /// The largest ordinal at the end of a sentence: `Heute ist der 3.`, but `Wählen Sie die 110.`
    pub(crate) most_at_end: Option<u32>,
    /// Whether it is another number at the end of a sentence: `Er wurde 30.`
    #[serde(default)]
    pub(crate) inside_sentence: bool,
    /// The word before it, if a noun stands before that.
    #[serde(default)]
    pub(crate) after_noun: Vec<String>,
}
