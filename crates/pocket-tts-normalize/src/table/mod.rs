//! The table of a language: everything that a speaker of the language can read and correct.
//!
//! A table is a TOML file in `languages/`. Fields in braces, such as `{month}`, are filled in.

mod calendar;
mod codes;
mod gender;
mod letters;
mod numbers;
mod phrases;
mod quantities;
mod scripture;
mod telephone;

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

pub(crate) use calendar::{Dates, Decades, OneOClock, Order, Times, Years};
pub(crate) use codes::{Codes, Postal};
pub(crate) use gender::Gender;
pub(crate) use letters::{Initialisms, Mixed, WordEnding};
pub(crate) use numbers::{Ending, Forms, Numbers, Ordinals, Suffix};
pub(crate) use phrases::{Condition, Found, HasForms, Phrase, PhraseIndex, Written};
pub(crate) use quantities::{Currency, Fractions, Money, Ranges, Scale, Shillings, Unit, UnitParts};
pub(crate) use scripture::Scripture;
pub(crate) use telephone::{TelephonePart, TelephonePattern};

/// The table of a language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Table {
    pub(crate) numbers: Numbers,
    /// Names of rule sets for cardinals.
    pub(crate) cardinal: Forms,
    pub(crate) ordinal: Ordinals,
    #[serde(default)]
    pub(crate) gender: Genders,
    pub(crate) years: Years,
    #[serde(default)]
    pub(crate) decades: Decades,
    #[serde(default)]
    pub(crate) roman: Roman,
    pub(crate) fraction: Fractions,
    pub(crate) range: Ranges,
    pub(crate) dates: Dates,
    pub(crate) times: Times,
    pub(crate) money: Money,
    /// Units after a number.
    pub(crate) units: PhraseIndex<Unit>,
    /// Words before a unit in the plural: `millions de km`.
    #[serde(default)]
    pub(crate) quantities: Vec<String>,
    /// Words after which a unit or currency before a noun is in the singular: `a 5 kilometer run`.
    #[serde(default)]
    pub(crate) attributive_after: Vec<String>,
    /// Units of one letter that describe a noun after a hyphen: `a 5-V adapter`.
    #[serde(default)]
    pub(crate) attributive_letters: String,
    /// Further such words, which also stand before amounts that describe nothing: `the 5 km left`.
    #[serde(default)]
    pub(crate) attributive_after_definite: Vec<String>,
    /// Words with an apostrophe and `s` that is a verb: `it's 5 km`.
    #[serde(default)]
    pub(crate) attributive_not_after: Vec<String>,
    /// Nouns that an amount describes without such a word: `3.5 mm jack`.
    #[serde(default)]
    pub(crate) attributive_before: Vec<String>,
    /// Nouns that an amount in brackets describes: `1 (14 oz) can`.
    #[serde(default)]
    pub(crate) attributive_containers: Vec<String>,
    /// Words that are no noun after such a unit.
    #[serde(default)]
    pub(crate) attributive_not_before: HashSet<String>,
    /// The last letters of such words.
    #[serde(default)]
    pub(crate) attributive_not_endings: Vec<String>,
    /// Numbers that are said in pairs of digits.
    #[serde(default)]
    pub(crate) codes: Codes,
    /// The codes of states in addresses.
    #[serde(default)]
    pub(crate) postal: Postal,
    /// `{degrees}` and `{minutes}` of `40°26′`, and `{seconds}` if they follow.
    pub(crate) angle: Option<String>,
    pub(crate) angle_seconds: Option<String>,
    /// What the letters of the points of the compass after an angle are.
    #[serde(default)]
    pub(crate) angle_points: BTreeMap<String, String>,
    /// `{feet}` and `{inches}`, for `5'10"`.
    pub(crate) feet_and_inches: Option<String>,
    /// `{one}` per `{other}`, for `km/min`.
    #[serde(default)]
    pub(crate) per: String,
    /// How digits right after a unit are said, which are not read if absent.
    pub(crate) unit_parts: Option<UnitParts>,
    /// How chapters and verses of the Bible are said; they are not read if absent.
    pub(crate) scripture: Option<Scripture>,
    pub(crate) telephone: Telephone,
    pub(crate) electronic: Electronic,
    #[serde(default)]
    pub(crate) initialism: Initialisms,
    #[serde(default)]
    pub(crate) mixed: Mixed,
    pub(crate) abbreviations: PhraseIndex<Phrase>,
    /// Ends of words that are abbreviated, with their period: `str.` for `straße`.
    #[serde(default)]
    pub(crate) word_endings: Vec<WordEnding>,
    pub(crate) symbols: PhraseIndex<Phrase>,
}

/// How the gender of a noun is guessed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Genders {
    /// The gender of all nouns that nothing else decides.
    pub(crate) default: Option<Gender>,
    /// Whether nouns begin with a capital letter.
    pub(crate) nouns_are_capitalized: bool,
    pub(crate) feminine_endings: Vec<String>,
    pub(crate) masculine_endings: Vec<String>,
    pub(crate) neuter_endings: Vec<String>,
    pub(crate) feminine: HashSet<String>,
    pub(crate) masculine: HashSet<String>,
    pub(crate) neuter: HashSet<String>,
    /// The last letters of plurals, if all plurals have one: what ends otherwise after 21 is no noun.
    pub(crate) plural_endings: Vec<String>,
    /// Articles before a number that stands for a feminine noun: `a las 21`.
    pub(crate) feminine_articles: Vec<String>,
    /// Words after a number that are no nouns.
    pub(crate) function_words: HashSet<String>,
    /// First parts of nouns with hyphens, which don't tell their gender: `petites-filles`.
    pub(crate) prefixes: Vec<String>,
    /// Nouns before a number that counts nothing, as `page`.
    pub(crate) labels: Vec<String>,
}

/// How Roman numerals are said.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Roman {
    /// `{ordinal}`, `{Ordinal}` with a capital letter, or `{cardinal}`, after the name of a ruler.
    pub(crate) after_name: String,
    /// The same after the name of a woman, if it is another one.
    pub(crate) feminine_after_name: String,
    /// The same where the name is in another case.
    pub(crate) cases: Vec<RomanCase>,
    /// The same for numbers above `ordinals_up_to`, if it is set.
    pub(crate) after_name_above: String,
    pub(crate) ordinals_up_to: u32,
    /// The rule sets of these ordinals; the usual ones if empty.
    pub(crate) rule_set: String,
    pub(crate) feminine_rule_set: String,
    /// Whether a period follows, as in German.
    pub(crate) has_period: bool,
    /// Names of rulers after which a single letter is a number.
    pub(crate) names: Vec<String>,
    pub(crate) feminine_names: Vec<String>,
    /// Nouns beside which a numeral stands.
    pub(crate) nouns: Vec<RomanNoun>,
    /// What follows the letters of an ordinal: `e`, as in `XXe` in French.
    pub(crate) suffixes: Vec<String>,
    /// `{cardinal}` for numerals of `I`, `V` and `X` that stand beside nothing known; not read if empty.
    pub(crate) alone: String,
    /// Numerals that are words too. After a noun in small letters they are numerals only at the end of a clause, or before
    /// one of `before_nouns`: `the book I read`, `a type I error`.
    pub(crate) pronouns: Vec<String>,
    pub(crate) before_nouns: Vec<String>,
    /// Words of capitals that are no numerals.
    pub(crate) words: Vec<String>,
}

/// How a numeral is said after a name in a grammatical case other than the first.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct RomanCase {
    /// Words before the name.
    pub(crate) after: Vec<String>,
    /// The last letters of the name.
    pub(crate) name_ending: Option<String>,
    pub(crate) say: String,
    pub(crate) rule_set: String,
    /// The same after the name of a woman.
    pub(crate) feminine: String,
    pub(crate) feminine_rule_set: Option<String>,
}

/// A noun beside which a Roman numeral stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RomanNoun {
    /// The noun; the first letter may be a capital.
    pub(crate) words: Vec<String>,
    /// Whether the numeral stands before the noun.
    #[serde(default)]
    pub(crate) before: bool,
    /// `{ordinal}` or `{cardinal}`.
    pub(crate) say: String,
    /// The same for numbers above `ordinals_up_to`.
    pub(crate) say_above: Option<String>,
    /// The rule set of the ordinal or cardinal; the bare one if absent.
    pub(crate) rule_set: Option<String>,
}

/// How telephone numbers are written and said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Telephone {
    /// Forms of numbers: `d` is any digit, `*` any number of further ones, other characters stand for themselves, ` ` for
    /// a space of any kind, and `~` for any number of groups of two to four digits, each after a space or each
    /// after a period.
    pub(crate) patterns: Vec<TelephonePattern>,
    /// Words before any group of digits that make it a telephone number.
    pub(crate) after: Vec<String>,
    /// Words before four digits that are said in pairs, also with an initialism between the two: `Flug LH 1234`.
    #[serde(default)]
    pub(crate) pairs_after: Vec<String>,
    /// Whether groups of two or three digits are said as one number.
    #[serde(default)]
    pub(crate) pairs: bool,
    /// Said between groups, as a comma.
    #[serde(default)]
    pub(crate) between: String,
}

/// How addresses on the net are said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Electronic {
    pub(crate) dot: String,
    pub(crate) at: String,
    pub(crate) slash: String,
    pub(crate) hyphen: String,
    pub(crate) underscore: String,
    pub(crate) colon: String,
    pub(crate) question: String,
    pub(crate) equals: String,
    pub(crate) ampersand: String,
    pub(crate) hash: String,
    pub(crate) plus: String,
    pub(crate) percent: String,
    pub(crate) tilde: String,
    /// Top-level domains that are words; the others are spelled.
    pub(crate) domains: Vec<String>,
    /// The extensions of files and how they are said. Names of files are not read if empty.
    #[serde(default)]
    pub(crate) extensions: BTreeMap<String, String>,
}

impl Table {
    /// Reads a table, over the one of which it is a variant. The section `spelling` of a variant replaces parts of words in
    /// the other table.
    ///
    /// # Panics
    ///
    /// If it is invalid. The tables are part of the program, and a test reads each.
    pub(crate) fn read(own: &str, base: Option<&str>, name: &str) -> Self {
        let parse = |text: &str| -> toml::Table {
            text.parse().unwrap_or_else(|error| panic!("the table of {name} is invalid: {error}"))
        };
        let mut own = parse(own);
        let spelling = own.remove("spelling");
        let mut table = base.map(parse).unwrap_or_default();
        for (part, other) in spelling.iter().filter_map(|value| value.as_table()).flatten() {
            let other = other.as_str().unwrap_or_default();
            table.iter_mut().for_each(|(_, value)| respell(value, part, other));
        }
        merge(&mut table, own);
        table.try_into().unwrap_or_else(|error| panic!("the table of {name} is invalid: {error}"))
    }
}

/// Replaces part of the words in a table, for a variant that spells them otherwise.
fn respell(value: &mut toml::Value, part: &str, other: &str) {
    match value {
        toml::Value::String(text) => *text = text.replace(part, other),
        toml::Value::Array(values) => values.iter_mut().for_each(|value| respell(value, part, other)),
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, value)| respell(value, part, other)),
        _ => {}
    }
}

/// Puts the values of `over` into `table`, section by section.
fn merge(table: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (table.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(value)) => merge(inner, value),
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
}

macro_rules! has_forms {
    ($($type:ty),*) => { $(impl HasForms for $type {
        fn written(&self) -> &Written {
            &self.written
        }
    })* };
}
has_forms!(Unit, Currency, Scale, Suffix);
