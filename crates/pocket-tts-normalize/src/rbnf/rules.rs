//! Rule sets, read from ICU's notation.
//!
//! Of the notation it knows what CLDR's spellout rules of our languages use for whole numbers below 10^18: `-x`,
//! base values with a radix, the three substitutions, optional text, plurals of cardinals and a leading apostrophe.

use std::collections::HashMap;

use super::notation::{Key, Part, PartReader};

/// The rule sets of a language.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) sets: Vec<RuleSet>,
    /// The index of each set by its name, with its percent signs.
    names: HashMap<String, usize>,
    /// The same for the public sets, without percent signs and in the order of the names.
    public: Vec<(String, usize)>,
}

/// The rules that spell numbers in one form.
#[derive(Debug, Default)]
pub(super) struct RuleSet {
    /// The rule of negative numbers. Without it, they are spelled by the rules of their absolute value.
    pub(super) negative: Option<Vec<Part>>,
    /// In the order of their bases.
    rules: Vec<BaseRule>,
}

/// How to spell the numbers from a base up to that of the next rule.
#[derive(Debug)]
pub(super) struct BaseRule {
    base: u64,
    /// The greatest power of the radix that isn't above the base, and at least 1.
    pub(super) divisor: i64,
    pub(super) parts: Vec<Part>,
}

/// Why a text isn't a list of rule sets.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{line}`: {problem}")]
pub(super) struct SyntaxError {
    line: String,
    problem: &'static str,
}

impl RuleSet {
    /// The rule of an absolute value, if there is one.
    pub(super) fn rule_for(&self, number: u64) -> Option<&BaseRule> {
        let at = self.rules.partition_point(|rule| rule.base <= number).checked_sub(1)?;
        let rule = &self.rules[at];
        // "3000" between the bases 2001 and 10000: the remainder is 0, which the rule isn't made for. As in ICU, the
        // rule before it is for such multiples.
        let is_for_rests = !rule.base.is_multiple_of(rule.divisor.unsigned_abs()) && rule.uses_remainder();
        if is_for_rests && number.is_multiple_of(rule.divisor.unsigned_abs()) {
            return at.checked_sub(1).map(|before| &self.rules[before]);
        }
        Some(rule)
    }
}

impl BaseRule {
    fn uses_remainder(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Remainder(_)))
    }
}

impl Rules {
    /// Reads lines such as `%spellout-ordinal:`, which begin a set, and `100/10: <<hundred[ >>];`.
    pub(super) fn read(text: &str) -> Result<Self, SyntaxError> {
        let headings = text.lines().filter_map(heading);
        let names: HashMap<String, usize> =
            headings.enumerate().map(|(index, name)| (name.to_owned(), index)).collect();
        let public_name = |name: &str| {
            let name = name.strip_prefix('%').filter(|name| !name.starts_with('%'));
            name.map(str::to_owned)
        };
        let public = names.iter().filter_map(|(name, index)| Some((public_name(name)?, *index)));
        let mut public: Vec<(String, usize)> = public.collect();
        public.sort();
        let mut rules = Self { sets: Vec::new(), names, public };
        for line in text.lines() {
            let error = |problem| SyntaxError { line: line.to_owned(), problem };
            if heading(line).is_some() {
                rules.sets.push(RuleSet::default());
                continue;
            }
            let (key, parts) = rules.read_rule(line).map_err(error)?;
            let set = rules.sets.last_mut().ok_or_else(|| error("a rule needs a set"))?;
            let (base, divisor) = match key {
                Key::Negative => {
                    set.negative = Some(parts);
                    continue;
                }
                Key::Base { base, divisor } => (base, divisor),
            };
            if set.rules.last().is_some_and(|last| last.base >= base) {
                return Err(error("the bases of a set rise"));
            }
            set.rules.push(BaseRule { base, divisor, parts });
        }
        Ok(rules)
    }

    /// The index of a public set.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let at = self.public.binary_search_by(|(public, _)| public.as_str().cmp(name)).ok()?;
        Some(self.public[at].1)
    }

    /// The names of the public sets.
    #[cfg(test)]
    pub(super) fn public_names(&self) -> impl Iterator<Item = &str> {
        self.public.iter().map(|(name, _)| name.as_str())
    }

    fn read_rule(&self, line: &str) -> Result<(Key, Vec<Part>), &'static str> {
        let (key, text) = line.split_once(": ").ok_or("a rule needs a colon")?;
        let text = text.strip_suffix(';').ok_or("a rule ends with a semicolon")?;
        // It marks that the white space after it belongs to the text.
        let text = text.strip_prefix('\'').unwrap_or(text);
        let own = self.sets.len().checked_sub(1).ok_or("a rule needs a set")?;
        Ok((Key::read(key)?, PartReader { names: &self.names, own, rest: text }.read()?))
    }
}

/// The name of the set that a line begins, if it does.
fn heading(line: &str) -> Option<&str> {
    line.strip_suffix(':').filter(|name| name.starts_with('%'))
}
