//! The error of an invalid configuration value, and the checks that return it.

use std::ops::RangeInclusive;

use thiserror::Error;

/// An invalid value in a configuration.
///
/// Its message is the key in backquotes, followed by what is wrong and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{field}` {problem}")]
pub struct ConfigError {
    /// The full path of the key, such as `flow_lm.transformer.num_heads`.
    pub field: String,
    /// What is wrong with the value and what is allowed, as the continuation of the key.
    pub problem: String,
}

const MAX_PERIOD: f64 = 1e9;

impl ConfigError {
    /// Largest accepted width of a layer, so that no product of sizes can overflow.
    pub const MAX_WIDTH: usize = 65_536;
    /// Largest accepted number of layers.
    pub const MAX_LAYERS: usize = 512;

    /// An error about `key` in the section `path`; an empty `path` is the root.
    pub fn new(path: &str, key: &str, problem: impl Into<String>) -> Self {
        let field = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        Self { field, problem: problem.into() }
    }

    /// Checks that `condition` holds.
    ///
    /// # Errors
    /// The error with the text of `problem`, if `condition` is false.
    pub fn require(
        condition: bool,
        path: &str,
        key: &str,
        problem: impl FnOnce() -> String,
    ) -> Result<(), Self> {
        if condition { Ok(()) } else { Err(Self::new(path, key, problem())) }
    }

    /// Checks that a size is in `allowed`.
    ///
    /// # Errors
    /// If it does not; the message names both ends of the range.
    pub fn check_size(
        path: &str,
        key: &str,
        value: usize,
        allowed: RangeInclusive<usize>,
    ) -> Result<(), Self> {
        Self::require(allowed.contains(&value), path, key, || {
            format!("is {value}, but must be from {} to {}", allowed.start(), allowed.end())
        })
    }

    /// Checks that the width of a layer is between 1 and [`Self::MAX_WIDTH`].
    ///
    /// # Errors
    /// If it does not.
    pub fn check_width(path: &str, key: &str, value: usize) -> Result<(), Self> {
        Self::check_size(path, key, value, 1..=Self::MAX_WIDTH)
    }

    /// Checks for a finite number above zero.
    ///
    /// # Errors
    /// If `value` is zero, negative, infinite or not a number.
    pub fn check_positive(path: &str, key: &str, value: f64) -> Result<(), Self> {
        Self::require(value.is_finite() && value > 0.0, path, key, || {
            format!("is {value}, but must be a finite number above 0")
        })
    }

    /// Checks that the longest period of rotary positions is in the range of single precision.
    ///
    /// # Errors
    /// If `max_period` is below 1, above 10⁹, or not a number.
    pub fn check_period(path: &str, max_period: f64) -> Result<(), Self> {
        Self::require((1.0..=MAX_PERIOD).contains(&max_period), path, "max_period", || {
            format!("is {max_period}, but must be from 1 to {MAX_PERIOD}")
        })
    }

    /// Checks for the only supported type of computation.
    ///
    /// Upstream accepts other names here and then fails at the first multiplication.
    ///
    /// # Errors
    /// If `dtype` is not `float32`.
    pub fn check_dtype(path: &str, dtype: &str) -> Result<(), Self> {
        Self::require(dtype == "float32", path, "dtype", || {
            format!(
                "is `{dtype}`, but must be `float32`: it is the type that the model computes in; \
                 weight files may contain float32, bfloat16 or float16"
            )
        })
    }

    /// Checks for attention heads that divide `width` (the value of `width_key`) into even parts.
    ///
    /// Rotary position embeddings rotate pairs of numbers, so the width of a head must be even.
    ///
    /// # Errors
    /// If there is no head, the heads do not divide the width, or the width of a head is odd.
    pub fn check_heads(path: &str, num_heads: usize, width_key: &str, width: usize) -> Result<(), Self> {
        Self::check_width(path, "num_heads", num_heads)?;
        Self::require(width.is_multiple_of(num_heads), path, "num_heads", || {
            format!("({num_heads}) does not divide {width_key} ({width})")
        })?;
        let head_dim = width / num_heads;
        Self::require(head_dim.is_multiple_of(2), path, "num_heads", || {
            format!(
                "({num_heads}) divides {width_key} ({width}) into heads of width {head_dim}, \
                 but rotary positions need an even width"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ConfigError;

    #[test]
    fn the_message_names_the_full_key() {
        let error = ConfigError::check_width("mimi.seanet", "dimension", 0).unwrap_err();
        assert_eq!(error.to_string(), "`mimi.seanet.dimension` is 0, but must be from 1 to 65536");
    }

    #[test]
    fn a_key_of_the_root_has_no_leading_dot() {
        assert_eq!(ConfigError::new("", "weights_path", "is empty").to_string(), "`weights_path` is empty");
    }

    #[test]
    fn heads_must_divide_the_width_into_even_parts() {
        let check = |heads| ConfigError::check_heads("t", heads, "d_model", 24).map_err(|e| e.to_string());
        assert_eq!(check(3), Ok(()));
        assert_eq!(check(0), Err("`t.num_heads` is 0, but must be from 1 to 65536".to_owned()));
        assert_eq!(check(5), Err("`t.num_heads` (5) does not divide d_model (24)".to_owned()));
        assert_eq!(
            check(8),
            Err(
                "`t.num_heads` (8) divides d_model (24) into heads of width 3, but rotary positions need an \
                 even width"
                    .to_owned()
            )
        );
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(ConfigError::check_positive("t", "frame_rate", value).is_err(), "{value}");
            assert!(ConfigError::check_period("t", value).is_err(), "{value}");
        }
        assert!(ConfigError::check_positive("t", "frame_rate", 12.5).is_ok());
        assert!(ConfigError::check_period("t", 1e4).is_ok());
    }
}
