//! Refuses bodies by their announced length and coding.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};

use super::{
    body::{OTHER_FIELDS_BYTES, max_text_body_bytes, too_large},
    form,
};
use crate::{api_error::ApiError, limits::Limits};

/// The paths that accept forms with a file.
const WITH_FILES: [&str; 2] = ["/tts", "/v1/audio/voices"];

/// The largest form with a file, in bytes. The boundaries of its parts take no more than its small fields.
fn max_form_bytes(limits: &Limits) -> usize {
    let parts = max_text_body_bytes(limits).saturating_add(OTHER_FIELDS_BYTES);
    limits.max_upload_bytes.saturating_add(parts)
}

/// Rejects a body that is announced as compressed, or as larger than the endpoint at `path` accepts.
pub(crate) fn check_announced(path: &str, headers: &HeaderMap, limits: &Limits) -> Result<(), ApiError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_plain = |coding: &str| coding.trim().is_empty() || coding.trim().eq_ignore_ascii_case("identity");
    if headers.contains_key(CONTENT_ENCODING) && !text(CONTENT_ENCODING).is_some_and(is_plain) {
        let message = "compressed bodies are not supported; send the body without Content-Encoding";
        return Err(ApiError::refused(415, message).code("unsupported_content_encoding"));
    }
    // The framework rejects anything that is not a length.
    let Some(announced) = text(CONTENT_LENGTH).and_then(|length| length.trim().parse::<u64>().ok()) else {
        return Ok(());
    };
    let is_form = WITH_FILES.contains(&path) && form::is_multipart(text(CONTENT_TYPE).unwrap_or_default());
    let limit = if is_form { max_form_bytes(limits) } else { max_text_body_bytes(limits) };
    if announced > limit as u64 {
        return Err(too_large(limit));
    }
    Ok(())
}
