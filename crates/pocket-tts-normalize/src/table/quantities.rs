//! Money, units, fractions and ranges in a language's table.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::gender::Gender;
use super::phrases::{PhraseIndex, Written};

/// A unit of measurement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Unit {
    pub(crate) written: Written,
    pub(crate) one: String,
    /// The plural; the singular if absent.
    pub(crate) many: Option<String>,
    /// The dative of the plural, if it is another form: `seit 6 J.`
    pub(crate) many_dative: Option<String>,
    pub(crate) gender: Option<Gender>,
    /// Whether it stands right after the number, or after a space; either if absent.
    pub(crate) glued: Option<bool>,
    /// Whether the number before it is said as if it counts nothing: `uno per cento`.
    #[serde(default)]
    pub(crate) uncounted: bool,
    /// Whether it is also a word that follows numbers, as the Italian `ha`.
    #[serde(default)]
    pub(crate) is_word: bool,
    /// Whether it makes one word with the number: `5%ig` in German.
    #[serde(default)]
    pub(crate) compound: bool,
    /// Words one of which must stand before the number, if it has neither sign nor decimals.
    #[serde(default)]
    pub(crate) after: Vec<String>,
    /// Words after which a number with it has another meaning: `hit 7.75m`.
    #[serde(default)]
    pub(crate) not_after: Vec<String>,
    /// Words before which it is no unit: `4 A batteries`.
    #[serde(default)]
    pub(crate) not_before: Vec<String>,
}

/// How a number, a unit and digits right after it are said: `1m80`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct UnitParts {
    /// The written forms of the units.
    pub(crate) units: Vec<String>,
    /// `{unit}` and `{parts}`.
    pub(crate) say: String,
}

impl Unit {
    pub(crate) fn many(&self) -> &str {
        self.many.as_deref().unwrap_or(&self.one)
    }
}

/// A currency.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Currency {
    /// Symbols and codes, before or after the amount.
    pub(crate) written: Written,
    pub(crate) one: String,
    pub(crate) many: Option<String>,
    pub(crate) gender: Option<Gender>,
    /// The hundredth part.
    pub(crate) cent: Option<String>,
    pub(crate) cents: Option<String>,
    pub(crate) cent_gender: Option<Gender>,
}

impl Currency {
    pub(crate) fn many(&self) -> &str {
        self.many.as_deref().unwrap_or(&self.one)
    }
}

/// How money is said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Money {
    /// `{whole}` (with its currency) and `{cents}` (with theirs).
    pub(crate) with_cents: String,
    /// `{number}`, `{scale}`, `{of}` (as between whole millions and a noun) and `{unit}`: five million dollars.
    pub(crate) with_scale: String,
    pub(crate) currencies: PhraseIndex<Currency>,
    /// The coins of the pound before 1971; not read if absent.
    pub(crate) shillings: Option<Shillings>,
    /// Words and letters for thousands, millions and so on, after the number.
    pub(crate) scales: PhraseIndex<Scale>,
}

/// Shillings and pence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Shillings {
    pub(crate) one: String,
    pub(crate) many: String,
    pub(crate) penny: String,
    pub(crate) pence: String,
}

/// Thousand, million and so on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Scale {
    pub(crate) written: Written,
    pub(crate) one: String,
    pub(crate) many: Option<String>,
    pub(crate) gender: Option<Gender>,
    /// A template in place of `with-scale`.
    pub(crate) say: Option<String>,
    /// Whether it is understood with money only: `$5M`.
    #[serde(default)]
    pub(crate) money_only: bool,
    /// The digits that it appends to the number, if it is said as one with it: `300 k` is three hundred thousand.
    #[serde(default)]
    pub(crate) zeros: String,
    /// Nouns one of which must stand after it, unless it stands with money: `1.6m people`. Any if empty.
    #[serde(default)]
    pub(crate) before: Vec<String>,
    /// Words before the number that will do instead: `hit 7.75m`.
    #[serde(default)]
    pub(crate) after: Vec<String>,
    /// Whether it is an abbreviation right after the number: `20k`.
    #[serde(default)]
    pub(crate) glued: bool,
}

impl Scale {
    pub(crate) fn many(&self) -> &str {
        self.many.as_deref().unwrap_or(&self.one)
    }
}

/// How fractions are said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Fractions {
    /// `{whole}` and `{fraction}`: three and a half.
    pub(crate) mixed: String,
    /// The same if the numerator is 1; `mixed` if absent. `{part}` is the fraction without its numerator.
    pub(crate) mixed_one: Option<String>,
    /// The same if the part begins with a vowel.
    pub(crate) mixed_one_vowel: Option<String>,
    /// `{whole}` for a half after a whole number: `{whole} e mezzo`.
    pub(crate) mixed_half: Option<String>,
    /// One and a half before a noun, if it is a word of its own: `anderhalf`.
    pub(crate) mixed_half_one: Option<HalfBefore>,
    /// `{number}` and `{year}` for the number of a law, `16/2019`, and for any number with a slash after one of the words in
    /// `gender.labels`.
    pub(crate) with_year: Option<String>,
    /// `{year}` and `{number}` for the number of a regulation, `2016/679`.
    pub(crate) year_number: Option<String>,
    /// Words after two numbers with a slash that are the beat of music: `3/4 time`.
    #[serde(default)]
    pub(crate) music_before: Vec<String>,
    /// The words after which any number with a slash has a year, in place of the labels.
    pub(crate) year_after: Option<Vec<String>>,
    /// `{whole}` and `{noun}`, or `{counted}` for both, and `{half}`: `dos horas y media`.
    pub(crate) mixed_half_noun: Option<String>,
    /// What is said for a half before a noun or unit, with a space or hyphen.
    pub(crate) half_before: Option<HalfBefore>,
    /// What follows the dative of 1 for a half after a preposition: `mit einem halben Liter`.
    pub(crate) half_dative: Option<String>,
    /// The word between a noun and a half: `una taza y media`.
    pub(crate) half_joiner: Option<String>,
    /// The half in `mixed_half_noun`, if it is another word than before a noun.
    pub(crate) half_after: Option<HalfBefore>,
    /// The singulars of nouns before a half, which tell their gender and are said after one: `1 ½ ore`.
    #[serde(default)]
    pub(crate) singulars: BTreeMap<String, String>,
    /// `{fraction}`, `{of}` and `{unit}`: three quarters of a kilogram.
    pub(crate) of_unit: Option<String>,
    /// `{numerator}` and `{denominator}` for denominators that are neither listed nor ordinals.
    pub(crate) over: String,
    /// The same for a number above a smaller one that is no part of it, as in blood pressures; `over` if absent.
    pub(crate) ratio: Option<String>,
    /// The rule set of the numerator.
    pub(crate) numerator: String,
    /// Denominators: the singular, the plural, and optionally all of one half.
    pub(crate) denominators: BTreeMap<String, Vec<String>>,
    /// Denominators up to this number that are not listed are ordinals.
    pub(crate) ordinals_up_to: u64,
    /// Nouns before which two numbers with a slash are a range: `12/15 ans`.
    #[serde(default)]
    pub(crate) range_before: Vec<String>,
    /// `{ordinal}` or `{Ordinal}` in the singular and in the plural.
    pub(crate) ordinal_one: String,
    pub(crate) ordinal_many: String,
    pub(crate) rule_set: String,
    /// The rule set of the plural, if it is another one.
    pub(crate) many_rule_set: Option<String>,
}

/// What is said for a half before a masculine or feminine noun.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct HalfBefore {
    pub(crate) m: String,
    pub(crate) f: String,
    /// `m` if absent.
    pub(crate) n: Option<String>,
}

impl HalfBefore {
    /// The form before a noun of a gender.
    pub(crate) fn of(&self, gender: Option<Gender>) -> &str {
        match gender {
            Some(Gender::Feminine) => &self.f,
            Some(Gender::Neuter) => self.n.as_ref().unwrap_or(&self.m),
            Some(Gender::Masculine) | None => &self.m,
        }
    }
}

/// How ranges, scores and ratios are said, with `{first}` and `{second}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Ranges {
    pub(crate) range: String,
    /// The same for two years, if it is another one.
    pub(crate) years: Option<String>,
    pub(crate) score: String,
    pub(crate) ratio: String,
    /// For two numbers with a colon after one of the labels, if it is something else: `artikel 6:162`.
    #[serde(default)]
    pub(crate) label_ratio: String,
    /// Words before or after two numbers with a colon that are no time: `a 1:50 scale`.
    #[serde(default)]
    pub(crate) ratio_words: Vec<String>,
    /// For `4.5/5`.
    pub(crate) rating: Option<String>,
    /// Words before a rating without decimals: `rated 8/10`.
    #[serde(default)]
    pub(crate) rating_after: Vec<String>,
    /// For `287/6` in cricket; not read if absent.
    pub(crate) wickets: Option<String>,
    /// For two measures of the same thing with a slash: `350°F/180°C`. They are one per the other if absent.
    pub(crate) alternative: Option<String>,
    /// The units of the same thing, by their singulars; other ones with a slash and no spaces are a rate: `6 l/100 km`.
    #[serde(default)]
    pub(crate) alternative_units: Vec<Vec<String>>,
    /// For `3x4`; not read if empty.
    #[serde(default)]
    pub(crate) dimension: String,
    /// For two numbers with an `x` and a unit that is none of `lengths`: `2 x 500 mg`; that of dimensions if absent.
    pub(crate) product: Option<String>,
    /// How the units of dimensions are written.
    #[serde(default)]
    pub(crate) lengths: Vec<String>,
    /// For two numbers with a hyphen that name something, after one of `reference_after`: `n° 78-17`.
    #[serde(default)]
    pub(crate) reference: String,
    #[serde(default)]
    pub(crate) reference_after: Vec<String>,
    /// Words before a score: `won`.
    pub(crate) score_after: Vec<String>,
    /// Words before a range that already say its `from`, as `von`, with what is then said.
    #[serde(default)]
    pub(crate) after: BTreeMap<String, String>,
}
