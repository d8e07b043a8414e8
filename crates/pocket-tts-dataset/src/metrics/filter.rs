//! Conditions on metrics, as users write them.

use std::fmt;
use std::str::FromStr;

use super::{METRICS, Metrics};
use crate::error::DatasetError;

/// A condition such as `duration>=1`: a metric, `<`, `<=`, `>` or `>=`, and a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    metric: &'static str,
    comparison: Comparison,
    number: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Longer signs first, as they begin with the shorter ones.
const SIGNS: [(&str, Comparison); 4] = [
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl Filter {
    /// Whether a recording meets the condition. A metric that could not be measured meets none.
    pub fn accepts(&self, metrics: &Metrics) -> bool {
        metrics.value(self.metric).is_some_and(|value| match self.comparison {
            Comparison::Less => value < self.number,
            Comparison::LessOrEqual => value <= self.number,
            Comparison::Greater => value > self.number,
            Comparison::GreaterOrEqual => value >= self.number,
        })
    }
}

impl FromStr for Filter {
    type Err = DatasetError;

    fn from_str(text: &str) -> Result<Self, DatasetError> {
        let found = SIGNS.iter().find_map(|(sign, comparison)| {
            let (name, number) = text.split_once(sign)?;
            let metric = METRICS.into_iter().find(|metric| *metric == name.trim())?;
            let number = number.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
            Some(Self { metric, comparison: *comparison, number })
        });
        found.ok_or_else(|| {
            DatasetError::Option(format!(
                "`{text}` is no condition; give one such as `snr>=20`, with one of {} and <, <=, > or >=",
                METRICS.join(", ")
            ))
        })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = SIGNS.iter().find(|(_, comparison)| *comparison == self.comparison);
        write!(formatter, "{}{}{}", self.metric, sign.map_or("", |(sign, _)| sign), self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_applied() {
        let metrics = Metrics { duration: 2.0, snr: Some(20.0), ..Metrics::default() };
        for (text, accepts) in [
            ("duration>=2", true),
            ("duration > 2", false),
            ("duration<=2.0", true),
            ("duration<2", false),
            ("snr>=20", true),
            // It was not measured.
            ("loudness>-1000", false),
            ("clipped<=0", true),
        ] {
            let filter: Filter = text.parse().unwrap();
            assert_eq!(filter.accepts(&metrics), accepts, "{text}");
            assert_eq!(filter.to_string().parse::<Filter>().unwrap(), filter);
        }
        for wrong in ["", "duration", "duration=2", "size>2", "duration>", "duration>x", "duration>NaN"] {
            assert!(wrong.parse::<Filter>().unwrap_err().to_string().contains("is no condition"), "{wrong}");
        }
    }
}
