//! Fields that requests for speech have in common, whatever protocol carries them.

use std::ops::RangeInclusive;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::api_error::ApiError;

/// The speeds that OpenAI's service takes.
pub(crate) const SPEEDS: RangeInclusive<f64> = 0.25..=4.0;
/// The highest variance of the noise that makes any sense.
const MAX_TEMPERATURE: f64 = 5.0;

/// A voice: its name, or its id in an object.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "`voice` must be a text, or an object with the text `id`")]
pub(crate) enum VoiceField {
    Name(String),
    Object { id: String },
}

/// A speed within its range.
pub(crate) fn speed(speed: Option<f64>) -> Result<f64, ApiError> {
    let speed = speed.unwrap_or(1.0);
    if SPEEDS.contains(&speed) {
        return Ok(speed);
    }
    let allowed = format!("must be from {} to {}", SPEEDS.start(), SPEEDS.end());
    Err(ApiError::bad_request(format!("`speed` is {speed}, but {allowed}"))
        .param("speed")
        .code("invalid_value"))
}

/// The value of a name, if one is given.
pub(super) fn named<T>(
    field: &'static str,
    name: Option<&str>,
    names: &[&str],
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    let Some(name) = name else { return Ok(None) };
    parse(name).map(Some).ok_or_else(|| {
        let names = names.join(", ");
        let message = format!("`{field}` is `{}`, but must be one of {names}", name.escape_debug());
        ApiError::bad_request(message).param(field).code("invalid_value")
    })
}

/// A temperature within its range.
pub(crate) fn temperature(temperature: Option<f64>) -> Result<Option<f32>, ApiError> {
    match temperature {
        Some(value) if !(0.0..=MAX_TEMPERATURE).contains(&value) => Err(ApiError::bad_request(format!(
            "`temperature` is {value}, but must be from 0 to {MAX_TEMPERATURE}"
        ))
        .param("temperature")
        .code("invalid_value")),
        // What is rounded here has been checked before.
        other => Ok(other.map(|value| value as f32)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_and_temperatures_have_bounds() {
        assert!(speed(None).unwrap().to_bits() == 1.0_f64.to_bits());
        assert!(speed(Some(0.25)).is_ok() && speed(Some(4.0)).is_ok());
        for wrong in [0.2, 4.000_000_000_000_001, f64::NAN] {
            assert!(speed(Some(wrong)).unwrap_err().to_string().contains("from 0.25 to 4"), "{wrong}");
        }
        assert_eq!(temperature(Some(0.5)).unwrap(), Some(0.5));
        for wrong in [-0.1, 5.000_000_000_000_001] {
            assert!(temperature(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
