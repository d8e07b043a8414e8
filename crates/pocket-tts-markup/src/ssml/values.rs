//! The values of SSML's attributes.

use std::time::Duration;

use crate::duration::parse_duration;
use crate::script::{DateFormat, SayAs};

pub(crate) const TIME_HELP: &str = "write a time as in 500ms or 1.5s";
pub(crate) const STRENGTH_HELP: &str = "write none, x-weak, weak, medium, strong or x-strong";
pub(crate) const RATE_HELP: &str = "write x-slow, slow, medium, fast, x-fast, a percentage as in 90% or a factor as in 0.9, all from 0.25 to 4";
pub(crate) const VOLUME_HELP: &str =
    "write silent, x-soft, soft, medium, loud, x-loud or decibels from -60dB to +20dB, as in -6dB";
pub(crate) const SAY_AS_HELP: &str =
    "write cardinal, ordinal, digits, characters, date, time, telephone, currency, unit, fraction or year";
pub(crate) const DATE_HELP: &str = "write mdy, dmy, ymd, md, dm, ym, my, m, d or y";

/// The length of a break.
pub(crate) fn time(value: &str) -> Option<Duration> {
    parse_duration(value, true)
}

/// The length of a break of this strength.
pub(crate) fn strength(value: &str) -> Option<Duration> {
    Some(Duration::from_millis(match value {
        "none" => 0,
        "x-weak" => 100,
        "weak" => 250,
        "medium" => 500,
        "strong" => 1000,
        "x-strong" => 1500,
        _ => return None,
    }))
}

/// A rate as a factor, not yet checked to be in bounds.
pub(crate) fn rate(value: &str) -> Option<f32> {
    Some(match value {
        "x-slow" => 0.5,
        "slow" => 0.75,
        "medium" | "default" => 1.0,
        "fast" => 1.25,
        "x-fast" => 1.5,
        _ => match value.strip_suffix('%') {
            Some(percent) if percent.starts_with(['+', '-']) => 1.0 + decimal(percent)? / 100.0,
            Some(percent) => decimal(percent)? / 100.0,
            None => decimal(value)?,
        },
    })
}

/// A change of loudness in decibels, not yet checked to be in bounds.
pub(crate) fn volume_db(value: &str) -> Option<f32> {
    Some(match value {
        "silent" => f32::NEG_INFINITY,
        "x-soft" => -12.0,
        "soft" => -6.0,
        "medium" | "default" => 0.0,
        "loud" => 6.0,
        "x-loud" => 12.0,
        _ => {
            let number = value.len().checked_sub(2).and_then(|at| value.split_at_checked(at));
            let (number, unit) = number?;
            unit.eq_ignore_ascii_case("db").then(|| decimal(number))??
        }
    })
}

/// A number in digits with an optional sign and fraction.
fn decimal(text: &str) -> Option<f32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_decimal = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f32 = is_decimal.then(|| text.parse().ok())??;
    number.is_finite().then_some(number)
}

/// What `interpret-as` and `format` say; the error is the help, and whether it is about the format.
pub(crate) fn say_as(interpret_as: &str, format: Option<&str>) -> Result<SayAs, (bool, &'static str)> {
    let format = format.filter(|format| !format.is_empty());
    let kind = match interpret_as.to_ascii_lowercase().as_str() {
        "cardinal" | "number" => SayAs::Cardinal,
        "ordinal" => SayAs::Ordinal,
        "digits" | "number_digit" => SayAs::Digits,
        "characters" | "spell-out" | "verbatim" => SayAs::Characters,
        "date" => SayAs::Date(None),
        "time" => SayAs::Time,
        "telephone" | "phone" => SayAs::Telephone,
        "currency" => SayAs::Currency,
        "unit" => SayAs::Unit,
        "fraction" => SayAs::Fraction,
        "year" => SayAs::Year,
        _ => return Err((false, SAY_AS_HELP)),
    };
    match (kind, format) {
        (SayAs::Date(_), Some(format)) => {
            DateFormat::from_name(format).map(|format| SayAs::Date(Some(format))).ok_or((true, DATE_HELP))
        }
        (SayAs::Time, Some("hms12" | "hms24")) => Ok(kind),
        (SayAs::Time, Some(_)) => Err((true, "write hms12 or hms24")),
        // How telephone numbers and characters are read in a country is no different here.
        _ => Ok(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_labels_percentages_and_factors() {
        for (value, factor) in [
            ("slow", 0.75),
            ("90%", 0.9),
            ("+10%", 1.1),
            ("-25%", 0.75),
            ("1.5", 1.5),
            ("x-fast", 1.5),
            ("150.5%", 1.505),
        ] {
            assert_eq!(rate(value), Some(factor), "{value}");
        }
        for value in ["", "%", "quick", "1e3", "inf", "NaN", "90 %", "1.2.3", "--1"] {
            assert_eq!(rate(value), None, "{value}");
        }
    }

    #[test]
    fn volumes_are_labels_and_decibels() {
        for (value, decibels) in
            [("loud", 6.0), ("+6dB", 6.0), ("-4.5db", -4.5), ("0dB", 0.0), ("default", 0.0)]
        {
            assert_eq!(volume_db(value), Some(decibels), "{value}");
        }
        assert_eq!(volume_db("silent"), Some(f32::NEG_INFINITY));
        for value in ["", "dB", "6", "80", "+é", "infdB", "5 %"] {
            assert_eq!(volume_db(value), None, "{value}");
        }
    }
}
