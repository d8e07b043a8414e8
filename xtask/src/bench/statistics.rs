//! Medians and ranges. It must not know what the values mean.

/// The least, the median and the greatest of several values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) most: f64,
}

impl Spread {
    /// The spread of these values, if there are any.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            f64::midpoint(values[middle - 1], values[middle])
        } else {
            values[middle]
        };
        Some(Self { least, median, most })
    }

    /// The median and, in brackets, the range, if it is visible after rounding.
    pub(super) fn formatted(self) -> String {
        let Self { least, median, most } = self;
        let digits = digits_for(median);
        let [least, median, most] = [least, median, most].map(|value| format!("{value:.digits$}"));
        if least == most { median } else { format!("{median} ({least}–{most})") }
    }
}

/// Decimals for about three significant digits.
fn digits_for(value: f64) -> usize {
    match value.abs() {
        small if small < 10.0 => 2,
        medium if medium < 100.0 => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_does_not_depend_on_the_order() {
        let spread = Spread::of([5.0, 1.0, 2.0]).unwrap();
        assert_eq!(spread, Spread { least: 1.0, median: 2.0, most: 5.0 });
        let even = Spread::of([4.0, 1.0, 2.0, 10.0]).unwrap();
        assert!((even.median - 3.0).abs() < 1e-12);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn spreads_are_formatted_with_significant_digits() {
        let words = |values: &[f64]| Spread::of(values.iter().copied()).unwrap().formatted();
        assert_eq!(words(&[1.234, 1.2, 1.301]), "1.23 (1.20–1.30)");
        assert_eq!(words(&[45.67, 44.0, 46.04]), "45.7 (44.0–46.0)");
        assert_eq!(words(&[567.8, 560.0, 600.0]), "568 (560–600)");
        assert_eq!(words(&[2.001, 2.002]), "2.00", "no visible range");
    }
}
