//! Numbers in words, by an interpreter of CLDR's rule-based number format over the data in `data/rbnf`.
//!
//! The format is that of [UTS #35] and of ICU's `RuleBasedNumberFormat`: rule sets with names, and in each set one
//! rule for each range of numbers. This module holds no grammar of a language and knows no text around a number.
//!
//! [UTS #35]: https://unicode.org/reports/tr35/tr35-numbers.html#Rule-Based_Number_Formatting

mod notation;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use notation::Part;
use rules::Rules;

/// The least number that has no words.
const LIMIT: u64 = 1_000_000_000_000_000_000;

/// Rules that one number may use. It ends rules that refer to themselves without end; the data's longest number
/// uses less than a fifth of it.
const MAXIMUM_STEPS: usize = 500;

/// A language as CLDR spells its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Locale {
    BrazilianPortuguese,
    Dutch,
    English,
    EuropeanPortuguese,
    French,
    German,
    Italian,
    Spanish,
}

impl Locale {
    const COUNT: usize = Self::Spanish as usize + 1;

    /// The rules in ICU's notation.
    fn rules(self) -> &'static str {
        match self {
            Self::BrazilianPortuguese => include_str!("../../data/rbnf/pt.txt"),
            Self::Dutch => include_str!("../../data/rbnf/nl.txt"),
            Self::English => include_str!("../../data/rbnf/en.txt"),
            Self::EuropeanPortuguese => include_str!("../../data/rbnf/pt_PT.txt"),
            Self::French => include_str!("../../data/rbnf/fr.txt"),
            Self::German => include_str!("../../data/rbnf/de.txt"),
            Self::Italian => include_str!("../../data/rbnf/it.txt"),
            Self::Spanish => include_str!("../../data/rbnf/es.txt"),
        }
    }
}

/// Spells the whole numbers of one language.
///
/// Names of rule sets are CLDR's, such as `spellout-numbering`, `spellout-numbering-year`,
/// `spellout-cardinal-feminine` or `spellout-ordinal-masculine`. `data/rbnf` says which ones a language has.
#[derive(Debug)]
pub(crate) struct Speller {
    rules: Rules,
}

impl Speller {
    /// The speller of a language. The first call reads the rules.
    pub(crate) fn of(locale: Locale) -> &'static Self {
        static SPELLERS: [OnceLock<Speller>; Locale::COUNT] = [const { OnceLock::new() }; Locale::COUNT];
        SPELLERS[locale as usize].get_or_init(|| {
            let rules = Rules::read(locale.rules());
            Self {
                rules: rules.expect("the rules are part of the program, and a test reads each language's"),
            }
        })
    }

    /// Whether the language has a rule set of this name.
    #[cfg(test)]
    pub(crate) fn has(&self, rule_set: &str) -> bool {
        self.rules.find(rule_set).is_some()
    }

    /// A number in words. `None` if there is no such rule set, or if the number is 10^18 or more away from zero.
    pub(crate) fn spell(&self, rule_set: &str, number: i64) -> Option<String> {
        if number.unsigned_abs() >= LIMIT {
            return None;
        }
        let mut words = Words { rules: &self.rules, text: String::new(), steps_left: MAXIMUM_STEPS };
        words.push_number(self.rules.find(rule_set)?, number)?;
        Some(words.text)
    }
}

/// The words of one number, as they are made.
struct Words<'a> {
    rules: &'a Rules,
    text: String,
    steps_left: usize,
}

/// What a rule's parts stand for.
#[derive(Clone, Copy)]
struct Operands {
    number: i64,
    quotient: i64,
    remainder: i64,
}

impl Words<'_> {
    /// Appends `number` by the rule set at index `set`. `None` if it has no rule for the number, or uses too many.
    fn push_number(&mut self, set: usize, number: i64) -> Option<()> {
        self.steps_left = self.steps_left.checked_sub(1)?;
        let set = &self.rules.sets[set];
        if number < 0
            && let Some(parts) = &set.negative
        {
            // There, `>>` is the number without its sign.
            return self.push_parts(parts, Operands { number, quotient: 0, remainder: -number });
        }
        let rule = set.rule_for(number.unsigned_abs())?;
        let divisor = rule.divisor;
        self.push_parts(
            &rule.parts,
            Operands { number, quotient: number / divisor, remainder: number % divisor },
        )
    }

    fn push_parts(&mut self, parts: &[Part], operands: Operands) -> Option<()> {
        for part in parts {
            match part {
                Part::Text(text) => self.text.push_str(text),
                Part::Number(set) => self.push_number(*set, operands.number)?,
                Part::Quotient(set) => self.push_number(*set, operands.quotient)?,
                Part::Remainder(set) => self.push_number(*set, operands.remainder)?,
                Part::Optional(_) if operands.remainder == 0 => {}
                Part::Optional(parts) => self.push_parts(parts, operands)?,
                Part::Plural { one, other } => {
                    self.text.push_str(if operands.quotient == 1 { one } else { other });
                }
            }
        }
        Some(())
    }
}
