//! Patterns of telephone numbers in a language's table.

use serde::Deserialize;

/// A pattern such as `0dd*-dddd`, in its parts.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(crate) struct TelephonePattern {
    pub(crate) parts: Vec<TelephonePart>,
}

/// A part of a pattern, which stands for one token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TelephonePart {
    /// Digits, of which `d` is any.
    Digits {
        form: String,
        /// Whether further ones may follow.
        is_open: bool,
    },
    /// White space.
    Space,
    /// Any number of groups of two to four digits, each after white space or each after a period.
    Groups,
    Mark(char),
}

impl From<String> for TelephonePattern {
    fn from(pattern: String) -> Self {
        let mut parts: Vec<TelephonePart> = Vec::new();
        for character in pattern.chars() {
            match (character, parts.last_mut()) {
                ('d' | '0'..='9', Some(TelephonePart::Digits { form, is_open: false })) => {
                    form.push(character);
                }
                ('d' | '0'..='9', _) => {
                    parts.push(TelephonePart::Digits { form: character.to_string(), is_open: false });
                }
                ('*', Some(TelephonePart::Digits { is_open, .. })) => *is_open = true,
                (' ', _) => parts.push(TelephonePart::Space),
                ('~', _) => parts.push(TelephonePart::Groups),
                (mark, _) => parts.push(TelephonePart::Mark(mark)),
            }
        }
        Self { parts }
    }
}

impl TelephonePart {
    /// Whether digits have this form.
    pub(crate) fn fits(&self, digits: &str) -> bool {
        let Self::Digits { form, is_open } = self else { return false };
        let has_length = digits.len() == form.len() || *is_open && digits.len() > form.len();
        has_length && digits.bytes().zip(form.bytes()).all(|(digit, form)| form == b'd' || form == digit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_parts() {
        let parts = TelephonePattern::from("+d (0dd*) dd".to_owned()).parts;
        let digits = |form: &str, is_open| TelephonePart::Digits { form: form.to_owned(), is_open };
        let expected = [
            TelephonePart::Mark('+'),
            digits("d", false),
            TelephonePart::Space,
            TelephonePart::Mark('('),
            digits("0dd", true),
            TelephonePart::Mark(')'),
            TelephonePart::Space,
            digits("dd", false),
        ];
        assert_eq!(parts, expected);
        assert!(parts[4].fits("030") && parts[4].fits("03012"));
        assert!(
            !parts[4].fits("03") && !parts[4].fits("130") && !parts[7].fits("123") && !parts[0].fits("1")
        );
    }
}
