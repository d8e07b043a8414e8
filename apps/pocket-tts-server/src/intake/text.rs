//! Checks texts to speak.

use crate::{api_error::ApiError, limits::Limits};

/// Checks that a text is neither empty nor too long.
pub(crate) fn check_text(
    text: &str,
    limits: &Limits,
    param: &'static str,
    too_long_status: u16,
) -> Result<(), ApiError> {
    let characters = text.chars().count();
    if characters > limits.max_text_characters {
        let message = format!(
            "`{param}` has {characters} characters, but {} are allowed; send it in parts",
            limits.max_text_characters
        );
        return Err(ApiError::refused(too_long_status, message).param(param).code("string_above_max_length"));
    }
    if text.trim().is_empty() {
        return Err(ApiError::bad_request(format!("`{param}` is empty")).param(param).code("empty_text"));
    }
    Ok(())
}
