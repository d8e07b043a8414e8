//! The values of Roman numerals.

/// The value of a numeral in its usual form, up to 3999. A numeral in another form is none.
pub(crate) fn value(numeral: &str) -> Option<u32> {
    const SIGNS: [(&str, u32); 13] = [
        ("M", 1000),
        ("CM", 900),
        ("D", 500),
        ("CD", 400),
        ("C", 100),
        ("XC", 90),
        ("L", 50),
        ("XL", 40),
        ("X", 10),
        ("IX", 9),
        ("V", 5),
        ("IV", 4),
        ("I", 1),
    ];
    let (mut value, mut rest) = (0, numeral);
    for (sign, worth) in SIGNS {
        while let Some(after) = rest.strip_prefix(sign) {
            (value, rest) = (value + worth, after);
        }
    }
    let mut usual = String::new();
    let mut left = value;
    for (sign, worth) in SIGNS {
        while left >= worth && usual.len() <= numeral.len() {
            usual.push_str(sign);
            left -= worth;
        }
    }
    (rest.is_empty() && value > 0 && usual == numeral).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn numerals_have_one_form() {
        for (numeral, expected) in
            [("I", 1), ("IV", 4), ("VIII", 8), ("XIV", 14), ("XL", 40), ("MCMXCVIII", 1998)]
        {
            assert_eq!(value(numeral), Some(expected), "{numeral}");
        }
        for other in ["", "IIII", "VV", "IC", "XD", "Xi", "A", "IXI", "VX"] {
            assert_eq!(value(other), None, "{other}");
        }
    }
}
