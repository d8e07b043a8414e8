//! Reads numbers as they are written: with groups of digits, decimals and a sign.

use std::borrow::Cow;

use crate::context::Context;
use crate::lexer::Kind;
use crate::number::Number;

/// More digits than any number that is said as one.
const MOST_GROUPS: usize = 7;

impl<'a> Context<'a> {
    /// The number that begins at `at`, with its sign.
    pub(crate) fn signed_number(&self, at: usize) -> Option<Number<'a>> {
        let sign = match self.tokens.kind(at) {
            Some(Kind::Mark('-' | '−' | '–' | '‑')) => Some('-'),
            Some(Kind::Mark('+')) => Some('+'),
            _ => return self.number(at),
        };
        let before = at.checked_sub(1).and_then(|before| self.tokens.kind(before));
        let is_open = matches!(
            before,
            None | Some(
                Kind::Space | Kind::Mark('(' | '[' | '"' | '“' | '=' | ':' | '/' | '$' | '€' | '£' | '^')
            )
        );
        if !is_open {
            return None;
        }
        Some(Number { sign, ..self.number(at + 1)? })
    }

    /// The number without a sign that begins at `at`.
    pub(crate) fn number(&self, at: usize) -> Option<Number<'a>> {
        if !matches!(self.tokens.kind(at), Some(Kind::Digits | Kind::Mark('.'))) {
            return None;
        }
        // Most classes look at the same number.
        let mut last = self.last_number.borrow_mut();
        if last.as_ref().is_none_or(|(known_at, _)| *known_at != at) {
            *last = Some((at, self.read_number(at)));
        }
        last.as_ref().and_then(|(_, number)| number.clone())
    }

    fn read_number(&self, at: usize) -> Option<Number<'a>> {
        let numbers = &self.table.numbers;
        if self.tokens.is_mark(at, numbers.decimal_mark) && numbers.decimal_mark == '.' {
            return self.number_without_whole(at);
        }
        if let Some(number) = self.number_with_foreign_groups(at) {
            return Some(number);
        }
        let mut whole = Cow::Borrowed(self.tokens.digits(at)?);
        let mut end = at + 1;
        let mut groups = 0;
        while whole != "0" && whole.len() <= 3 * (groups + 1) && groups < MOST_GROUPS {
            let Some(group) = self.group(end) else { break };
            whole.to_mut().push_str(group);
            end += 2;
            groups += 1;
        }
        let mut number = Number {
            sign: None,
            whole,
            decimals: None,
            has_foreign_mark: false,
            has_groups: groups > 0,
            end,
        };
        let mark = match self.tokens.kind(end) {
            Some(Kind::Mark(mark)) if mark == numbers.decimal_mark => Some(false),
            Some(Kind::Mark('.' | ',')) if groups == 0 => Some(true),
            _ => None,
        };
        if let (Some(is_foreign), Some(decimals)) = (mark, self.tokens.digits(end + 1))
            && !(is_foreign && self.continues_with_mark(end + 2))
            && !self.is_list(end)
        {
            (number.decimals, number.has_foreign_mark, number.end) = (Some(decimals), is_foreign, end + 2);
        }
        Some(number)
    }

    /// Three digits after a mark between groups.
    fn group(&self, at: usize) -> Option<&'a str> {
        let numbers = &self.table.numbers;
        let digits = self.tokens.digits(at + 1)?;
        let is_mark = match self.tokens.kind(at)? {
            Kind::Mark(mark) => numbers.group_marks.contains(&mark),
            Kind::Space => match self.tokens.text(at) {
                "\u{a0}" | "\u{202f}" | "\u{2009}" => true,
                " " => numbers.space_groups || digits == "000",
                _ => false,
            },
            _ => false,
        };
        (is_mark && digits.len() == 3).then_some(digits)
    }

    /// `1,234,567.89`, `1,000` or `$1,500` where the decimal mark is a comma, and `2.000.000` or `1.234,50` where it is a
    /// period.
    fn number_with_foreign_groups(&self, at: usize) -> Option<Number<'a>> {
        let tokens = &self.tokens;
        let first = tokens.digits(at).filter(|digits| digits.len() <= 3 && *digits != "0")?;
        let (mark, other) = if self.table.numbers.decimal_mark == ',' { (',', '.') } else { ('.', ',') };
        if !tokens.is_mark(at + 1, mark) {
            return None;
        }
        let mut whole = first.to_owned();
        let (mut end, mut groups) = (at + 1, 0);
        while groups < MOST_GROUPS
            && tokens.is_mark(end, mark)
            && let Some(group) = tokens.digits(end + 1).filter(|digits| digits.len() == 3)
        {
            whole.push_str(group);
            (end, groups) = (end + 2, groups + 1);
        }
        let follows_sign = tokens
            .before_space(at)
            .is_some_and(|before| tokens.is_mark(before, '$') || tokens.is_mark(before, '£'));
        let decimals = tokens.digits(end + 1).filter(|_| tokens.is_mark(end, other));
        let is_whole = mark == ',' && (whole.ends_with("000") || follows_sign);
        let is_clear = groups > 1 || is_whole || decimals.is_some();
        if groups == 0 || !is_clear || decimals.is_some() && self.continues_with_mark(end + 2) {
            return None;
        }
        let end = if decimals.is_some() { end + 2 } else { end };
        Some(Number {
            sign: None,
            whole: whole.into(),
            decimals,
            has_foreign_mark: false,
            has_groups: true,
            end,
        })
    }

    /// `.5`.
    fn number_without_whole(&self, at: usize) -> Option<Number<'a>> {
        let before = at.checked_sub(1).and_then(|before| self.tokens.kind(before));
        if !matches!(
            before,
            None | Some(
                Kind::Space
                    | Kind::Mark(
                        '(' | '$' | '-' | '+' | '−' | '<' | '>' | '=' | '≤' | '≥' | '≈' | '~' | '±' | '['
                    )
            )
        ) {
            return None;
        }
        let decimals = Some(self.tokens.digits(at + 1)?);
        let whole = Cow::Borrowed("");
        Some(Number { sign: None, whole, decimals, has_foreign_mark: false, has_groups: false, end: at + 2 })
    }

    /// Whether digits with commas between them are a list: `1,2,3`.
    fn is_list(&self, mark: usize) -> bool {
        let is_comma = |at: usize| self.tokens.is_mark(at, ',') && self.tokens.digits(at + 1).is_some();
        is_comma(mark) && is_comma(mark + 2)
    }

    /// Whether a mark and a digit follow, as in a version or a date.
    fn continues_with_mark(&self, at: usize) -> bool {
        matches!(self.tokens.kind(at), Some(Kind::Mark('.' | ','))) && self.tokens.digits(at + 1).is_some()
    }
}
