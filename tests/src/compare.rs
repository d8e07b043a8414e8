//! Comparison of results and of errors. Knows no model.

use pocket_tts_core::{Error, ErrorKind, Result};

/// The allowed difference of a tensor from its golden, relative to the golden's largest absolute value.
pub const TOLERANCE: f32 = 1e-4;

/// The greatest difference of two elements relative to the greatest expected element; infinite if the
/// lengths differ or a number isn't finite.
pub fn difference(actual: &[f32], expected: &[f32]) -> f32 {
    if actual.len() != expected.len() {
        return f32::INFINITY;
    }
    let largest = expected.iter().fold(f32::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
    let differences = actual.iter().zip(expected).map(|(actual, expected)| (actual - expected).abs());
    differences.fold(0.0_f32, |worst, x| if x.is_finite() { worst.max(x) } else { f32::INFINITY }) / largest
}

/// Asserts that [`difference`] is at most `tolerance`.
///
/// # Panics
///
/// If it is greater; the message starts with `what`.
pub fn assert_near(what: &str, actual: &[f32], expected: &[f32], tolerance: f32) {
    let found = difference(actual, expected);
    let lengths = (actual.len(), expected.len());
    assert!(found <= tolerance, "{what}: off by {found:e}, {tolerance:e} allowed; lengths {lengths:?}");
}

/// Asserts that an operation failed with an error of `kind` whose message contains each of `fragments`.
///
/// # Panics
///
/// If it did not.
pub fn assert_error<T>(outcome: Result<T>, kind: ErrorKind, fragments: &[&str]) -> Error {
    let Err(error) = outcome else { panic!("expected an error with {fragments:?}") };
    let message = error.to_string();
    assert_eq!(error.kind(), kind, "{message}");
    for fragment in fragments {
        assert!(message.contains(fragment), "{message:?} does not contain {fragment:?}");
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_relative_to_the_largest_expected_element() {
        assert!((difference(&[10.0, 1.5], &[10.0, 1.0]) - 0.05).abs() < 1e-6);
        assert!(difference(&[1.0], &[1.0, 2.0]).is_infinite());
        assert!(difference(&[f32::NAN], &[1.0]).is_infinite());
        assert!(difference(&[1.0], &[f32::NAN]).is_infinite());
    }
}
