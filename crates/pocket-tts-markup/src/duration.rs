//! Durations as people and SSML write them.

use std::time::Duration;

/// Reads `500ms`, `1.5s` or `.5s`, and `1.5` if a unit is not needed. The result is exact to the nanosecond, or the
/// longest [`Duration`] for a number that is too large.
pub(crate) fn parse_duration(text: &str, needs_unit: bool) -> Option<Duration> {
    let text = text.trim().to_ascii_lowercase();
    let number_end = text.find(|character: char| character != '.' && !character.is_ascii_digit());
    let (number, unit) = text.split_at(number_end.unwrap_or(text.len()));
    let nanoseconds_of_unit: u128 = match unit.trim_start() {
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "" if !needs_unit => 1_000_000_000,
        _ => return None,
    };
    let (whole, fraction) =
        number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let is_number =
        !number.is_empty() && fraction.is_none_or(|digits| !digits.is_empty() && !digits.contains('.'));
    if !is_number {
        return None;
    }
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().unwrap_or(u128::from(u64::MAX)) };
    let mut nanoseconds = whole.min(u128::from(u64::MAX)) * nanoseconds_of_unit;
    let mut place = nanoseconds_of_unit;
    for digit in fraction.unwrap_or_default().bytes() {
        place /= 10;
        nanoseconds += u128::from(digit - b'0') * place;
    }
    let seconds = u64::try_from(nanoseconds / 1_000_000_000).unwrap_or(u64::MAX);
    Some(Duration::new(seconds, (nanoseconds % 1_000_000_000) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_exact() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("1.5s", 1500),
            (".5s", 500),
            ("0s", 0),
            (" 2 S ", 2000),
            ("0.001s", 1),
            ("1500.0MS", 1500),
        ] {
            assert_eq!(parse_duration(text, true), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(parse_duration("1.5", false), Some(Duration::from_millis(1500)));
        assert_eq!(parse_duration("0.1234567891s", true), Some(Duration::from_nanos(123_456_789)));
    }

    #[test]
    fn other_texts_are_no_durations() {
        for text in
            ["", "s", ".", "1.", "1.s", "1..5s", "1,5s", "-1s", "+1s", "1m", "1 5s", "1e3s", "٣s", "1sec"]
        {
            assert_eq!(parse_duration(text, false), None, "{text}");
        }
        assert_eq!(parse_duration("1.5", true), None);
    }

    #[test]
    fn huge_numbers_are_long_durations() {
        let long = parse_duration(&"9".repeat(100), false);
        assert!(long.is_some_and(|duration| duration > Duration::from_secs(1 << 60)));
        let long = parse_duration(&format!("{}.9s", u64::MAX), false);
        assert!(long.is_some_and(|duration| duration > Duration::from_secs(1 << 60)));
    }
}
