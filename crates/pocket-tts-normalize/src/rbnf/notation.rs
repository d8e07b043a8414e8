//! The notation of one rule: its base, and the parts of its text.

use std::collections::HashMap;

/// Which numbers a rule is for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    Negative,
    Base { base: u64, divisor: i64 },
}

/// A part of a rule's text. Those with a `usize` are a number, spelled by the set of that index.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    /// The number itself.
    Number(usize),
    /// The number divided by the rule's divisor.
    Quotient(usize),
    /// The rest of that division.
    Remainder(usize),
    /// Only for numbers that aren't multiples of the divisor.
    Optional(Vec<Self>),
    /// Depends on whether the quotient is 1, which is what `one` means for the quotients of all our languages.
    Plural {
        one: String,
        other: String,
    },
}

impl Key {
    /// Reads `-x`, or a base such as `100` with a radix as in `80/20`. The radix is 10 unless given.
    pub(super) fn read(key: &str) -> Result<Self, &'static str> {
        if key == "-x" {
            return Ok(Self::Negative);
        }
        let (base, radix) = key.split_once('/').unwrap_or((key, "10"));
        let base: u64 = base.parse().map_err(|_| "a base is a number")?;
        let radix: u64 = radix.parse().map_err(|_| "a radix is a number")?;
        if radix < 2 {
            return Err("a radix is at least 2");
        }
        let mut divisor = 1;
        while base / divisor >= radix {
            divisor *= radix;
        }
        let divisor = i64::try_from(divisor).map_err(|_| "a base is below 2^63")?;
        Ok(Self::Base { base, divisor })
    }
}

/// Reads the text of a rule.
#[derive(Debug)]
pub(super) struct PartReader<'a> {
    /// The index of each set by its name, with its percent signs.
    pub(super) names: &'a HashMap<String, usize>,
    /// The index of the set that the rule is in.
    pub(super) own: usize,
    /// What is still to be read.
    pub(super) rest: &'a str,
}

impl<'a> PartReader<'a> {
    /// All parts.
    pub(super) fn read(mut self) -> Result<Vec<Part>, &'static str> {
        let parts = self.parts_until_bracket()?;
        if self.rest.is_empty() { Ok(parts) } else { Err("a `]` needs a `[`") }
    }

    /// The parts up to the end or to a `]`, which stays.
    fn parts_until_bracket(&mut self) -> Result<Vec<Part>, &'static str> {
        let mut parts = Vec::new();
        loop {
            // Soft hyphens say where a line may break, which nobody hears.
            let special = self.rest.find(['<', '>', '=', '[', ']', '$', '\u{ad}']).unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(special);
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            }
            self.rest = rest;
            let Some(mark) = rest.chars().next().filter(|&mark| mark != ']') else { return Ok(parts) };
            self.rest = &rest[mark.len_utf8()..];
            match mark {
                '<' => parts.push(Part::Quotient(self.reference('<')?)),
                '>' => parts.push(Part::Remainder(self.reference('>')?)),
                '=' => parts.push(Part::Number(self.reference('=')?)),
                '$' => parts.push(self.plural()?),
                '[' => {
                    parts.push(Part::Optional(self.parts_until_bracket()?));
                    self.rest = self.rest.strip_prefix(']').ok_or("a `[` needs a `]`")?;
                }
                _ => {}
            }
        }
    }

    /// The set that is named up to the closing `mark`: nothing means the rule's own set.
    fn reference(&mut self, mark: char) -> Result<usize, &'static str> {
        let name = self.until(mark)?;
        if name.is_empty() {
            return Ok(self.own);
        }
        self.names.get(name).copied().ok_or("a substitution names a set of the same language")
    }

    /// `(cardinal,one{…}other{…})$`.
    fn plural(&mut self) -> Result<Part, &'static str> {
        let text = self.until('$')?;
        let cases = text.strip_prefix("(cardinal,one{").and_then(|text| text.strip_suffix("})"));
        let (one, other) =
            cases.and_then(|cases| cases.split_once("}other{")).ok_or("a plural has two cases")?;
        Ok(Part::Plural { one: one.to_owned(), other: other.to_owned() })
    }

    /// The text up to `mark`, which is skipped.
    fn until(&mut self, mark: char) -> Result<&'a str, &'static str> {
        let (text, rest) =
            self.rest.split_once(mark).ok_or("a substitution ends with the mark it begins with")?;
        self.rest = rest;
        Ok(text)
    }
}
