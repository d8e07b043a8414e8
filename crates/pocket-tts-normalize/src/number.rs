//! A number as it is written.

use std::borrow::Cow;

/// A written number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number<'a> {
    /// `-` or `+`.
    pub(crate) sign: Option<char>,
    /// The digits before the decimal mark, without marks between groups; empty for `.5`.
    pub(crate) whole: Cow<'a, str>,
    /// The digits after the decimal mark.
    pub(crate) decimals: Option<&'a str>,
    /// Whether the decimal mark is the one of other languages.
    pub(crate) has_foreign_mark: bool,
    /// Whether there are marks between groups of digits.
    pub(crate) has_groups: bool,
    /// The index after the number.
    pub(crate) end: usize,
}

impl Number<'_> {
    /// Whether it is exactly one.
    pub(crate) fn is_one(&self) -> bool {
        self.whole == "1" && self.decimals.is_none()
    }

    /// The number with more digits at its end, if there are any and it has no decimals.
    pub(crate) fn with_zeros(&self, zeros: &str) -> Option<Self> {
        let fits = !zeros.is_empty() && self.decimals.is_none();
        fits.then(|| Self { whole: format!("{}{zeros}", self.whole).into(), ..self.clone() })
    }

    /// Whether it is written with digits alone.
    pub(crate) fn is_plain(&self) -> bool {
        self.sign.is_none() && self.decimals.is_none() && !self.has_groups
    }
}
